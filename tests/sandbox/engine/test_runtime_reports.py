"""Reports of a runtime, and what they change."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox import (
    Inventory,
    ManualClock,
    Timings,
    VirtualRuntime,
    serve,
)
from anyscale_sessions_sandbox.engine.runtime_reports import ReportWriter
from anyscale_sessions_sandbox.runtimes import Reports


class SlowRuntime(VirtualRuntime):
    """A runtime that takes its time: whatever it does is done when the test reports it."""

    name = "slow"
    reports: Reports

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, str]] = []
        self.is_active = False

    def reconcile(self, sessions: Any, reports: Reports) -> Inventory:
        """Nothing outlives a restart."""
        self.reports = reports
        self.calls += [("reconcile", session["id"]) for session in sessions]
        return Inventory(frozenset(), ("swept",))

    def start(self, session: Any) -> bool:
        """Later."""
        self.calls.append(("start", session["id"]))
        return False

    def terminate(self, session: Any) -> bool:
        """Later."""
        self.calls.append(("terminate", session["id"]))
        return False

    def activity(self, session: Any) -> bool:  # noqa: ARG002 - as the protocol has it
        """As the test says."""
        return self.is_active

    def run(self, session: Any, command: Any) -> None:  # type: ignore[override]
        """Later."""

    def kill(self, command: Any) -> None:  # type: ignore[override]
        """Later."""

    def logs(self, command: Any) -> None:  # type: ignore[override]
        """None are kept."""


@contextmanager
def slowly(visit: Any, **options: Any) -> Iterator[tuple[Any, SlowRuntime]]:
    """A sandbox on a clock that stands still, and its slow runtime."""
    runtime = SlowRuntime()
    with serve(runtime=runtime, clock=ManualClock(), validate_responses=True, **options) as sandbox:
        yield visit(sandbox), runtime


def launched(api: Any, runtime: SlowRuntime, **fields: Any) -> Any:
    """A session that runs, since the runtime has said that it is ready."""
    session = api.create(**fields)
    api.start(session)
    runtime.reports.ready(session["id"])
    api.sandbox.clock.advance(2)
    assert api.get(session)["state"] == "Running"
    return session


def test_a_start_waits_for_the_runtime_and_for_the_clock(visit: Any) -> None:
    """A start ends when both its time has passed and the runtime has reported."""
    with slowly(visit) as (api, runtime):
        early, late = api.create(), api.create()
        operations = [api.start(session) for session in (early, late)]
        assert runtime.calls == [("start", early["id"]), ("start", late["id"])]
        runtime.reports.ready(early["id"])
        assert api.get(early)["state"] == "StartingUp"
        api.sandbox.clock.advance(1.5)
        assert [api.get(session)["state"] for session in (early, late)] == ["Running", "StartingUp"]
        assert [api.operation(operation)["completed"] for operation in operations] == [True, False]
        api.sandbox.clock.advance(minutes=10)
        assert api.get(late)["state"] == "StartingUp"
        runtime.reports.ready(late["id"])
        assert api.get(late)["state"] == "Running"
        assert api.operation(operations[1])["completed"] is True


def test_a_termination_waits_for_the_runtime_and_for_the_clock(visit: Any) -> None:
    """A termination ends when its time has passed and the runtime has reported; its commands have ended."""
    with slowly(visit) as (api, runtime):
        session = launched(api, runtime)
        reported, unreported = api.run(session, "a"), api.run(session, "b")
        operation = api.terminate(session)
        assert runtime.calls[-1] == ("terminate", session["id"])
        runtime.reports.ended(reported["id"], 143)
        api.sandbox.clock.advance(1)
        assert api.get(session)["state"] == "Terminating"
        runtime.reports.lost(session["id"], "It was asked to.")
        assert api.get(session)["state"] == "Terminated"
        assert [api.command(command)["status_code"] for command in (reported, unreported)] == [143, -9]
        assert api.operation(operation)["result"]["data"]["state"] == "Terminated"
        quick = launched(api, runtime)
        api.terminate(quick)
        runtime.reports.lost(quick["id"], "It was asked to.")
        assert api.get(quick)["state"] == "Terminating"
        api.sandbox.clock.advance(1)
        assert api.get(quick)["state"] == "Terminated"


def test_a_session_that_fails_to_start_is_startup_errored(visit: Any) -> None:
    """A failed start has the runtime's reason in its state, operation and events, and can be repeated."""
    with slowly(visit) as (api, runtime):
        session = api.create()
        operation = api.start(session)
        runtime.reports.lost(session["id"], "There is no room.")
        failed = api.get(session)
        assert (failed["state"], failed["pending_state"]) == ("StartupErrored", None)
        assert failed["state_data"]["startup"]["startup_error"] == "There is no room."
        assert api.operation(operation)["result"]["error"]["message"] == "There is no room."
        event = api.events(session)[-1]
        assert (event["event_type"], event["log_level"]) == ("startup_errored", "error")
        assert "There is no room." in event["description"]
        api.start(session)
        assert api.get(session)["state"] == "StartingUp"


def test_a_session_that_breaks_down_is_terminated(visit: Any) -> None:
    """A running session that is lost is Terminated at once with the reason in an event, and so are its commands."""
    with slowly(visit) as (api, runtime):
        session = launched(api, runtime)
        command = api.run(session, "a")
        runtime.reports.lost(session["id"], "The power failed.")
        lost = api.get(session)
        assert (lost["state"], lost["host_name"], lost["user_service_url"]) == ("Terminated", None, None)
        assert api.command(command)["status_code"] == -9
        assert "The power failed." in api.events(session)[-1]["description"]


