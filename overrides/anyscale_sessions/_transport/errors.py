"""What it means that no response came, for every library that sends: they share their exceptions' names."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final

from .._sansio.call import Failure, Send
from .._sansio.retry import Outcome
from ..exceptions import APIConnectionError, APITimeoutError, InvalidRequestError, Problem, ResponseDecodeError
from .request_defaults import Encoded, TooLong

# httpcore, httpx and its successors name their exceptions alike and share no base class.
_NEVER_CONNECTED: Final = frozenset({"ConnectError", "ProxyError", "UnsupportedProtocol"})
_NO_CONNECTION_IN_TIME: Final = frozenset({"ConnectTimeout", "PoolTimeout"})
_TIMEOUT: Final = "TimeoutException"


def failure_of(step: Send, error: Exception, *, is_sent: bool = True) -> Failure:
    """The failure that an exception of a transport means. Its text is not passed on: it can hold the URL.

    `is_sent` says whether a byte of the request may have gone out, which an exception by itself does not always tell.
    """
    name = step.request.operation_id
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, TooLong):
        return Failure(Outcome.UNKNOWN, ResponseDecodeError(f"{name}: the response is longer than the limit"))
    if isinstance(error, Encoded):
        return Failure(
            Outcome.UNKNOWN, ResponseDecodeError(f"{name}: the response is in a content encoding not asked for")
        )
    if "InvalidURL" in kinds:  # httpx's limit; a token to page with can have any length
        problem = Problem("arguments", "must make a URL that the HTTP client takes", "pass shorter values")
        return Failure(Outcome.FINAL, InvalidRequestError.of(name, [problem]))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        text = f"{name}: the server's certificate is not trusted; pass ca_file= if it is your own"
        return Failure(Outcome.FINAL, APIConnectionError(text))
    if kinds & _NO_CONNECTION_IN_TIME:
        return Failure(Outcome.NOT_SENT, APITimeoutError(f"{name}: no connection in time"))
    if kinds & _NEVER_CONNECTED:
        text = f"{name}: the server cannot be reached ({type(error).__name__})"
        return Failure(Outcome.NOT_SENT, APIConnectionError(text))
    outcome = Outcome.UNKNOWN if is_sent else Outcome.NOT_SENT
    if _TIMEOUT in kinds or isinstance(error, TimeoutError):
        what = f"no complete response within {step.timeout_s:.3g} s" if is_sent else "no connection in time"
        return Failure(outcome, APITimeoutError(f"{name}: {what}"))
    return Failure(outcome, APIConnectionError(f"{name}: the connection broke ({type(error).__name__})"))


def closed(step: Send) -> Failure:
    """The failure that a closed client of the caller's is: nothing was sent, and nothing ever will be."""
    return Failure(Outcome.FINAL, APIConnectionError(f"{step.request.operation_id}: the HTTP client is closed"))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
