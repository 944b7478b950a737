"""tools/specdiff/change.py: changes of defaults, marks and documentation are found."""

from __future__ import annotations

from typing import Any

import pytest

from specdiff.change import note_changes, null_change, show

NOTES: dict[str, tuple[dict[str, Any], dict[str, Any], str, tuple[bool, bool]]] = {
    "a default is removed": ({"default": 1}, {}, "the default 1 was removed", (True, True)),
    "a default changes": ({"default": 1}, {"default": 2}, "the default changed from 1 to 2", (True, True)),
    "a default is added": ({}, {"default": 1}, "the default 1 was added", (False, False)),
    "a secret becomes public": ({"secret": True}, {}, "SECURITY: is no longer marked as secret", (True, True)),
    "a field becomes secret": ({}, {"secret": True}, "is marked as secret now", (False, False)),
    "a field is deprecated": ({}, {"deprecated": True}, "is now deprecated", (False, False)),
    "a field becomes read-only": ({}, {"readOnly": True}, "is now read-only", (True, False)),
    "a field is writable again": ({"readOnly": True}, {}, "is no longer read-only", (False, False)),
    "the description changes": ({"description": "a"}, {"description": "b"}, "description changed", (False, False)),
}


@pytest.mark.parametrize("case", NOTES)
def test_note_is_one_change(case: str) -> None:
    """A changed note is one change, which tightens or loosens only if values are affected."""
    old, new, what, effects = NOTES[case]
    (change,) = note_changes(old, new, "#/a")
    assert change.what.startswith(what)
    assert (change.tightens, change.loosens) == effects


def test_equal_notes_are_no_change() -> None:
    """Equal notes are no change, and 1 equals 1.0 as in JSON Schema."""
    assert list(note_changes({"default": 1, "title": "a"}, {"default": 1.0, "title": "a"}, "#/a")) == []


def test_null_loosens_when_it_comes_and_tightens_when_it_goes() -> None:
    """Allowing null loosens a schema, and forbidding it tightens the schema."""
    assert (null_change("#", gained=True).loosens, null_change("#", gained=False).tightens) == (True, True)


def test_long_value_is_cut() -> None:
    """A value is shown as JSON, and cut where it would make the line too long."""
    assert show({"b": 1, "a": "ü"}) == '{"a": "ü", "b": 1}'
    assert show("x" * 200) == '"' + "x" * 79 + "..."
