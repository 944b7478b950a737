"""Ids and secrets for new resources: random, or the same in every run if there is a seed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

from .store import Store

ID_BYTES = 12
SECRET_BYTES = 32
COUNT_SETTING = "id_count"


class Ids:
    """Creates ids and secrets.

    With a seed, each is derived from the seed and a counter in the store, so that the same requests give the same ids.
    Anyone who knows the seed can compute the secrets, so a seed is for tests only.
    """

    def __init__(self, seed: int | str | None = None) -> None:
        self._key = None if seed is None else str(seed).encode()

    def new_id(self, store: Store, prefix: str) -> str:
        """A new, unique id."""
        return f"{prefix}_{self._bytes(store, ID_BYTES).hex()}"

    def new_secret(self, store: Store) -> str:
        """A secret of 32 bytes, as URL-safe text."""
        return urlsafe_b64encode(self._bytes(store, SECRET_BYTES)).rstrip(b"=").decode()

    def _bytes(self, store: Store, size: int) -> bytes:
        if self._key is None:
            return secrets.token_bytes(size)
        count = int(store.setting(COUNT_SETTING) or 0) + 1
        store.set_setting(COUNT_SETTING, str(count))
        return hmac.digest(self._key, str(count).encode(), hashlib.sha256)[:size]
