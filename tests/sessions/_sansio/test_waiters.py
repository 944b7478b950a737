"""Waits and other flows of several calls, their generators driven by hand with a clock that the test turns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    NotFoundError,
    OperationFailedError,
    OperationProgress,
    PermissionDeniedError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    Session,
    SessionEvent,
    SessioneventListResponse,
    SessionOperation,
    SessionsError,
    SessionState,
    UnreachableStateError,
    WaitTimeoutError,
)
from anyscale_sessions._sansio.drivers import drive
from anyscale_sessions._sansio.waiters import (
    MAX_INTERVAL_S,
    Bounded,
    WaitOptions,
    wait_for_operation,
    wait_for_session,
)

from ..conftest import Turned
from .conftest import DONE, RUNNING, Walked, operation, session, wait_options


def waited(turned: Turned, *answers: Any, until: str = "Running", **options: Any) -> Walked:
    """A wait for a session."""
    return Walked(
        turned, wait_for_session("ses_1", SessionState(until), wait_options(turned, **options), None), *answers
    )


def test_wait_ends_with_the_session_in_the_wanted_state(turned: Turned) -> None:
    """The session is polled until it is in the wanted state, and is the result of the wait."""
    walked = waited(turned, session("AwaitingStartup"), session("StartingUp"), session("Running"))
    assert walked.result == session("Running")
    assert walked.asked == ["get_session"] * 3
    assert walked.slept == [1.0, 1.5]


def test_wait_for_the_current_state_does_not_sleep(turned: Turned) -> None:
    """A wait for the current state needs one poll and no sleep."""
    assert waited(turned, session("Terminated"), until="Terminated").slept == []


def test_intervals_grow_with_jitter(turned: Turned) -> None:
    """The intervals grow by half from 1 s to 15 s with a jitter of a tenth."""
    plain = [1.0, 1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625, 15.0, 15.0]
    looks = [session("StartingUp")] * len(plain)
    for fraction, factor in ((0.5, 1.0), (0.0, 0.9), (1.0, 1.1)):
        turned.fraction = fraction
        walked = waited(turned, *looks, session())
        assert walked.slept == pytest.approx([factor * interval for interval in plain])


def test_own_interval_is_constant(turned: Turned) -> None:
    """A `poll_interval` of the caller neither grows nor varies."""
    turned.fraction = 0.0
    assert waited(turned, *[session("StartingUp")] * 4, session(), poll_interval_s=0.2).slept == [0.2] * 4


def test_failed_poll_does_not_change_the_interval(turned: Turned) -> None:
    """A failed poll does not change the interval to the next one."""
    turned.fraction = 0.0
    assert waited(turned, APIConnectionError("a"), ServerError("b"), session()).slept == pytest.approx([0.9, 1.35])


def test_wait_options_show_no_secret(turned: Turned) -> None:
    """The repr of the options of a wait shows no secret."""
    assert "canary" not in repr(WaitOptions.of(1.0, None, turned.clock(), ("canary",)))


def test_stable_state_ends_a_wait_once_reads_are_fresh(turned: Turned) -> None:
    """A stable state ends a wait from the time on when reads are fresh."""
    for time_s, fresh_after in ((0.0, ()), (100.0, (100.0,)), (99.5, (100.0,))):
        turned.time_s = time_s
        steps = wait_for_session("ses_1", RUNNING, wait_options(turned), None, *fresh_after)
        walked = Walked(turned, steps, *[session("Stopped")] * (1 + (time_s == 99.5)), ServerError(""))
        assert isinstance(walked.error, UnreachableStateError)


@given(st.floats(0.1, 300), st.none() | st.floats(0.5, 100), st.floats(0, 1), st.floats(0, 30))
def test_wait_ends_on_time(timeout_s: float, poll_interval_s: float | None, fraction: float, look_s: float) -> None:
    """No sleep goes beyond the timeout, and no poll gets more time than is left, or 1 s, for any durations."""
    turned = Turned()
    turned.fraction = fraction
    began = turned.time_s
    looks: list[float] = []

    def look(step: Bounded) -> Session:
        assert step.within_s == pytest.approx(max(began + timeout_s - turned.time_s, min(1.0, timeout_s)))
        looks.append(turned.time_s)
        turned.time_s += min(look_s, step.within_s)
        return session("StartingUp")

    def sleep(seconds: float) -> None:
        assert 0 < seconds <= max(MAX_INTERVAL_S, poll_interval_s or 0) * 1.1
        turned.sleep(seconds)
        assert turned.time_s <= began + timeout_s + 1e-6

    with pytest.raises(WaitTimeoutError):
        drive(wait_for_session("ses_1", RUNNING, wait_options(turned, timeout_s, poll_interval_s), None), look, sleep)
    assert looks[0] == began
    assert turned.time_s - began <= timeout_s + 1.0 + 1e-6


def test_timeout_has_the_last_session(turned: Turned) -> None:
    """`WaitTimeoutError` has the last session, its id and state in the message, and no cause if all polls succeeded."""
    walked = waited(turned, session("StartingUp"), session("AwaitingFileMounts"), timeout_s=1.0)
    assert isinstance(walked.error, WaitTimeoutError)
    assert walked.error.session == session("AwaitingFileMounts")
    assert walked.error.operation is None
    assert str(walked.error) == (
        "timed out after 1 s waiting for session ses_1 to be Running (last state: AwaitingFileMounts)"
    )
    assert walked.error.__cause__ is None


@pytest.mark.parametrize(
    "trouble",
    [APIConnectionError, APITimeoutError, ResponseDecodeError, ServerError, RateLimitError],
    ids=lambda kind: kind.__name__,
)
def test_transient_error_does_not_end_a_wait(turned: Turned, trouble: type[SessionsError]) -> None:
    """A poll with a transient error is followed by the next, and the last error is the cause of a timeout."""
    assert waited(turned, trouble("a"), trouble("b"), session()).result == session()
    last = trouble("d")
    walked = waited(turned, session("StartingUp"), trouble("c"), last, timeout_s=2.0)
    assert isinstance(walked.error, WaitTimeoutError)
    assert walked.error.__cause__ is last
    assert walked.error.session == session("StartingUp")
    healed = waited(turned, trouble("c"), session("StartingUp"), timeout_s=1.0)
    assert healed.error is not None
    assert healed.error.__cause__ is None


@pytest.mark.parametrize(
    "end", [AuthenticationError, PermissionDeniedError, NotFoundError], ids=lambda kind: kind.__name__
)
def test_lasting_error_ends_a_wait(turned: Turned, end: type[SessionsError]) -> None:
    """A 401, 403 or 404 ends the wait."""
    error = end("no")
    assert waited(turned, session("StartingUp"), error).error is error


@pytest.mark.parametrize("kind", [RateLimitError, ServerError])
def test_polls_honour_retry_after(turned: Turned, kind: Any) -> None:
    """A poll waits as long as Retry-After asks, unless the wait ends earlier."""
    busy = kind("busy")
    busy.retry_after = 200.0
    assert waited(turned, busy, session()).slept == [200.0]
    assert waited(turned, busy, session(), timeout_s=30.0).slept == [30.0]
    busy.retry_after = 0.0
    assert waited(turned, busy, session()).slept == [1.0]


def test_unreachable_state_ends_a_wait_at_once(turned: Turned) -> None:
    """A session that cannot reach the wanted state ends the wait at once, with its last events in order of time."""
    events = [
        SessionEvent(
            id=f"sev_{minute}",
            event_type="starting",
            log_level="info",
            timestamp=datetime(2026, 1, 1, 0, minute, tzinfo=UTC),
            description="a",
        )
        for minute in range(12)
    ]
    undated = SessionEvent.from_dict({"id": "sev_x"})
    listed = SessioneventListResponse(results=[*reversed(events), undated])
    walked = waited(turned, session("StartingUp"), session("StartupErrored"), listed)
    error = walked.error
    assert isinstance(error, UnreachableStateError)
    assert error.session == session("StartupErrored")
    assert error.events == tuple(events[-10:])
    assert str(error) == "session ses_1 is StartupErrored and cannot reach Running without a new request"
    assert walked.query == {"session_id": "ses_1", "count": 1000}
    assert walked.asked[-1] == "get_session_event_log"
    assert walked.slept == [1.0]


def test_unreachable_state_without_events(turned: Turned) -> None:
    """Events that cannot be read do not hide the error of the session."""
    error = waited(turned, session("Stopped"), ServerError("down")).error
    assert isinstance(error, UnreachableStateError)
    assert error.events == ()


@pytest.mark.parametrize(
    "seen", [session("Stopped", pending="Running"), session("StartupErrored", pending="StartingUp")]
)
def test_pending_state_counts(turned: Turned, seen: Session) -> None:
    """The pending state can lead to the wanted state while the session still shows its old state."""
    assert waited(turned, seen, session()).result == session()


def test_pending_state_can_be_a_dead_end_too(turned: Turned) -> None:
    """A pending state that cannot lead to the wanted state ends the wait."""
    error = waited(turned, session("Stopped", pending="Terminating"), ServerError("")).error
    assert isinstance(error, UnreachableStateError)


@pytest.mark.parametrize(
    "seen", [session("Unheard"), session(None), session(None, "Terminated"), session("Stopped", "New")]
)
def test_unknown_states_are_waited_through(turned: Turned, seen: Session) -> None:
    """A state that is new, or that the response left out, does not end the wait."""
    assert waited(turned, seen, session()).result == session()


def test_new_wanted_state_is_waited_for(turned: Turned) -> None:
    """A state that the spec does not know yet can be waited for from any other."""
    assert waited(turned, session("Stopped"), session("Paused"), until="Paused").result == session("Paused")


def test_progress_is_called_for_every_poll(turned: Turned) -> None:
    """`on_progress` is called with the result of each successful poll, including the last."""
    reported: list[Session] = []
    steps = wait_for_session("ses_1", RUNNING, wait_options(turned), reported.append)
    Walked(turned, steps, session("StartingUp"), ServerError("down"), session())
    assert reported == [session("StartingUp"), session()]


def test_error_in_progress_ends_the_wait(turned: Turned) -> None:
    """An exception in `on_progress` ends the wait unchanged."""

    def fail(_seen: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Walked(turned, wait_for_session("ses_1", RUNNING, wait_options(turned), fail), session())
    with pytest.raises(ZeroDivisionError):
        Walked(turned, wait_for_operation("sop_1", wait_options(turned), fail), operation())


def test_operation_is_polled_until_it_is_completed(turned: Turned) -> None:
    """A start or a termination is polled until it is completed."""
    reported: list[SessionOperation] = []
    going = operation(progress={"message": "Launching nodes."})
    walked = Walked(turned, wait_for_operation("sop_1", wait_options(turned), reported.append), going, DONE)
    assert walked.result == DONE
    assert reported == [going, DONE]
    assert reported[0].progress == OperationProgress(message="Launching nodes.")


@pytest.mark.parametrize("result", [None, {}, {"data": {"id": "ses_1"}}, {"data": None, "error": None}])
def test_operation_without_error_is_a_success(turned: Turned, result: Any) -> None:
    """A completed operation is a success unless its result holds an error."""
    done = operation(completed=True, result=result)
    assert Walked(turned, wait_for_operation("sop_1", wait_options(turned), None), done).result == done


def test_operation_that_ends_with_an_error(turned: Turned) -> None:
    """An operation that ended with an error raises `OperationFailedError` with the operation as last read."""
    failed = operation(completed=True, result={"error": {"message": "no machines"}})
    error = Walked(turned, wait_for_operation("sop_1", wait_options(turned), None), failed).error
    assert isinstance(error, OperationFailedError)
    assert error.operation == failed
    assert str(error) == "start of session ses_1 failed: no machines"
    failed = operation(completed=True, result={"error": {"message": "x" * 10**6}})
    error = Walked(turned, wait_for_operation("sop_1", wait_options(turned), None), failed).error
    assert len(str(error)) == 1000


def test_operation_that_takes_too_long(turned: Turned) -> None:
    """`WaitTimeoutError` has the operation as last read."""
    turned.fraction = 0.0
    walked = Walked(turned, wait_for_operation("sop_1", wait_options(turned, 1.0), None), *[operation()] * 3)
    assert walked.slept == pytest.approx([0.9, 0.1])
    error = walked.error
    assert isinstance(error, WaitTimeoutError)
    assert error.operation == operation()
    assert error.session is None
    assert str(error) == ("timed out after 1 s waiting for operation sop_1 to be completed (start of session ses_1)")
