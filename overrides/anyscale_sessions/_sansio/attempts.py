"""The attempts of a call, as records without secrets, and the observers that receive them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .._redaction import MASK, redacted_request_id
from .._utils.records import Record
from .._utils.secret_texts import SecretTexts
from ..exceptions import SessionsError
from .messages import Clock, Failure, Response
from .request import Request
from .retry import Outcome


class RequestInfo(Record, frozen=True, kw_only=True):
    """An attempt that is about to be sent.

    Attributes:
        operation_id: the operationId in the spec.
        attempt: the number of the attempt, from 1.
        method: the HTTP method.
        target: the path and the query. Query values are redacted, except ids and counts.
    """

    operation_id: str
    attempt: int
    method: str
    target: str


class ResponseInfo(RequestInfo, frozen=True, kw_only=True):
    """How an attempt ended. There is one for each `RequestInfo`, unless the call was cancelled during the attempt.

    Attributes:
        status: the HTTP status, or `None` without a response.
        seconds: how long the attempt took.
        request_id: the server's id of the request, if it sent one.
        error: the name of the error's class, or `None` after a success.
    """

    status: int | None
    seconds: float
    request_id: str | None
    error: str | None


class RetryInfo(RequestInfo, frozen=True, kw_only=True):
    """A failed attempt that will be followed by another.

    Attributes:
        wait: seconds until the next attempt.
        status: the HTTP status, or `None` without a response.
        error: the name of the error's class.
        outcome: the class of the outcome: `NOT_SENT`, `THROTTLED` or `UNKNOWN`.
    """

    wait: float
    status: int | None
    error: str
    outcome: str


class Observer(Protocol):
    """Receives the records of a call's attempts."""

    def on_request(self, record: RequestInfo) -> None:
        """An attempt begins."""

    def on_response(self, record: ResponseInfo) -> None:
        """An attempt has ended."""

    def on_retry(self, record: RetryInfo) -> None:
        """An attempt will be followed by another."""


class AttemptNotifier:
    """Notifies observers of the attempts of one call. Redacts `secrets` and those of the request."""

    __slots__ = ("_clock", "_observers", "_secrets", "_started_at")

    def __init__(self, observers: Sequence[Observer], clock: Clock, secrets: SecretTexts) -> None:
        self._observers, self._clock, self._secrets = observers, clock, secrets
        self._started_at = 0.0

    def attempt_started(self, request: Request, attempt: int) -> None:
        """An attempt begins."""
        self._started_at = self._clock.monotonic()
        record = RequestInfo(**_common_fields(request, attempt))
        for observer in self._observers:
            observer.on_request(record)

    def attempt_ended(
        self, request: Request, attempt: int, answer: Response | Failure, error: SessionsError | None
    ) -> None:
        """An attempt has ended, with this error or with a success."""
        response = answer if isinstance(answer, Response) else None
        headers: Mapping[str, str] = {} if response is None else response.headers
        record = ResponseInfo(
            **_common_fields(request, attempt),
            status=None if response is None else response.status,
            seconds=self._clock.monotonic() - self._started_at,
            request_id=redacted_request_id(headers, SecretTexts.of(self._secrets, request.secrets)),
            error=None if error is None else type(error).__name__,
        )
        for observer in self._observers:
            observer.on_response(record)

    def retry_scheduled(
        self, request: Request, attempt: int, outcome: Outcome, error: SessionsError, wait_s: float
    ) -> None:
        """An attempt will be followed by another."""
        record = RetryInfo(
            **_common_fields(request, attempt),
            wait=wait_s,
            status=error.status,
            error=type(error).__name__,
            outcome=outcome.name,
        )
        for observer in self._observers:
            observer.on_retry(record)


def _common_fields(request: Request, attempt: int) -> dict[str, Any]:
    return {
        "operation_id": request.operation_id,
        "attempt": attempt,
        "method": request.method,
        "target": redacted_target(request.target),
    }


def redacted_target(target: str) -> str:
    """A path and query with the query values redacted, except ids and counts."""
    from urllib.parse import parse_qsl, urlencode

    path, _, query = target.partition("?")
    fields = [
        (name, value if name == "count" or name.endswith("_id") else MASK)
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return f"{path}?{urlencode(fields, safe='*')}" if fields else path
