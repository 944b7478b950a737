"""Pages of lists. A token names the last row of its page, so that new rows cannot repeat or hide others."""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from ..errors import NotFoundError
from ..spec import Document
from ..storage.store import PAGING_KEY_SETTING, Condition, Store, Table

DEFAULT_COUNT = 10
MAX_COUNT = 1000

SEQ_BYTES = 8
SIGNATURE_BYTES = 16


def page(
    store: Store, table: Table, conditions: Sequence[Condition], *, count: int | None, token: str | None
) -> Document:
    """One page of a list, oldest first, as the `results` and the `metadata` of a response.

    A token belongs to one list and its filters. Any other text raises NotFoundError, because the OpenAPI document
    accepts every string as a token. A page has `count` rows, 10 by default and 1,000 at most. A page with `count` 0
    has no next page, because it would never reach the end.
    """
    count = DEFAULT_COUNT if count is None else min(count, MAX_COUNT)
    signer = _Signer(store, table, conditions)
    after = 0 if token is None else signer.verify(token)
    rows = store.select(table, [*conditions, Condition("seq > ?", (after,))], limit=count + 1)
    listed = rows[:count]
    more = len(rows) > len(listed) > 0
    return {
        "results": [row.document for row in listed],
        "metadata": {
            "total": store.count(table, conditions),
            "next_paging_token": signer.sign(listed[-1].seq) if more else None,
        },
    }


class _Signer:
    """Creates and verifies the tokens of one list. The key is in the database, so that tokens survive a restart."""

    def __init__(self, store: Store, table: Table, conditions: Sequence[Condition]) -> None:
        key = store.setting(PAGING_KEY_SETTING)
        if key is None:
            store.set_setting(PAGING_KEY_SETTING, key := secrets.token_hex(32))
        self._key = bytes.fromhex(key)
        self._list = json.dumps([table.name, *conditions]).encode()

    def sign(self, seq: int) -> str:
        """The token of the page after this row."""
        place = seq.to_bytes(SEQ_BYTES, "big")
        return urlsafe_b64encode(
            place + hmac.digest(self._key, place + self._list, "sha256")[:SIGNATURE_BYTES]
        ).decode()

    def verify(self, token: str) -> int:
        """The row that a token names. Raises NotFoundError."""
        try:
            seq = int.from_bytes(urlsafe_b64decode(token.encode())[:SEQ_BYTES], "big")
        except ValueError:
            seq = 0
        if not hmac.compare_digest(self.sign(seq).encode(), token.encode()):
            raise NotFoundError("There is no such page: the paging token belongs to another list or to other filters.")
        return seq
