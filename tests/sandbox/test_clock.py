"""The clocks of a sandbox."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import CreateSession, SessionsClient
from anyscale_sessions_sandbox import ManualClock, SystemClock, serve
from anyscale_sessions_sandbox.clock import from_text, to_text

MOMENTS = st.datetimes(
    datetime(2, 1, 1),  # noqa: DTZ001
    datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-11))]),
)


def test_a_manual_clock_stands_still() -> None:
    """A manual clock moves only by `advance`."""
    clock = ManualClock(datetime(2026, 11, 24, 1, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == clock.now() == datetime(2026, 11, 24, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_a_clock_is_advanced_by_seconds_minutes_and_hours_together() -> None:
    """An advance adds seconds, minutes and hours and returns the new time."""
    clock = ManualClock()
    began = clock.now()
    assert clock.advance(1.5, minutes=2, hours=3) == clock.now() == began + timedelta(hours=3, minutes=2, seconds=1.5)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_time_does_not_go_back_or_out_of_bounds(seconds: float) -> None:
    """An advance by a negative or infinite time is refused and changes nothing."""
    clock = ManualClock()
    began = clock.now()
    with pytest.raises(ValueError, match="finite duration that is not negative"):
        clock.advance(seconds)
    assert clock.now() == began


@pytest.mark.parametrize("hours", [1e8, 1e300])
def test_no_clock_goes_beyond_the_last_year(hours: float) -> None:
    """An advance beyond the year 9999 is refused and changes nothing."""
    clock = ManualClock()
    began = clock.now()
    with pytest.raises(ValueError, match="year 9999"):
        clock.advance(hours=hours)
    assert clock.now() == began


def test_real_time_goes_on_after_being_pushed() -> None:
    """A system clock continues after an advance."""
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    pushed = clock.advance(hours=2)
    assert pushed - datetime.now(UTC) > timedelta(hours=1)
    assert clock.now() > pushed


def test_time_passes_as_fast_as_it_is_reported_from_where_it_is_reported() -> None:
    """A system clock has a start and a speed."""
    start = datetime(2030, 1, 1, tzinfo=UTC)
    clock = SystemClock(start, speed=1_000_000)
    time.sleep(0.01)
    assert clock.now() - start > timedelta(seconds=9_000)
    clock.set_time(start)
    assert clock.now() - start < timedelta(days=30)


@pytest.mark.parametrize("speed", [0, -1, 1_000_001, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    """A clock with an invalid speed is refused when it is created."""
    with pytest.raises(ValueError, match="speed"):
        SystemClock(speed=speed)


def test_a_thousand_sessions_live_through_two_hours_in_seconds() -> None:
    """A thousand sessions go from create to their idle timeout within seconds."""
    clock = ManualClock()
    body = CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")
    with serve(clock=clock) as sandbox, SessionsClient(sandbox.token, host=sandbox.url) as client:
        # Time of this process, since others may be at work on this machine.
        began = time.process_time()
        for _ in range(1000):
            client.start_session(client.create_session(body).id)
        clock.advance(minutes=121)
        states = [session.state.value for session in client.list_sessions("p", count=50)]
        took_s = time.process_time() - began
    assert states == ["Terminated"] * 1000
    # Coverage and slow machines may take twice what is promised.
    assert took_s < 10


def test_listeners_hear_of_a_push_until_they_leave() -> None:
    """Listeners are called at each advance until they unsubscribe, and unsubscribing twice is no error."""
    clock = ManualClock()
    heard: list[datetime] = []
    leave = clock.subscribe(lambda: heard.append(clock.now()))
    now = clock.advance(1)
    leave()
    leave()
    clock.advance(1)
    assert heard == [now]


@given(MOMENTS, MOMENTS)
def test_texts_of_moments_sort_by_time(one: datetime, other: datetime) -> None:
    """Timestamps have one length and one time zone, sort by time, and can be parsed again."""
    assert from_text(to_text(one)) == one
    assert (to_text(one) < to_text(other)) == (one < other)


def test_every_way_to_write_a_moment_is_read() -> None:
    """RFC 3339 times in every notation are parsed, also with small letters."""
    assert from_text("2026-11-24t01:00:00z") == from_text("2026-11-24T02:00:00+01:00")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:00", "2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z"])
def test_moments_that_python_cannot_hold_are_refused(text: str) -> None:
    """Valid RFC 3339 times that Python cannot represent raise ValueError."""
    with pytest.raises(ValueError, match=r"."):
        from_text(text)


def test_the_speed_of_a_clock_can_be_changed() -> None:
    """A clock that is stopped keeps its time, and one that is given a speed continues from there."""
    clock = SystemClock(speed=1000)
    clock.set_speed(0)
    stopped = clock.now()
    assert clock.now() == stopped
    assert clock.speed == 0
    manual = ManualClock(stopped)
    manual.set_speed(1_000_000)
    assert stopped <= manual.now()
    while manual.now() == stopped:
        pass
    manual.set_speed(0)
    assert manual.now() == manual.now() > stopped


def test_a_clock_stops_at_the_end_of_time() -> None:
    """A clock that would go beyond the year 9999 stays at its end."""
    clock = ManualClock(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
    end = clock.now()
    clock.set_speed(1_000_000)
    time.sleep(0.001)
    assert clock.now() == end


@pytest.mark.parametrize("speed", [-1, 1_000_001, float("nan"), float("inf")])
def test_a_speed_has_limits(speed: float) -> None:
    """A negative speed and one above a million are refused, and the clock keeps its speed."""
    clock = ManualClock()
    with pytest.raises(ValueError, match="0 or more, and at most 1,000,000"):
        clock.set_speed(speed)
    assert clock.speed == 0


def test_a_listener_is_called_after_a_change_of_the_speed() -> None:
    """A change of the speed is reported as an advance is."""
    clock, calls = ManualClock(), list[int]()
    clock.subscribe(lambda: calls.append(1))
    clock.set_speed(2)
    assert calls == [1]
