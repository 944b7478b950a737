"""What an outcome means, whether to try again, and how long to wait."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions._sansio.retry import (
    BASE_DELAY_S,
    MAX_DELAY_S,
    THROTTLED_BASE_DELAY_S,
    Outcome,
    backoff_s,
    is_retryable,
)
from anyscale_sessions_api.client import OPERATION_IDS

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# The only operation of the method POST that changes nothing. What is new in the spec is never sent twice.
READ_BY_POST = "search_sessions"


@pytest.mark.parametrize("operation_id", OPERATION_IDS)
@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_is_retryable(operation_id: str, outcome: Outcome) -> None:
    """An operation is retryable after NOT_SENT and THROTTLED, and after UNKNOWN only if it is idempotent."""
    method = {"get": "GET", "list": "GET", "update": "PUT", "delete": "DELETE"}.get(operation_id.partition("_")[0])
    expected = outcome in (Outcome.NOT_SENT, Outcome.THROTTLED) or (
        outcome is Outcome.UNKNOWN and (method is not None or operation_id == READ_BY_POST)
    )
    assert is_retryable(operation_id, method or "POST", outcome) is expected


@given(st.integers(min_value=1, max_value=10**9), st.sampled_from(Outcome), st.floats(0, 1))
def test_backoff_stays_within_its_bounds(attempt: int, outcome: Outcome, fraction: float) -> None:
    """The backoff is the random share of a cap that doubles with each attempt, up to the maximum."""
    base = THROTTLED_BASE_DELAY_S if outcome is Outcome.THROTTLED else BASE_DELAY_S
    cap = min(MAX_DELAY_S, base * 2 ** min(attempt - 1, 20))
    assert cap <= 20.0
    assert 0.0 <= backoff_s(attempt, outcome, fraction) <= cap
    assert backoff_s(attempt, outcome, 0.0) == 0.0
    assert backoff_s(attempt, outcome, 1.0) == cap
