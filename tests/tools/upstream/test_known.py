"""tools/upstream/known.py: known differences need a reason, and an entry that is not needed is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from upstream.differences import Difference
from upstream.known import Known, UnreadableKnowledge, problems, read_known

DIFFERENCE = Difference("Session.state", "type", "The words.")
ENTRY = '[[difference]]\nplace = "Session.state"\nkind = "type"\nreason = "Because."\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "known.toml"


def test_file_is_read(path: Path) -> None:
    """The file gives the releases to read and the reason of each known difference."""
    path.write_text(f'releases = ["1.0.0"]\n{ENTRY}', encoding="utf-8")
    assert read_known(path) == Known(["1.0.0"], {("Session.state", "type"): "Because."})


@pytest.mark.parametrize("line", ENTRY.splitlines()[1:])
def test_entry_without_a_key_is_refused(path: Path, line: str) -> None:
    """An entry that lacks its place, its kind or its reason is refused."""
    path.write_text(ENTRY.replace(f"{line}\n", ""), encoding="utf-8")
    with pytest.raises(UnreadableKnowledge, match=r"known\.toml: difference 1: needs a place, a kind and a reason"):
        read_known(path)


def test_file_that_is_not_toml_is_refused(path: Path) -> None:
    """A file that is not TOML, or is not there, is refused."""
    with pytest.raises(UnreadableKnowledge, match="cannot be read"):
        read_known(path)
    path.write_text("releases = [", encoding="utf-8")
    with pytest.raises(UnreadableKnowledge, match="cannot be read"):
        read_known(path)


def test_known_difference_is_no_problem() -> None:
    """A difference that the file names is no problem."""
    assert problems([DIFFERENCE], Known([], {("Session.state", "type"): "Because."})) == []


def test_new_difference_is_a_problem() -> None:
    """A difference that the file does not name is a problem, with the place and kind for an entry."""
    assert problems([DIFFERENCE], Known([], {})) == ["The words. (place 'Session.state', kind 'type')"]


def test_entry_without_a_difference_is_a_problem() -> None:
    """An entry for a difference that no longer exists is a problem."""
    assert problems([], Known([], {("Session.state", "type"): "Because."})) == [
        "the known difference of 'Session.state', kind 'type', does not exist any more: remove its entry"
    ]
