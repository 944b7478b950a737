"""Ids and secrets for what a sandbox makes: random ones, or the same in every run where a seed is given."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

from .store import Store

ID_BYTES = 12
SECRET_BYTES = 32
COUNT_NAME = "ids_given"


class Ids:
    """Gives ids and secrets.

    With a seed they follow from it and from how many were given before, which the store remembers, so that the same
    requests lead to the same ids. Whoever knows the seed knows the secrets: it is for tests alone.
    """

    def __init__(self, seed: int | str | None = None) -> None:
        self._key = None if seed is None else str(seed).encode()

    def new_id(self, store: Store, prefix: str) -> str:
        """An id that was never given before."""
        return f"{prefix}_{self._bytes(store, ID_BYTES).hex()}"

    def new_secret(self, store: Store) -> str:
        """A secret of 32 bytes, as URL-safe text."""
        return urlsafe_b64encode(self._bytes(store, SECRET_BYTES)).rstrip(b"=").decode()

    def _bytes(self, store: Store, size: int) -> bytes:
        if self._key is None:
            return secrets.token_bytes(size)
        count = int(store.recall(COUNT_NAME) or 0) + 1
        store.remember(COUNT_NAME, str(count))
        return hmac.digest(self._key, str(count).encode(), hashlib.sha256)[:size]
