"""Lists in pages: a token names the last row seen, so that rows added meanwhile neither repeat nor hide any."""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from ..errors import NotFoundError
from ..spec import Document
from ..storage.store import Condition, Store, Table

DEFAULT_COUNT = 10
MAX_COUNT = 1000

KEY_NAME = "paging_key"
SEQ_BYTES = 8
SIGNATURE_BYTES = 16


def page(
    store: Store, table: Table, conditions: Sequence[Condition], *, count: int | None, token: str | None
) -> Document:
    """One page of a list, oldest first, as a response's `results` and `metadata`.

    A token belongs to one list and its filters. Raises NotFoundError for any other text: to the spec it is a text like any,
    so that the request is valid, and names a page that there is not.
    A page holds `count` rows, 10 by default and 1,000 at most. One of none has no next page, as it would never end.
    """
    count = DEFAULT_COUNT if count is None else min(count, MAX_COUNT)
    signer = _Signer(store, table, conditions)
    after = 0 if token is None else signer.read(token)
    rows = store.select(table, [*conditions, Condition("seq > ?", (after,))], limit=count + 1)
    shown = rows[:count]
    more = len(rows) > len(shown) > 0
    return {
        "results": [row.document for row in shown],
        "metadata": {
            "total": store.count(table, conditions),
            "next_paging_token": signer.write(shown[-1].seq) if more else None,
        },
    }


class _Signer:
    """Writes and reads the tokens of one list. The key is the database's, so that they outlive a restart."""

    def __init__(self, store: Store, table: Table, conditions: Sequence[Condition]) -> None:
        key = store.recall(KEY_NAME)
        if key is None:
            store.remember(KEY_NAME, key := secrets.token_hex(32))
        self._key = bytes.fromhex(key)
        self._list = json.dumps([table.name, *conditions]).encode()

    def write(self, seq: int) -> str:
        """The token of the page that comes after a row."""
        place = seq.to_bytes(SEQ_BYTES, "big")
        return urlsafe_b64encode(
            place + hmac.digest(self._key, place + self._list, "sha256")[:SIGNATURE_BYTES]
        ).decode()

    def read(self, token: str) -> int:
        """The row that a token names."""
        try:
            seq = int.from_bytes(urlsafe_b64decode(token.encode())[:SEQ_BYTES], "big")
        except ValueError:
            seq = 0
        if not hmac.compare_digest(self.write(seq).encode(), token.encode()):
            raise NotFoundError("There is no such page: the paging token belongs to another list, or to other filters.")
        return seq
