"""The differences that are known and meant, from a file that gives the reason of each."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from upstream.differences import Difference


class UnreadableKnowledge(Exception):
    """The file of known differences is not in its form; the message says where."""


class Known(NamedTuple):
    """The file: the releases to read beside the newest one, and the known differences with their reasons."""

    releases: list[str]
    reasons: dict[tuple[str, str], str]


def read_known(path: Path) -> Known:
    """Read the file.

    Raises:
        UnreadableKnowledge: it is not TOML, or an entry lacks its place, its kind or its reason.
    """
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableKnowledge(f"{path.name} cannot be read: {error}") from error
    reasons: dict[tuple[str, str], str] = {}
    for number, entry in enumerate(content.get("difference", []), 1):
        place, kind, reason = (str(entry.get(key, "")).strip() for key in ("place", "kind", "reason"))
        if not (place and kind and reason):
            raise UnreadableKnowledge(f"{path.name}: difference {number}: needs a place, a kind and a reason")
        reasons[place, kind] = reason
    return Known([str(version) for version in content.get("releases", [])], reasons)


def problems(found: list[Difference], known: Known) -> list[str]:
    """A line for each difference that is not known, and for each known one that does not exist any more."""
    keys = {(difference.place, difference.kind) for difference in found}
    lines = [
        f"{difference.words} (place {difference.place!r}, kind {difference.kind!r})"
        for difference in found
        if (difference.place, difference.kind) not in known.reasons
    ]
    lines += [
        f"the known difference of {place!r}, kind {kind!r}, does not exist any more: remove its entry"
        for place, kind in known.reasons
        if (place, kind) not in keys
    ]
    return lines
