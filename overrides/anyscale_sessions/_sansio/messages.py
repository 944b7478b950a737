"""What a call asks its driver to do, what it gets back, and what it is made with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from .._utils.records import Record
from ..exceptions import SessionsError
from .request import Request
from .retry import Outcome

T = TypeVar("T")


class Send(Record, frozen=True):
    """Send the request once. The driver answers with a `Response` or a `Failure`.

    Attributes:
        request: what to send.
        timeout_s: how long to wait for a connection, and for each next byte.
        left_s: how long the whole attempt may take.
        headers: additional headers of this request.
    """

    request: Request
    timeout_s: float
    left_s: float
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Sleep(Record, frozen=True):
    """Wait this long."""

    seconds: float


class Response(Record, frozen=True):
    """A complete response. Header names are in lower case."""

    _hidden = frozenset({"headers", "body"})

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray


class Failure(Record, frozen=True):
    """No complete response: the class of the outcome, and the error to raise if the call ends with it."""

    outcome: Outcome
    error: SessionsError


class Clock(Record, frozen=True):
    """The source of time, of random numbers and of sleep.

    Attributes:
        monotonic: seconds since an arbitrary moment.
        now: the current date and time, with a time zone.
        fraction: a random number from 0 to 1.
        sleep: wait for a number of seconds.
        sleep_async: the same for asynchronous code.
    """

    monotonic: Callable[[], float]
    now: Callable[[], datetime]
    fraction: Callable[[], float]
    sleep: Callable[[float], None]
    sleep_async: Callable[[float], Awaitable[None]]


class Limits(Record, frozen=True):
    """How long a call may take, and how many attempts it may make."""

    timeout_s: float
    deadline_s: float
    max_attempts: int

    def within(self, seconds: float) -> Limits:
        """The same limits with a deadline of at most this many seconds."""
        return replace(self, deadline_s=min(self.deadline_s, seconds))


CallSteps = Generator[Send | Sleep, Any, T]
"""One call: it yields what to do, receives what came of it, and returns the result."""
