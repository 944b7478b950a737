"""The ids that errors have."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from anyscale_sessions import CreateSessionCommand, InvalidRequestError, Session, SessionsError, api
from anyscale_sessions._sansio.known_ids import Leftovers, attach_ids, ids_in, ids_of
from anyscale_sessions._sansio.request import prepare
from anyscale_sessions_api.client import OPERATION_IDS

from ..conftest import Turned
from .conftest import Played, command, operation, response, session

NAMES = ("session_id", "operation_id", "command_id")
ABOUT: dict[str, tuple[Any, dict[str, str]]] = {
    "get_session": (api.get_session("ses_1"), {"session_id": "ses_1"}),
    "update_session": (api.update_session("ses_1"), {"session_id": "ses_1"}),
    "delete_session": (api.delete_session("ses_1"), {"session_id": "ses_1"}),
    "start_session": (api.start_session("ses_1"), {"session_id": "ses_1"}),
    "terminate_session": (api.terminate_session("ses_1"), {"session_id": "ses_1"}),
    "get_session_operation": (api.get_session_operation("sop_1"), {"operation_id": "sop_1"}),
    "list_session_commands": (api.list_session_commands("ses_1"), {"session_id": "ses_1"}),
    "create_session_command": (
        api.create_session_command(CreateSessionCommand(session_id="ses_1", shell_command="ls")),
        {"session_id": "ses_1"},
    ),
    "get_session_command": (api.get_session_command("scd_1"), {"command_id": "scd_1"}),
    "kill_session_command": (api.kill_session_command("scd_1"), {"command_id": "scd_1"}),
    "get_session_event_log": (api.get_session_event_log("ses_1"), {"session_id": "ses_1"}),
}
WITHOUT = {"list_sessions", "search_sessions", "create_session", "get_session_for_job"}


def test_every_operation_is_here() -> None:
    """The table has operations of the spec only; an operation that is new has its ids by the same rule."""
    assert ABOUT.keys() | WITHOUT <= set(OPERATION_IDS)
    assert len(ABOUT.keys() | WITHOUT) >= 15


@pytest.mark.parametrize("name", ABOUT)
def test_error_of_an_operation_has_its_ids(turned: Turned, name: str) -> None:
    """Every error of an operation has the ids in its arguments, also as a copy and as a pickle."""
    asked, ids = ABOUT[name]
    assert ids_of(asked) == ids
    error = Played(turned, asked, response({}, 403)).error
    assert error is not None
    for each in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert {key: getattr(each, key) for key in NAMES} == {**dict.fromkeys(NAMES), **ids}


def test_refused_argument_leaves_the_other_ids() -> None:
    """An error before anything is sent has the ids that are valid, and no others."""
    with pytest.raises(InvalidRequestError) as raised:
        prepare(api.update_session("ses_1", 5))  # type: ignore[arg-type]
    assert raised.value.session_id == "ses_1"
    with pytest.raises(InvalidRequestError) as raised:
        prepare(api.get_session("a/b"))
    assert raised.value.session_id is None


def test_ids_of_results() -> None:
    """A session, an operation and a command have ids; a result without a usable id has none."""
    assert ids_in(session()) == {"session_id": "ses_1"}
    assert ids_in(operation()) == {"session_id": "ses_1", "operation_id": "sop_1"}
    assert ids_in(command()) == {"session_id": "ses_1", "command_id": "scd_1"}
    assert ids_in(Session.from_dict({"id": "../x"})) == ids_in(None) == {}


def test_leftovers_are_named_by_whatever_ends_a_flow() -> None:
    """An error gets the ids that it lacks and a note; an interruption gets the note."""
    left, error, interruption = Leftovers(), SessionsError("no"), KeyboardInterrupt()
    left.attach_to(interruption)
    assert not hasattr(interruption, "__notes__")
    left.add(session(), "ses_1 is left")
    left.add(operation(session_id="ses_2"))
    attach_ids(error, {"session_id": "ses_0"})
    left.attach_to(error)
    left.attach_to(interruption)
    assert (error.session_id, error.operation_id, error.command_id) == ("ses_0", "sop_1", None)
    assert error.__notes__ == interruption.__notes__ == ["ses_1 is left"]
