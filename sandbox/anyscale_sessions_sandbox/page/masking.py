"""Documents and texts as the page may show them: without secrets, and bounded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, cast

from ..journal.redaction import REDACTED, Redactor
from ..spec import Document

# Longer texts of a document are cut.
MAX_TEXT_CHARACTERS = 4096
# How many members of one object or list are shown, how many of a document altogether, and how deep they may be.
MAX_MEMBERS = 200
MAX_TOTAL_MEMBERS = 2000
MAX_DEPTH = 50
MAX_NAME_CHARACTERS = 200
ELLIPSIS = "…"
# A secret that is shorter is not searched for in other texts, because it would also be found where it is none.
MIN_SECRET_CHARACTERS = 8
# How much more of a long text is masked than is shown. No secret is longer.
MARGIN_CHARACTERS = 1024


class Mask:
    """Masks the fields that the OpenAPI document marks as secret, and the token of the sandbox."""

    def __init__(self, names: Collection[str], redactor: Redactor) -> None:
        self._names = names
        self._redactor = redactor

    def document(self, value: Any, max_characters: int = MAX_TEXT_CHARACTERS, secrets: Collection[str] = ()) -> Any:
        """A JSON value to be shown: without its secret fields and the given secrets, and without what is too much."""
        return self._shown(value, max_characters, secrets, [MAX_TOTAL_MEMBERS], MAX_DEPTH)

    def whole(self, value: Any, depth_left: int = MAX_DEPTH) -> Any:
        """A JSON value to be copied: without its secret fields, but complete. Raises ValueError if it is too deep."""
        if depth_left == 0:
            raise ValueError("the value is nested too deeply")
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.whole(item, depth_left - 1) for item in cast("list[Any]", value)]  # type: ignore[redundant-cast]
        if not isinstance(value, dict):
            return value
        members = cast("Document", value).items()
        return {
            self.text(name): REDACTED if self._is_secret(name, member) else self.whole(member, depth_left - 1)
            for name, member in members
        }

    def _shown(
        self, value: Any, max_characters: int, secrets: Collection[str], members_left: list[int], depth_left: int
    ) -> Any:
        if isinstance(value, str):
            return self.short(value, max_characters, secrets)
        if not isinstance(value, list | dict):
            return value
        if depth_left == 0:
            return ELLIPSIS

        def shown(member: Any) -> Any:
            return self._shown(member, max_characters, secrets, members_left, depth_left - 1)

        whole = cast("list[Any] | Document", value)
        kept = min(len(whole), MAX_MEMBERS, members_left[0])
        members_left[0] -= kept
        if isinstance(whole, list):
            return [shown(item) for item in whole[:kept]]
        return {
            self.short(name, MAX_NAME_CHARACTERS): REDACTED if self._is_secret(name, member) else shown(member)
            for name, member in islice(whole.items(), kept)
        }

    def _is_secret(self, name: str, member: Any) -> bool:
        """Whether a member of an object is secret. One without a value is not."""
        return name in self._names and member not in (None, "")

    def short(self, text: str, max_characters: int, secrets: Collection[str] = ()) -> str:
        """The beginning of a text without secrets, with an ellipsis if the text is longer."""
        head = text[: max_characters + MARGIN_CHARACTERS]
        masked = self.text(head, secrets)
        if len(text) > len(head):
            # The last characters may be a part of a secret.
            return f"{masked[: min(max_characters, len(masked) - MARGIN_CHARACTERS)]}{ELLIPSIS}"
        return masked if len(masked) <= max_characters else f"{masked[:max_characters]}{ELLIPSIS}"

    def text(self, text: str, secrets: Collection[str] = ()) -> str:
        """A text in which the sandbox's token and the given secrets are masked."""
        text = self._redactor.known(text)
        for secret in secrets:
            text = text.replace(secret, REDACTED)
        return text

    def secrets(self, value: Any) -> frozenset[str]:
        """The texts of the secret fields of a document."""
        return frozenset(text for text in self._secrets(value) if len(text) >= MIN_SECRET_CHARACTERS)

    def _secrets(self, value: Any) -> Iterator[str]:
        for name, member in cast("Document", value).items():
            if name in self._names and isinstance(member, str):
                yield member
            elif isinstance(member, dict):
                yield from self._secrets(member)
