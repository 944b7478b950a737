"""Reports of a runtime, and what they change."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox import (
    Inventory,
    ManualClock,
    SeedError,
    Timings,
    VirtualRuntime,
    serve,
)
from anyscale_sessions_sandbox.engine.runtime_reports import ReportWriter
from anyscale_sessions_sandbox.runtimes import Reports
from anyscale_sessions_sandbox.runtimes.catalog import Build, Catalog


class SlowRuntime(VirtualRuntime):
    """A runtime that takes its time: whatever it does is done when the test reports it."""

    name = "slow"
    reports: Reports

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, str]] = []
        self.is_active = False
        self.keeps_min_workers: list[bool] = []
        self.catalogs: list[Catalog] = []

    def reconcile(self, sessions: Any, reports: Reports) -> Inventory:
        """Nothing outlives a restart."""
        self.reports = reports
        self.calls += [("reconcile", session["id"]) for session in sessions]
        return Inventory(frozenset(), ("swept",))

    def start(self, session: Any, catalog: Catalog) -> bool:
        """Later."""
        self.catalogs.append(catalog)
        self.calls.append(("start", session["id"]))
        return False

    def terminate(self, session: Any) -> bool:
        """Later."""
        self.calls.append(("terminate", session["id"]))
        return False

    def terminate_workers(self, session: Any, *, keep_min_workers: bool) -> bool:
        """Later."""
        self.calls.append(("terminate_workers", session["id"]))
        self.keeps_min_workers.append(keep_min_workers)
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


def activity(is_active: str, idle_s: float | None = None) -> Any:
    """The fact that a driver is or is not connected."""
    return {"activities": {"driver": {"is_active": is_active, "reason": "a job", "idle_s": idle_s}}}


def test_what_is_observed_of_a_session_is_stored(visit: Any) -> None:
    """The version of Ray, the activities and the notes that a runtime observes are shown with their time."""
    with slowly(visit) as (api, runtime):
        session = api.create()
        api.start(session)
        facts = {"ray_version": "2.60.0", "notes": ["It is slow."], **activity("INACTIVE", 60.0)}
        runtime.reports.observed(session["id"], facts)
        runtime.reports.ready(session["id"])
        observed = api.get(session)
        now = api.sandbox.clock.now()
        minute_ago = (now - timedelta(minutes=1)).isoformat(timespec="microseconds")
        stamp = now.isoformat(timespec="microseconds")
        names = (
            "ray_version_last_updated_at",
            "ray_component_activities_last_reported_at",
            "ray_dashboard_snapshot_last_reported_at",
        )
        assert [observed[name] for name in names] == [stamp] * 3
        assert observed["ray_version"] == "2.60.0"
        driver = {"is_active": "INACTIVE", "reason": "a job", "last_activity_at": minute_ago, "timestamp": stamp}
        assert observed["activity_details"] == {"driver": driver}
        assert [event["description"] for event in api.events(session)][-1] == "It is slow."


@pytest.mark.parametrize("is_active", ["ACTIVE", "ERROR"])
def test_a_session_with_an_active_driver_is_not_idle(visit: Any, is_active: str) -> None:
    """A session is ACTIVE_RAY while a driver is active or may be, and idle from its last activity on."""
    with slowly(visit) as (api, runtime):
        session = launched(api, runtime, idle_timeout=10)
        runtime.reports.observed(session["id"], activity(is_active))
        api.sandbox.clock.advance(minutes=121)
        assert api.get(session)["idle_termination_status"] == "ACTIVE_RAY"
        runtime.reports.observed(session["id"], activity("INACTIVE", 60.0))
        assert api.get(session)["idle_termination_status"] == "IDLE"
        api.sandbox.clock.advance(minutes=8)
        # A later report changes nothing, unless there was a driver again.
        runtime.reports.observed(session["id"], activity("INACTIVE", 900.0))
        assert api.get(session)["state"] == "Running"
        api.sandbox.clock.advance(minutes=1)
        assert api.get(session)["state"] == "Terminating"


@pytest.mark.parametrize("keep_min_workers", [True, False])
def test_a_termination_of_workers_waits_for_the_runtime(visit: Any, keep_min_workers: bool) -> None:
    """A termination of workers ends after its time, and when the runtime has reported that it is done."""
    with slowly(visit) as (api, runtime):
        session = launched(api, runtime)
        options = {"workers_only": True} | ({"keep_min_workers": True} if keep_min_workers else {})
        operation = api.terminate(session, **options)
        assert runtime.calls[-1] == ("terminate_workers", session["id"])
        assert runtime.keeps_min_workers == [keep_min_workers]
        api.sandbox.clock.advance(60)
        assert not api.operation(operation)["completed"]
        runtime.reports.observed(session["id"], {"workers_terminated": True})
        assert api.operation(operation)["result"]["data"]["state"] == "Running"
        # A report that nothing waits for changes nothing.
        runtime.reports.observed(session["id"], {"workers_terminated": True})
        assert api.get(session)["pending_state"] is None


def test_a_report_of_terminated_workers_ends_no_other_operation(visit: Any) -> None:
    """A report that workers are terminated does not continue a start."""
    with slowly(visit) as (api, runtime):
        operation = api.start(session := api.create())
        api.sandbox.clock.advance(60)
        runtime.reports.observed(session["id"], {"workers_terminated": True})
        assert not api.operation(operation)["completed"]


def test_a_session_that_is_lost_ends_a_termination_of_workers(visit: Any) -> None:
    """If a session is lost while its workers are terminated, the operation fails with the reason."""
    with slowly(visit) as (api, runtime):
        session = launched(api, runtime)
        operation = api.terminate(session, workers_only=True)
        runtime.reports.lost(session["id"], "Its head has crashed.")
        assert api.get(session)["state"] == "Terminated"
        assert api.operation(operation)["result"]["error"] == {"message": "Its head has crashed."}


class KeptRuntime(SlowRuntime):
    """A runtime whose sessions outlive a restore."""

    def reconcile(self, sessions: Any, reports: Reports) -> Inventory:
        """Keep all sessions."""
        super().reconcile(sessions, reports)
        return Inventory(frozenset(session["id"] for session in sessions))


def test_a_termination_of_workers_ends_with_a_restore(visit: Any) -> None:
    """A restored termination of workers ends by the clock alone, because it may not be reported again."""
    runtime = KeptRuntime()
    with serve(clock=ManualClock(), runtime=runtime) as sandbox:
        api = visit(sandbox)
        operation = api.terminate(launched(api, runtime), workers_only=True)
        snapshot = sandbox.snapshot()
        sandbox.restore(snapshot)
        assert not api.operation(operation)["completed"]
        sandbox.clock.advance(60)
        assert api.operation(operation)["result"]["data"]["state"] == "Running"


def test_a_start_gets_the_catalog(visit: Any) -> None:
    """The runtime gets the builds, compute templates and instance types of all seeds with each start, until a reset."""
    with slowly(visit) as (api, runtime):
        api.start(api.create())
        assert runtime.catalogs == [Catalog()]
        api.sandbox.seed({"builds": {"bld_1": {}}, "instance_types": {"i": {"CPU": 2}}})
        api.sandbox.seed({"builds": {"bld_2": {"requirements": ["six"]}}})
        seeded = Catalog({"bld_1": Build(), "bld_2": Build(["six"])}, {}, {"i": {"CPU": 2}})
        api.start(api.create())
        snapshot = api.sandbox.snapshot()
        api.sandbox.reset()
        api.start(api.create())
        api.sandbox.restore(snapshot)
        api.start(api.create())
        assert runtime.catalogs[1:] == [seeded, Catalog(), seeded]


def test_a_session_of_a_seed_can_use_its_builds(visit: Any) -> None:
    """A session that a seed starts gets the builds of that seed. If the seed is refused, they are not defined."""
    with slowly(visit) as (api, runtime):
        fields = {"name": "a", "project_id": "p", "cluster_config": "a: b", "cloud_id": "c", "state": "StartingUp"}
        session = {**fields, "id": "ses_1"}
        seed = {"builds": {"bld_1": {}}, "sessions": [session]}
        api.sandbox.seed(seed)
        with pytest.raises(SeedError):
            api.sandbox.seed(seed | {"builds": {"bld_2": {}}})
        api.sandbox.seed({"sessions": [fields]})
        assert [[*catalog.builds] for catalog in runtime.catalogs] == [["bld_1"]] * 2


def test_activity_ends_with_the_machines(visit: Any) -> None:
    """A session that is started again has no activity of its last run, and reports for an ended session are ignored."""
    with slowly(visit) as (api, runtime):
        session = launched(api, runtime)
        runtime.reports.observed(session["id"], activity("ACTIVE"))
        runtime.reports.lost(session["id"], "The power failed.")
        before = api.get(session)
        for session_id in (session["id"], "ses_none"):
            runtime.reports.observed(session_id, activity("INACTIVE"))
        assert api.get(session) == before
        api.start(session)
        assert api.get(session)["activity_details"] is None


def test_activities_without_times_and_none_at_all_are_idle_from_now_on(visit: Any) -> None:
    """A session whose components do not say when they were last active is idle from the report on."""
    for facts in (activity("INACTIVE"), {"activities": {}}):
        with slowly(visit) as (api, runtime):
            session = launched(api, runtime)
            runtime.reports.observed(session["id"], activity("ACTIVE"))
            runtime.reports.observed(session["id"], facts)
            now = api.sandbox.clock.now().isoformat(timespec="microseconds")
            assert api.get(session)["idle_timeout_last_activity_at"] == now


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
