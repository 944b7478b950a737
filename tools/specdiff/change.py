"""A `Change` of a schema, and those changes that concern no rule: documentation, defaults, secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from spec.navigate import Node
from spec.python_names import ALIAS_KEY, class_name, python_name
from specdiff.canonical import Sub, key_of
from specdiff.canonicalize import ANNOTATIONS, Document

CANNOT_TELL = "changed, cannot tell how: treated as breaking"
_LONGEST_SHOWN_CHARS = 80


@dataclass(frozen=True)
class Change:
    """A difference at a place: the new schema refuses what was valid (tightens), or accepts what was not (loosens)."""

    at: str
    kind: str
    what: str
    tightens: bool = False
    loosens: bool = False


class SchemaComparison(Protocol):
    """What the comparison of conditions needs of specdiff.schemas.Comparison, which itself needs the former."""

    old: Document
    new: Document

    def changes(self, old: Sub, new: Sub, at: str) -> list[Change]:
        """The differences between two schemas at the same place."""
        ...

    def covers(self, old: Sub, new: Sub) -> bool:
        """Whether everything valid under the old schema is valid under the new one."""
        ...

    def sibling(self, *, flip: bool) -> SchemaComparison:
        """A comparison of values alone; flipped, of the new spec with the old one."""
        ...


def note_changes(old: Node, new: Node, at: str) -> Iterator[Change]:
    """The changes of a schema's default, marks and documentation."""
    yield from _default_changes(old, new, at)
    if old.get("secret") and not new.get("secret"):
        what = "SECURITY: is no longer marked as secret (format: password, writeOnly), and would be shown"
        yield Change(at, "secret-unmarked", what, tightens=True, loosens=True)
    elif new.get("secret") and not old.get("secret"):
        yield Change(at, "secret-marked", "is marked as secret now, and never shown")
    for mark, kind in (("deprecated", "deprecated"), ("readOnly", "read-only")):
        now = bool(new.get(mark))
        if bool(old.get(mark)) != now:
            what = f"is {'now' if now else 'no longer'} {kind}"
            yield Change(at, kind, what, tightens=now and mark == "readOnly")
    yield from _name_changes(old.get(ALIAS_KEY), new.get(ALIAS_KEY), at)
    for key in sorted({*old, *new} - {ALIAS_KEY}):
        if is_documentation(key) and key_of(old.get(key)) != key_of(new.get(key)):
            yield Change(at, "documentation", f"{key} changed")


def _name_changes(old: Any, new: Any, at: str) -> Iterator[Change]:
    """The change of the name that a field or a class has in Python."""
    *_, holder, name = ["", *at.split("/")]
    name = name.replace("~1", "/").replace("~0", "~")
    made = class_name if holder == "schemas" else python_name
    was, now = str(old or made(name)), str(new or made(name))
    if was != now:
        yield Change(at, "python-name", f"{name} was {was} in Python, and is {now}", tightens=True, loosens=True)


def _default_changes(old: Node, new: Node, at: str) -> Iterator[Change]:
    if "default" in old and "default" not in new:
        what = f"the default {show(old['default'])} was removed"
        yield Change(at, "default", what, tightens=True, loosens=True)
    elif "default" in old and key_of(old["default"]) != key_of(new["default"]):
        what = f"the default changed from {show(old['default'])} to {show(new['default'])}"
        yield Change(at, "default", what, tightens=True, loosens=True)
    elif "default" in new and "default" not in old:
        yield Change(at, "default-added", f"the default {show(new['default'])} was added")


def is_documentation(key: str) -> bool:
    """Whether a keyword only documents."""
    return key in ANNOTATIONS or key.startswith("x-")


def null_change(at: str, *, gained: bool) -> Change:
    """The change when null becomes allowed, or is no longer allowed."""
    if gained:
        return Change(at, "nullable", "may be null now", loosens=True)
    return Change(at, "nullable", "may no longer be null", tightens=True)


def show(value: Any) -> str:
    """The value as JSON, short enough for a line."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST_SHOWN_CHARS else text[:_LONGEST_SHOWN_CHARS] + "..."
