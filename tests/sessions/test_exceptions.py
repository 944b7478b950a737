"""The tree of errors and warnings: as drawn, and each of them a value that copies, pickles and compares."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from anyscale_sessions import (
    InternalFieldWarning,
    InvalidRequestError,
    InvalidSessionError,
    Problem,
    Session,
    SessionCommand,
    SessionEvent,
    SessionOperation,
    SessionsError,
    SessionsWarning,
    exceptions,
)
from anyscale_sessions._fingerprint import CreateFingerprint
from anyscale_sessions.exceptions import ERRORS_BY_STATUS

NOW = datetime(2026, 1, 31, tzinfo=UTC)
PROBLEM = Problem("name", "must not be blank", "give the session a name")
SESSION = Session(
    id="ses_1",
    name="nightly",
    project_id="prj_1",
    cloud_id="cld_1",
    cluster_config="x: 1",
    state="Running",  # type: ignore[arg-type]
    creator_id="usr_1",
    created_at=NOW,
    access_token="secret",
    tensorboard_available=False,
    cluster_config_last_modified_at=NOW,
    ssh_authorized_keys=[],
    ssh_private_key="secret",
)
OPERATION = SessionOperation(
    id="op_1",
    completed=False,
    session_id="ses_1",
    session_operation_type="start",  # type: ignore[arg-type]
)
EVENT = SessionEvent(
    id="evt_1",
    event_type="created",  # type: ignore[arg-type]
    log_level="info",  # type: ignore[arg-type]
    timestamp=NOW,
    description="made",
)
# A value for each attribute that an error of the tree may have.
ATTRIBUTES: dict[str, Any] = {
    "problems": (PROBLEM,),
    "path": "$.result.id",
    "retry_after": 1.5,
    "name": "nightly",
    "project_id": "prj_1",
    "session": SESSION,
    "operation": OPERATION,
    "events": (EVENT,),
    "is_done": True,
    "command": SessionCommand.from_dict({"id": "scd_1"}),
    "candidates": ("ses_1",),
    "fingerprint": CreateFingerprint("nightly", "prj_1", NOW, "digest", is_name_enough=False),
    "read": (SESSION,),
    "read_count": 1,
    "paging_token": "t1",
    "session_id": "ses_1",
    "operation_id": "sop_1",
    "command_id": "scd_1",
}


def tree(root: type[Any]) -> Iterator[type[Any]]:
    """A class and all below it that the package defines."""
    yield root
    for child in root.__subclasses__():
        if child.__module__.startswith(f"{exceptions.__name__}."):
            yield from tree(child)


ERRORS = [*tree(SessionsError)]
WARNINGS = [*tree(SessionsWarning)]


def full(kind: type[Any]) -> Any:
    """An error of this class with all its attributes set."""
    if issubclass(kind, Warning):
        return kind("the message")
    error = kind("the message", request_id="req_1", status=500, attempts=2, body="{}")
    own = {name for base in kind.__mro__ for name in vars(base).get("__annotations__", {})}
    assert own <= ATTRIBUTES.keys(), f"give {own - ATTRIBUTES.keys()} a value in this test"
    for name in own:
        assert getattr(error, name) != ATTRIBUTES[name]
        setattr(error, name, ATTRIBUTES[name])
    return error


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],
    ids=["copy", "deep", "pickle"],
)
@pytest.mark.parametrize("kind", [*ERRORS, *WARNINGS])
def test_errors_and_warnings_are_values(kind: type[Any], duplicate: Callable[[Any], Any]) -> None:
    """A copied, deep-copied or pickled error has the same class, message and attributes and is equal."""
    error = full(kind)
    error.add_note("noted")
    again = duplicate(error)
    assert again is not error
    assert (again, type(again), str(again), vars(again)) == (error, kind, "the message", vars(error))
    assert hash(again) == hash(error)


@pytest.mark.parametrize("kind", [*ERRORS, *WARNINGS])
def test_errors_of_another_class_text_or_attribute_differ(kind: type[Any]) -> None:
    """Errors of another class, message or attribute are not equal."""
    assert full(kind) != kind("other")
    assert full(kind) != Exception("the message")
    if not issubclass(kind, Warning):
        assert full(kind) != kind("the message")


def test_the_tree_is_as_drawn() -> None:
    """The tree at the top of the package shows each class in its place with the built-in class that it refines."""
    drawn: dict[str, tuple[str, str | None]] = {}
    above: list[str] = []
    for line in (exceptions.__doc__ or "").splitlines():
        match = re.match(
            r"(?P<indent>(?:[│ ]   )*)(?:[├└]── )?(?P<name>[A-Z]\w+)(?: \((?P<built_in>\w+)\))?(?: {2}|$)", line
        )
        if match:
            depth = 0 if line[0].isalpha() else len(match["indent"]) // 4 + 1
            above[depth:] = [match["name"]]
            drawn[match["name"]] = (above[depth - 1] if depth else "", match["built_in"])
    assert drawn == {
        kind.__name__: (
            next((base.__name__ for base in kind.__bases__ if base in (*ERRORS, *WARNINGS)), ""),
            next(
                (base.__name__ for base in kind.__bases__ if base.__module__ == "builtins" and base is not Exception),
                None,
            ),
        )
        for kind in (*ERRORS, *WARNINGS)
    }


def test_each_status_has_the_error_its_documentation_says() -> None:
    """The class for a status has that status in its docstring."""
    for status, kind in ERRORS_BY_STATUS.items():
        assert (kind.__doc__ or "").startswith(f"{status}: ")


def test_the_message_lists_every_problem() -> None:
    """The message of `of` has one line for each problem, and the error keeps the problems."""
    error = InvalidSessionError.of("CreateSession", [PROBLEM, PROBLEM])
    assert str(error) == f"CreateSession: 2 problems\n  - {PROBLEM}\n  - {PROBLEM}"
    assert error.problems == (PROBLEM, PROBLEM)
    assert isinstance(error, InvalidRequestError)
    assert str(PROBLEM) == "name: must not be blank; give the session a name"


def test_an_error_has_defaults() -> None:
    """An error without arguments has no request id, status, attempts or body."""
    error = SessionsError()
    assert (str(error), error.request_id, error.status, error.attempts, error.body) == ("", None, None, 0, "")


def test_warnings_have_one_base_class() -> None:
    """All warnings of the package have one base class, which is a UserWarning."""
    assert issubclass(InternalFieldWarning, SessionsWarning)
    assert issubclass(SessionsWarning, UserWarning)
