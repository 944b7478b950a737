"""tools/contracts/decisions.py: what a person must decide about new names is listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.decisions import names_of, undecided

Spec = dict[str, Any]


def test_nothing_is_open_for_the_present_spec(repository: Path, repository_spec: Spec) -> None:
    """For the names of the present spec, no decision is open but those that regeneration lists."""
    for line in undecided(repository, repository_spec):
        assert "; until then, " in line


def test_new_state_asks_for_its_transitions(repository: Path, spec: Spec) -> None:
    """A new state of a session asks which states follow it, and says what waiters assume until then."""
    spec["components"]["schemas"]["SessionState"]["enum"].append("NotInTheSpec")
    (line,) = [line for line in undecided(repository, spec) if "NotInTheSpec" in line]
    place, _, question = line.partition(": ")
    assert place == "overrides/anyscale_sessions/states.py"
    assert question == (
        "which states a session in NotInTheSpec can enter (AUTOMATIC_TRANSITIONS);"
        " until then, waiters assume that it can enter every state, and the sandbox never enters it"
    )


def test_new_operation_asks_for_a_handler(repository: Path, spec: Spec) -> None:
    """A new operation asks what it does in the sandbox; one with GET needs no policy."""
    spec["paths"]["/snapshots/"] = {"get": {"operationId": "list_snapshots"}}
    (line,) = [line for line in undecided(repository, spec) if "list_snapshots" in line]
    assert line == (
        "sandbox/anyscale_sessions_sandbox/api/handlers.py: what list_snapshots does in the sandbox (HANDLERS);"
        " until then, the sandbox responds with 501"
    )


def test_new_unsafe_operation_asks_for_a_policy(repository: Path, spec: Spec) -> None:
    """A new operation with POST asks whether it may be sent twice."""
    spec["paths"]["/snapshots/"] = {"post": {"operationId": "make_snapshot"}}
    found = [line for line in undecided(repository, spec) if "make_snapshot" in line]
    assert found[0].startswith(
        "overrides/anyscale_sessions/_sansio/policies.py: whether make_snapshot may be sent again"
    )
    assert len(found) == 2


def test_project_without_a_module_is_not_asked(tmp_path: Path, spec: Spec) -> None:
    """A table in a module that the project does not have asks for nothing."""
    assert list(undecided(tmp_path, spec)) == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("T = {'a': b, 'c': {d}}\n", {"a", "b", "c", "d"}),
        ("T: dict[str, int] = {'a': 1}\n", {"a", "1"}),
        ("T: int\nS = {'a': 1}\n", set()),
    ],
)
def test_names_of_a_table_are_read(tmp_path: Path, source: str, names: set[str]) -> None:
    """The names of a table are the names and texts in its value."""
    path = tmp_path / "module.py"
    path.write_text(source, encoding="utf-8")
    assert names_of(path, "T") == names