def test_reports_that_fit_nothing_are_passed_over(visit: Any) -> None:
    """Reports for unknown or ended sessions and commands are ignored, and unwanted sessions are terminated."""
    with slowly(visit) as (api, runtime):
        session = launched(api, runtime)
        command = api.run(session, "a")
        runtime.reports.ended(command["id"], 3)
        ended = api.command(command)
        runtime.reports.ended(command["id"], 4)
        runtime.reports.ended("scd_none", 0)
        assert api.command(command) == ended
        api.terminate(session)
        runtime.calls.clear()
        runtime.reports.ready(session["id"])
        runtime.reports.ready("ses_none")
        assert runtime.calls == [("terminate", session["id"]), ("terminate", "ses_none")]
        for _ in range(2):
            runtime.reports.lost(session["id"], "")
        runtime.reports.lost("ses_none", "")
        assert api.get(session)["state"] == "Terminating"
        api.sandbox.clock.advance(1)
        runtime.reports.lost(session["id"], "")
        assert api.get(session)["state"] == "Terminated"


def test_a_start_that_never_ends_does_not_end_with_the_report(visit: Any) -> None:
    """A start with an infinite duration does not end when the runtime reports."""
    with slowly(visit, timings=Timings(start_s=float("inf"))) as (api, runtime):
        session = api.create()
        api.start(session)
        api.sandbox.clock.advance(hours=1)
        runtime.reports.ready(session["id"])
        assert api.get(session)["state"] == "StartingUp"
        assert runtime.calls == [("start", session["id"])]


def test_a_kill_can_take_its_time(visit: Any) -> None:
    """A command whose kill takes time finishes when the runtime reports it, with the reported exit code."""
    with slowly(visit) as (api, runtime):
        command = api.run(launched(api, runtime), "a")
        killed = api.result("POST", f"/session_commands/{command['id']}/kill")
        assert killed["killed_at"]
        assert killed["finished_at"] is None
        api.result("POST", f"/session_commands/{command['id']}/kill")
        runtime.reports.ended(command["id"], 7)
        assert api.command(command)["status_code"] == 7
        assert api.command(command)["killed_at"]
        assert api.call("POST", f"/session_commands/{command['id']}/kill").status == 409


def test_what_a_runtime_calls_activity_keeps_a_session_from_idling_out(visit: Any) -> None:
    """A session that its runtime calls active at its idle timeout gets a new idle time."""
    with slowly(visit) as (api, runtime):
        session = launched(api, runtime, idle_timeout=10)
        runtime.is_active = True
        api.sandbox.clock.advance(minutes=15)
        assert api.get(session)["state"] == "Running"
        runtime.is_active = False
        api.sandbox.clock.advance(minutes=4)
        assert api.get(session)["state"] == "Running"
        api.sandbox.clock.advance(minutes=1)
        assert api.get(session)["state"] == "Terminating"


def test_output_that_is_not_kept_is_reported_to_be_gone(visit: Any) -> None:
    """Asking for output that is not kept raises LookupError."""
    with slowly(visit) as (api, runtime):
        command = api.run(launched(api, runtime), "a")
        with pytest.raises(LookupError, match="was deleted with its session's machines"):
            api.sandbox.logs(command["id"])


@pytest.mark.parametrize("next_runtime", [SlowRuntime, VirtualRuntime])
def test_sessions_whose_machines_are_gone_are_set_right_at_the_next_start(
    next_runtime: type[Any], visit: Any, tmp_path: Path
) -> None:
    """Sessions without machines are corrected and reported at the next start."""
    db = tmp_path / "sandbox.db"
    with slowly(visit, db=db) as (api, runtime):
        running, starting, terminating, stopped = (api.create() for _ in range(4))
        for session in (running, terminating):
            api.start(session)
            runtime.reports.ready(session["id"])
        api.sandbox.clock.advance(2)
        command = api.run(running, "a")
        operations = [api.start(starting), api.terminate(terminating)]
    with serve(db=db, runtime=next_runtime(), clock=ManualClock(), validate_responses=True) as sandbox:
        api = visit(sandbox)
        sandbox.clock.advance(1)
        states = [api.get(session)["state"] for session in (running, starting, terminating, stopped)]
        assert states == ["Terminated", "StartupErrored", "Terminated", "Stopped"]
        assert api.command(command)["status_code"] == -9
        assert [bool(api.operation(operation)["result"].get("error")) for operation in operations] == [True, False]
        reason = "Its machines were gone when the sandbox was started or restored."
        assert reason in api.events(running)[-1]["description"]
        lost = f"sessions whose machines are gone: {running['id']}, {starting['id']}, {terminating['id']}"
        assert sandbox.startup_notes[0] == lost
    with slowly(visit, db=db) as (api, _):
        assert api.sandbox.startup_notes == ("swept",)


def test_a_report_that_cannot_be_written_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A report that cannot be stored is logged and does not end the thread of the runtime."""

    def broken() -> Any:
        raise sqlite3.OperationalError("disk full, hunter2")

    with caplog.at_level(logging.WARNING):
        ReportWriter(broken).ready("ses_1")
    assert caplog.messages == ["a report of the runtime could not be stored: OperationalError"]
