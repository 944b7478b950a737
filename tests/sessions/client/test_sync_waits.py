"""Waits and commands of both clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import (
    OperationFailedError,
    WaitTimeoutError,
)

from ..conftest import Face, Scripted, Turned

Make = Callable[..., Face]
DONE = {"result": {"id": "sop_1", "session_id": "ses_1", "completed": True}}
COMMAND = {"result": {"id": "scd_1", "session_id": "ses_1", "shell_command": "ls"}}
FINISHED = {"result": {**COMMAND["result"], "finished_at": "2026-01-01T00:00:00Z", "status_code": 0}}


def asked(scripted: Scripted) -> list[str]:
    """The methods and paths that were requested."""
    return [each.line.removesuffix(" HTTP/1.1").replace("/v0/", "/") for each in scripted.asked]


@pytest.fixture
def timed(face: Make, scripted: Scripted, turned: Turned) -> Face:
    """A client of a server whose answers the test gives."""
    return face(scripted.url, clock=turned.clock())


def test_waits_have_ids(timed: Face, scripted: Scripted) -> None:
    """The timeout of each kind of wait has the id that it waited for, also if no poll has succeeded."""
    for wait, thing, name in (
        (timed.wait_for_session, "ses_9", "session_id"),
        (timed.wait_for_session_operation, "sop_9", "operation_id"),
        (timed.wait_for_session_command, "scd_9", "command_id"),
    ):
        scripted.json({}, 500)
        scripted.json({}, 500)
        with pytest.raises(WaitTimeoutError) as raised:
            wait(thing, timeout=0.5)
        assert getattr(raised.value, name) == thing


def test_operation_that_failed_has_ids(timed: Face, scripted: Scripted) -> None:
    """An `OperationFailedError` has the ids of its operation and its session."""
    scripted.json({"result": {**DONE["result"], "result": {"error": {"message": "no"}}}})
    with pytest.raises(OperationFailedError) as raised:
        timed.wait_for_session_operation("sop_1")
    assert (raised.value.session_id, raised.value.operation_id) == ("ses_1", "sop_1")


def test_command_reports_its_progress(timed: Face, scripted: Scripted) -> None:
    """`on_progress` is called first with the command as it was created, and then with the result of each poll."""
    seen: list[Any] = []
    for answer in (COMMAND, COMMAND, FINISHED):
        scripted.json(answer)
    result = timed.run_command("ses_1", "ls", on_progress=seen.append)
    assert [command.finished_at is None for command in seen] == [True, True, False]
    assert seen[-1] == result


def test_command_can_be_waited_for_again(timed: Face, scripted: Scripted) -> None:
    """The timeout of a command has its id, with which it can be waited for again."""
    for _ in range(3):
        scripted.json(COMMAND)
    with pytest.raises(WaitTimeoutError) as raised:
        timed.run_command("ses_1", "ls", timeout=0.5)
    assert (raised.value.command_id, raised.value.session_id) == ("scd_1", "ses_1")
    assert raised.value.__notes__ == ["command scd_1 of session ses_1 may still run"]
    scripted.json(FINISHED)
    seen: list[Any] = []
    assert timed.wait_for_session_command("scd_1", on_progress=seen.append).status_code == 0
    assert len(seen) == 1


def test_interrupted_command_is_named(timed: Face, scripted: Scripted) -> None:
    """An interruption of `run_command` is the same exception, with a note that names the running command."""
    interruption = KeyboardInterrupt("now")

    def interrupt(_: object) -> None:
        raise interruption

    scripted.json(COMMAND)
    with pytest.raises(KeyboardInterrupt) as raised:
        timed.run_command("ses_1", "ls", on_progress=interrupt)
    assert raised.value is interruption
    assert raised.value.__notes__ == ["command scd_1 of session ses_1 may still run"]
