"""What the outcome of an attempt means, whether to try again, and how long to wait: decisions only, no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum

from .policies import Kind, policy_of

BASE_DELAY_S = 0.05
THROTTLED_BASE_DELAY_S = 1.0
LONGEST_DELAY_S = 20.0
LONGEST_RETRY_AFTER_S = 120.0

_SECONDS = re.compile(r"[0-9]{1,9}")
_MOST_DOUBLINGS = 30  # far beyond the cap, and far below what a float can hold


class Outcome(Enum):
    """How an attempt ended; the class decides what follows, not the name of an exception."""

    SUCCESS = "a 2xx response"
    NOT_SENT = "no byte of the request was sent"
    THROTTLED = "the server asks to come back later"
    FINAL = "the same request will always end so"
    UNKNOWN = "the server may have acted or not"


def is_good(status: int) -> bool:
    """Whether a response says that it was done."""
    return 200 <= status < 300


def outcome_of(status: int, headers: Mapping[str, str], now: datetime) -> Outcome:
    """The class of a response, by its status and its Retry-After."""
    if is_good(status):
        return Outcome.SUCCESS
    if status == 429 or (status == 503 and retry_after_s(headers, now) is not None):
        return Outcome.THROTTLED
    return Outcome.UNKNOWN if status >= 500 else Outcome.FINAL


def is_retryable(operation_id: str, method: str, outcome: Outcome) -> bool:
    """Whether the operation may be sent again after this outcome without the risk of doing it twice."""
    if outcome is Outcome.UNKNOWN:
        return policy_of(operation_id, method).kind is not Kind.NON_IDEMPOTENT
    return outcome in (Outcome.NOT_SENT, Outcome.THROTTLED)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that Retry-After asks to wait, as digits or as an HTTP date; `None` where it says nothing usable."""
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    moment = http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def http_date(text: str) -> datetime | None:
    """The moment that an HTTP date means; `None` for any other text."""
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # 15 ms that few processes ever need

    try:
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def backoff_s(attempt: int, outcome: Outcome, fraction: float) -> float:
    """How long to wait after failed attempt number `attempt`: full jitter, `fraction` (0 to 1) of a growing cap."""
    base = THROTTLED_BASE_DELAY_S if outcome is Outcome.THROTTLED else BASE_DELAY_S
    return float(fraction * min(LONGEST_DELAY_S, base * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS)))
