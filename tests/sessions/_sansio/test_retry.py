"""What an outcome means, whether to try again, and how long to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions._sansio.retry import (
    BASE_DELAY_S,
    LONGEST_DELAY_S,
    THROTTLED_BASE_DELAY_S,
    Outcome,
    backoff_s,
    is_retryable,
    outcome_of,
    retry_after_s,
)
from anyscale_sessions_api.client import OPERATION_IDS

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NEVER_TWICE = {
    "create_session",
    "create_session_command",
    "kill_session_command",
    "start_session",
    "terminate_session",
}


@pytest.mark.parametrize(
    ("status", "retry_after", "outcome"),
    [
        (200, None, Outcome.SUCCESS),
        (204, None, Outcome.SUCCESS),
        (299, None, Outcome.SUCCESS),
        (300, None, Outcome.FINAL),
        (301, None, Outcome.FINAL),
        (307, None, Outcome.FINAL),
        (400, None, Outcome.FINAL),
        (404, "5", Outcome.FINAL),
        (408, None, Outcome.FINAL),
        (429, None, Outcome.THROTTLED),
        (429, "garbage", Outcome.THROTTLED),
        (500, "5", Outcome.UNKNOWN),
        (502, None, Outcome.UNKNOWN),
        (503, None, Outcome.UNKNOWN),
        (503, "garbage", Outcome.UNKNOWN),
        (503, "5", Outcome.THROTTLED),
        (503, "Thu, 01 Jan 2026 00:00:09 GMT", Outcome.THROTTLED),
        (504, None, Outcome.UNKNOWN),
        (520, None, Outcome.UNKNOWN),
        (999, None, Outcome.UNKNOWN),
    ],
)
def test_class_of_a_response(status: int, retry_after: str | None, outcome: Outcome) -> None:
    """The class of a response follows from its status, and for 503 from a usable Retry-After."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    assert outcome_of(status, headers, NOW) is outcome


@given(st.integers(min_value=100, max_value=999), st.text())
def test_every_status_has_a_class(status: int, retry_after: str) -> None:
    """Whatever the status and the header, there is a class, and only 2xx is a success."""
    outcome = outcome_of(status, {"retry-after": retry_after}, NOW)
    assert outcome is not Outcome.NOT_SENT
    assert (outcome is Outcome.SUCCESS) == (200 <= status < 300)


@pytest.mark.parametrize("operation_id", OPERATION_IDS)
@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_is_repeated(operation_id: str, outcome: Outcome) -> None:
    """What was not sent or was refused is repeated; of what may have been done, only what is harmless twice."""
    method = {"get": "GET", "list": "GET", "update": "PUT", "delete": "DELETE"}.get(operation_id.partition("_")[0])
    expected = outcome in (Outcome.NOT_SENT, Outcome.THROTTLED) or (
        outcome is Outcome.UNKNOWN and operation_id not in NEVER_TWICE
    )
    assert is_retryable(operation_id, method or "POST", outcome) is expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("999999999", 999999999.0),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90.0),
        ("Thursday, 01-Jan-26 00:01:30 GMT", 90.0),
        ("Thu Jan  1 00:01:30 2026", 90.0),
        ("Thu, 01 Jan 2026 00:01:30 -0000", 90.0),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("1e3", None),
        ("inf", None),
        ("nan", None),
        ("1" * 35, None),
        ("٣", None),
        ("7, 8", None),
        ("soon", None),
        ("Mon, 01 Jan 0001 00:00:00 +9999", None),
        ("Thu, 99 Jan 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    """Retry-After is digits or an HTTP date; anything else says nothing."""
    assert retry_after_s({"retry-after": text}, NOW) == seconds


def test_retry_after_that_is_absent_says_nothing() -> None:
    """Without the header there is nothing to go by."""
    assert retry_after_s({}, NOW) is None


@given(
    st.text()
    | st.text("0123456789 ,:-+GMTJanFebThu")
    | st.builds(
        "{}, {} {} {} {}:{}:{} {}".format,
        st.sampled_from(["Thu", "Foo", ""]),
        st.integers(-1, 99999),
        st.sampled_from(["Jan", "Dec", "Xyz"]),
        st.integers(-5, 10**12),
        st.integers(-1, 99),
        st.integers(-1, 99),
        st.integers(-1, 10**10),
        st.sampled_from(["GMT", "-0000", "+9999", "-99999999", "EST", ""]),
    )
)
def test_retry_after_survives_any_text(text: str) -> None:
    """No text makes it fail, and what it gives is a number of seconds that is not negative."""
    seconds = retry_after_s({"retry-after": text}, NOW)
    assert seconds is None or 0.0 <= seconds < float("inf")


@given(st.integers(min_value=0, max_value=10**6))
def test_retry_after_reads_the_dates_that_servers_write(seconds: int) -> None:
    """A date in the form of RFC 9110 gives the seconds until then."""
    text = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_s({"retry-after": text}, NOW) == seconds


@given(st.integers(min_value=1, max_value=10**9), st.sampled_from(Outcome), st.floats(0, 1))
def test_delay_stays_within_its_bounds(attempt: int, outcome: Outcome, fraction: float) -> None:
    """The delay is the drawn share of a cap that doubles with each attempt, up to the longest."""
    base = THROTTLED_BASE_DELAY_S if outcome is Outcome.THROTTLED else BASE_DELAY_S
    cap = min(LONGEST_DELAY_S, base * 2 ** min(attempt - 1, 20))
    assert cap <= 20.0
    assert 0.0 <= backoff_s(attempt, outcome, fraction) <= cap
    assert backoff_s(attempt, outcome, 0.0) == 0.0
    assert backoff_s(attempt, outcome, 1.0) == cap
