"""The classes of outcomes, whether to retry after one, and how long to wait."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ..exceptions import APIConnectionError, APITimeoutError, RateLimitError, ResponseDecodeError, ServerError
from .policies import Kind, policy_of

BASE_DELAY_S = 0.05
THROTTLED_BASE_DELAY_S = 1.0
MAX_DELAY_S = 20.0
MAX_RETRY_AFTER_S = 120.0

TRANSIENT_ERRORS: Final = (APIConnectionError, APITimeoutError, ResponseDecodeError, ServerError, RateLimitError)
"""The errors after which a later read of the same thing may succeed."""

_MAX_DOUBLINGS = 30  # far beyond MAX_DELAY_S, and within the range of a float


class Outcome(Enum):
    """How an attempt ended. This class decides what follows, not the type of an exception."""

    SUCCESS = "a 2xx response"
    NOT_SENT = "no byte of the request was sent"
    THROTTLED = "the server asks to retry later"
    FINAL = "the same request would fail in the same way"
    UNKNOWN = "the server may have acted or not"


def is_retryable(operation_id: str, method: str, outcome: Outcome) -> bool:
    """Whether the operation can be sent again after this outcome without the risk of doing it twice."""
    if outcome is Outcome.UNKNOWN:
        return policy_of(operation_id, method).kind is not Kind.NON_IDEMPOTENT
    return outcome in (Outcome.NOT_SENT, Outcome.THROTTLED)


def backoff_s(attempt: int, outcome: Outcome, fraction: float) -> float:
    """How long to wait after failed attempt number `attempt`: full jitter, `fraction` (0 to 1) of a growing cap."""
    base = THROTTLED_BASE_DELAY_S if outcome is Outcome.THROTTLED else BASE_DELAY_S
    return float(fraction * min(MAX_DELAY_S, base * 2.0 ** min(attempt - 1, _MAX_DOUBLINGS)))
