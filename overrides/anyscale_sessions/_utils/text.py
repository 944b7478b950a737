"""Rules for texts that several arguments share: what an id and a name may be made of."""

from __future__ import annotations

import re
from collections.abc import Iterable

PATH_ID_RULE = "must be 1 to 256 characters of A-Z a-z 0-9 _ . - and not only dots"
PATH_ID_REMEDY = "pass the id as the platform shows it"

_PATH_ID = re.compile(r"\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_PATH_ID_LIMIT_CHARACTERS = 256
_SHOWN_NAME_LIMIT_CHARACTERS = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def is_path_id(text: str) -> bool:
    """Whether `text` can stand as one segment of a path without meaning anything else there."""
    return len(text) <= _PATH_ID_LIMIT_CHARACTERS and _PATH_ID.fullmatch(text) is not None


def has_control(text: str) -> bool:
    """Whether `text` holds a control character (Unicode category Cc), a line break among them."""
    return _CONTROL.search(text) is not None


def has_surrogate(text: str) -> bool:
    """Whether `text` holds half of a surrogate pair, which UTF-8 cannot carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def suggestion(name: str, known: Iterable[str]) -> str:
    """What to do about an unknown name: the nearest known one, or the list of them."""
    from difflib import get_close_matches

    known = sorted(known)
    near = get_close_matches(name[:_SHOWN_NAME_LIMIT_CHARACTERS].lower(), known, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"


def shown_name(name: str) -> str:
    """A name that somebody else made up, so that a message can hold it: on one line, printable, and not endless."""
    short = name[:_SHOWN_NAME_LIMIT_CHARACTERS] + ("..." if len(name) > _SHOWN_NAME_LIMIT_CHARACTERS else "")
    return short if short.isprintable() else ascii(short)[1:-1]
