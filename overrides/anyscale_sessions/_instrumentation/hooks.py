"""What callers can be told of each attempt: plain records without a secret, and the hooks that take them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from .._redaction import MASK, shown_request_id
from .._utils.records import Record

if TYPE_CHECKING:
    from .._sansio.call import Clock, Failure, Response
    from .._sansio.request import Request
    from .._sansio.retry import Outcome


class RequestInfo(Record, frozen=True, kw_only=True):
    """An attempt that is about to be sent.

    Attributes:
        operation_id: the operation, as the spec names it.
        attempt: its number, from 1.
        method: the HTTP method.
        target: the path and the query; the values of the query are redact, but for ids and counts.
    """

    operation_id: str
    attempt: int
    method: str
    target: str


class ResponseInfo(RequestInfo, frozen=True, kw_only=True):
    """How an attempt ended; there is one for each `RequestInfo`, unless the call was cancelled meanwhile.

    Attributes:
        status: the HTTP status, or `None` where no response came.
        seconds: how long it took.
        request_id: the server's id of the request, where it gave one.
        error: the name of the error's class, or `None` where the response was good.
    """

    status: int | None
    seconds: float
    request_id: str | None
    error: str | None


class RetryInfo(RequestInfo, frozen=True, kw_only=True):
    """An attempt that failed, and will be repeated.

    Attributes:
        wait: seconds until then.
        status: the HTTP status, or `None` where no response came.
        error: the name of the error's class.
        outcome: what the attempt has come to: `NOT_SENT`, `THROTTLED` or `UNKNOWN`.
    """

    wait: float
    status: int | None
    error: str
    outcome: str


class Observer(Protocol):
    """Somebody to tell."""

    def on_request(self, record: RequestInfo) -> None:
        """An attempt begins."""

    def on_response(self, record: ResponseInfo) -> None:
        """An attempt has ended."""

    def on_retry(self, record: RetryInfo) -> None:
        """An attempt will be repeated."""


class Hooks:
    """The caller's functions. One that raises changes nothing about the call; the first time, it is logged."""

    def __init__(
        self,
        on_request: Callable[[RequestInfo], object] | None = None,
        on_response: Callable[[ResponseInfo], object] | None = None,
        on_retry: Callable[[RetryInfo], object] | None = None,
    ) -> None:
        self._functions: dict[str, Callable[[Any], object] | None] = {
            "on_request": on_request,
            "on_response": on_response,
            "on_retry": on_retry,
        }
        self._failed_hooks: set[str] = set()

    def __bool__(self) -> bool:
        return any(self._functions.values())

    def on_request(self, record: RequestInfo) -> None:
        """Tell `on_request`."""
        self._tell("on_request", record)

    def on_response(self, record: ResponseInfo) -> None:
        """Tell `on_response`."""
        self._tell("on_response", record)

    def on_retry(self, record: RetryInfo) -> None:
        """Tell `on_retry`."""
        self._tell("on_retry", record)

    def _tell(self, name: str, record: RequestInfo) -> None:
        function = self._functions[name]
        if function is None:
            return
        try:
            function(record)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not the call's
            if name not in self._failed_hooks:
                self._failed_hooks.add(name)
                import logging

                # Only the class of the error: its text is the caller's, and may hold anything.
                logging.getLogger("anyscale_sessions").warning(
                    "the hook %s raised %s, which was ignored; it will not be told again", name, type(error).__name__
                )


class AttemptNotifier:
    """Tells listeners of the attempts of one call; `secrets` must not be told, nor those of the request."""

    __slots__ = ("_began_at", "_clock", "_listeners", "_secrets")

    def __init__(self, listeners: Sequence[Observer], clock: Clock, secrets: tuple[str, ...]) -> None:
        self._listeners, self._clock, self._secrets = listeners, clock, secrets
        self._began_at = 0.0

    def sending(self, request: Request, attempt: int) -> None:
        """An attempt begins."""
        self._began_at = self._clock.monotonic()
        record = RequestInfo(**_facts(request, attempt))
        for listener in self._listeners:
            listener.on_request(record)

    def ended(self, request: Request, attempt: int, answer: Response | Failure, error: object) -> None:
        """An attempt has ended, with an error or `None`."""
        headers = getattr(answer, "headers", {})
        record = ResponseInfo(
            **_facts(request, attempt),
            status=getattr(answer, "status", None),
            seconds=self._clock.monotonic() - self._began_at,
            request_id=shown_request_id(headers, (*self._secrets, *request.secrets)),
            error=None if error is None else type(error).__name__,
        )
        for listener in self._listeners:
            listener.on_response(record)

    def repeating(self, request: Request, attempt: int, outcome: Outcome, error: Any, wait_s: float) -> None:
        """An attempt will be repeated."""
        record = RetryInfo(
            **_facts(request, attempt),
            wait=wait_s,
            status=error.status,
            error=type(error).__name__,
            outcome=outcome.name,
        )
        for listener in self._listeners:
            listener.on_retry(record)


def _facts(request: Request, attempt: int) -> dict[str, Any]:
    return {
        "operation_id": request.operation_id,
        "attempt": attempt,
        "method": request.method,
        "target": shown_target(request.target),
    }


def shown_target(target: str) -> str:
    """A path and query with the values in the query redact, but for ids and counts."""
    from urllib.parse import parse_qsl, urlencode

    path, _, query = target.partition("?")
    shown = [
        (name, value if name == "count" or name.endswith("_id") else MASK)
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return f"{path}?{urlencode(shown, safe='*')}" if shown else path
