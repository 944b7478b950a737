"""The names of a fleet's sessions: `<fleet>--<key>--<deadline in base 36>`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from .._utils.records import Record
from ..exceptions import Problem

SEPARATOR: Final = "--"
MAX_NAME_AND_KEY_CHARACTERS: Final = 60
DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WORD: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DEADLINE: Final = re.compile(r"[1-9a-z][0-9a-z]{0,7}")  # seconds since 1970, beyond the year 9999


class SessionName(Record, frozen=True):
    """The name of one session of a fleet.

    Attributes:
        fleet: the name of the fleet.
        key: the key of the item.
        deadline: the time from which any process may terminate the session, in whole seconds.
    """

    fleet: str
    key: str
    deadline: datetime

    def __str__(self) -> str:
        return f"{name_prefix(self.fleet, self.key)}{_base_36(int((self.deadline - _EPOCH).total_seconds()))}"

    @classmethod
    def parse(cls, text: object) -> SessionName | None:
        """Read the name of a session. `None` if it is not the name of a fleet's session."""
        parts = text.split(SEPARATOR) if isinstance(text, str) else []
        if len(parts) != 3:
            return None
        fleet, key, seconds = parts
        if any(word_problems({"fleet": fleet, "key": key})) or not _DEADLINE.fullmatch(seconds):
            return None
        try:
            return cls(fleet, key, _EPOCH + timedelta(seconds=int(seconds, 36)))
        except OverflowError:
            return None


def name_prefix(*words: str) -> str:
    """The start of all session names of a fleet, or of a fleet and a key."""
    return "".join(word + SEPARATOR for word in words)


def deadline_after(now: datetime, lifetime: timedelta) -> datetime:
    """The end of a lifetime that begins now, rounded up to a whole second."""
    end = now + lifetime
    return end if not end.microsecond else end.replace(microsecond=0) + timedelta(seconds=1)


def word_problems(words: dict[str, object]) -> Iterator[Problem]:
    """The problems of a fleet's name, of a key, or of both together. The dict maps what they are called to them."""
    for field, word in words.items():
        if not isinstance(word, str) or not _WORD.fullmatch(word):
            rule = "must be lowercase letters and digits, in words joined by single hyphens"
            yield Problem(field, rule, "use a name such as eval-r7")
    characters = sum(len(word) for word in words.values() if isinstance(word, str))
    if characters > MAX_NAME_AND_KEY_CHARACTERS:
        together = " together" if len(words) > 1 else ""
        rule = f"must have at most {MAX_NAME_AND_KEY_CHARACTERS} characters{together}, not {characters}"
        yield Problem(" and ".join(words), rule, "use a shorter one")


def _base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits
