"""Rules for ids and names that several arguments share, and names in messages."""

from __future__ import annotations

import re
from collections.abc import Iterable

PATH_ID_RULE = "must be 1 to 256 characters of A-Z a-z 0-9 _ . - and not only dots"
PATH_ID_REMEDY = "pass the id as the platform shows it"

_PATH_ID = re.compile(r"\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_MAX_PATH_ID_CHARACTERS = 256
_MAX_NAME_CHARACTERS = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def is_path_id(text: str) -> bool:
    """Whether `text` can be one segment of a path and has no special meaning there."""
    return len(text) <= _MAX_PATH_ID_CHARACTERS and _PATH_ID.fullmatch(text) is not None


def has_control(text: str) -> bool:
    """Whether `text` contains a control character (Unicode category Cc), such as a line break."""
    return _CONTROL.search(text) is not None


def has_surrogate(text: str) -> bool:
    """Whether `text` contains a lone surrogate, which UTF-8 cannot encode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def suggestion(name: str, known: Iterable[str]) -> str:
    """The remedy for an unknown name: the nearest known one, or the list of all."""
    from difflib import get_close_matches

    known = sorted(known)
    near = get_close_matches(name[:_MAX_NAME_CHARACTERS].lower(), known, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"


def shown_name(name: str) -> str:
    """A name from outside, made safe for a message: on one line, printable, and at most 200 characters long."""
    short = name[:_MAX_NAME_CHARACTERS] + ("..." if len(name) > _MAX_NAME_CHARACTERS else "")
    return short if short.isprintable() else ascii(short)[1:-1]


def fold_name(name: str) -> str:
    """A name in the form in which two names are compared: a server may normalize, trim or fold names."""
    from unicodedata import normalize

    return normalize("NFC", name).strip().casefold()
