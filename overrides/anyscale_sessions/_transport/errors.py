"""What an exception of a transport library means: an outcome and an error of ours."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final

from .._sansio.messages import Failure, Send
from .._sansio.retry import Outcome
from ..exceptions import APIConnectionError, APITimeoutError, InvalidRequestError, Problem, ResponseDecodeError
from .request_defaults import Encoded, TooLong

# httpcore, httpx and httpx2 give their exceptions the same names, but no common base class.
_NOT_CONNECTED: Final = frozenset({"ConnectError", "ProxyError", "UnsupportedProtocol"})
_NOT_CONNECTED_IN_TIME: Final = frozenset({"ConnectTimeout", "PoolTimeout"})
_TIMEOUT: Final = "TimeoutException"


def failure_of(step: Send, error: Exception, *, is_sent: bool = True) -> Failure:
    """The failure that an exception means. Its text is left out, because it can contain the URL.

    `is_sent` says whether a byte of the request may have been sent, which the exception alone does not always show.
    """
    name = step.request.operation_id
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, TooLong):
        return Failure(Outcome.UNKNOWN, ResponseDecodeError(f"{name}: the response is longer than the limit"))
    if isinstance(error, Encoded):
        text = f"{name}: the response has a content encoding that was not accepted"
        return Failure(Outcome.UNKNOWN, ResponseDecodeError(text))
    if "InvalidURL" in kinds:  # httpx limits the length of a URL, and a page token can have any length
        problem = Problem("arguments", "must make a URL that the HTTP client accepts", "pass shorter values")
        return Failure(Outcome.FINAL, InvalidRequestError.of(name, [problem]))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        text = f"{name}: the server's certificate is not trusted; pass ca_file= if it is your own"
        return Failure(Outcome.FINAL, APIConnectionError(text))
    if kinds & _NOT_CONNECTED_IN_TIME:
        is_sent = False
    is_timeout = _TIMEOUT in kinds or isinstance(error, TimeoutError)
    if kinds & _NOT_CONNECTED or not (is_sent or is_timeout):
        text = f"{name}: the server cannot be reached ({type(error).__name__})"
        return Failure(Outcome.NOT_SENT, APIConnectionError(text))
    outcome = Outcome.UNKNOWN if is_sent else Outcome.NOT_SENT
    if is_timeout:
        what = f"no complete response within {step.timeout_s:.3g} s" if is_sent else "no connection in time"
        return Failure(outcome, APITimeoutError(f"{name}: {what}"))
    return Failure(outcome, APIConnectionError(f"{name}: the connection broke ({type(error).__name__})"))


def client_closed(step: Send) -> Failure:
    """The failure if the caller's HTTP client is closed: nothing was sent, and a retry does not help."""
    return Failure(Outcome.FINAL, APIConnectionError(f"{step.request.operation_id}: the HTTP client is closed"))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
