"""The errors of the sandbox."""

from __future__ import annotations

import pickle

import pytest

from anyscale_sessions_sandbox import errors
from anyscale_sessions_sandbox.errors import (
    APIError,
    Problem,
    SandboxAddressError,
    SandboxDatabaseError,
    SandboxError,
    SandboxRuntimeError,
    UnprocessableEntityError,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            SandboxDatabaseError("a.db", "it is damaged", "use another"),
            "sandbox database a.db: it is damaged; use another",
        ),
        (SandboxAddressError("::1", 80, "in use"), "cannot listen on ::1 port 80: in use"),
        (SandboxRuntimeError("process", "no bash"), "the process runtime cannot be used: no bash"),
    ],
)
def test_errors_for_users_have_one_line_and_can_be_pickled(error: SandboxError, text: str) -> None:
    """An error for the user is one line of text, and survives pickling."""
    assert str(error) == text
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), text, vars(error))


def test_each_api_error_has_its_own_status() -> None:
    """Each API error has its own status of the 4xx or 5xx range and a body in upstream's envelope."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, APIError)]
    statuses = [kind.status for kind in kinds]
    assert len(set(statuses)) == len(kinds) == 10
    assert all(400 <= status < 600 for status in statuses)
    assert APIError("why").body() == {"error": {"detail": "why"}}


def test_an_invalid_request_has_upstreams_other_envelope() -> None:
    """The body of a 422 response lists the place, the message and the type of each problem."""
    error = UnprocessableEntityError([Problem(("body", "name"), "field required", "value_error.missing")])
    problem = {"loc": ["body", "name"], "msg": "field required", "type": "value_error.missing"}
    assert error.body() == {"detail": [problem]}
