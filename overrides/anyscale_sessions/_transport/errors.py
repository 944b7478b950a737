"""What an exception of a transport library means: an outcome and an error of ours."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Final, cast

from .._sansio.messages import Failure, Send
from .._sansio.retry import Outcome
from ..exceptions import APIConnectionError, APITimeoutError, InvalidRequestError, Problem, ResponseDecodeError
from .request_defaults import Encoded, RequestDefaults, TooLong, TransportError

# httpcore, httpx and httpx2 give their exceptions the same names, but no common base class.
_NOT_CONNECTED: Final = frozenset({"ConnectError", "ProxyError", "UnsupportedProtocol"})
_NOT_CONNECTED_IN_TIME: Final = frozenset({"ConnectTimeout", "PoolTimeout"})
_TIMEOUT: Final = "TimeoutException"
# The libraries that send requests, and those that they are made of.
_LIBRARIES: Final = frozenset({"aiohttp", "anyio", "h11", "httpcore", "httpcore2", "httpx", "httpx2", "socksio"})
_REASONS: Final = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.EMFILE: "too many open files",
    errno.ENFILE: "too many open files",
    errno.ENETUNREACH: "network unreachable",
    errno.EHOSTUNREACH: "no route to host",
}


def is_transport_error(error: Exception) -> bool:
    """Whether a transport raised an exception, and not a signal handler, a hook or a bug.

    Everything else must reach the caller unchanged.
    """
    if isinstance(error, OSError | TransportError):
        return True
    return any(kind.__module__.partition(".")[0] in _LIBRARIES for kind in type(error).__mro__)


def failure_of(step: Send, error: Exception, defaults: RequestDefaults, *, is_sent: bool = True) -> Failure:
    """The failure that an exception means. Its text is left out, because it can contain the URL.

    `is_sent` says whether a byte of the request may have been sent, which the exception alone does not always show.
    The cause of the result is what the operating system or TLS said, if anything: a copy, without a traceback.
    """
    failure = _failure_of(step, error, f"{defaults.host}:{defaults.port}", is_sent=is_sent)
    failure.error.__cause__ = _copy_of(_system_error(error))
    return failure


def _failure_of(step: Send, error: Exception, where: str, *, is_sent: bool) -> Failure:
    name = step.request.operation_id
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, TooLong):
        return Failure(Outcome.UNKNOWN, ResponseDecodeError(f"{name}: the response is longer than the limit"))
    if isinstance(error, Encoded):
        text = f"{name}: the response has a content encoding that cannot be decoded"
        return Failure(Outcome.UNKNOWN, ResponseDecodeError(text))
    if "InvalidURL" in kinds:  # httpx limits the length of a URL, and a page token can have any length
        problem = Problem("arguments", "must make a URL that the HTTP client accepts", "pass shorter values")
        return Failure(Outcome.FINAL, InvalidRequestError.of(name, [problem]))
    system_error = _system_error(error)
    if isinstance(system_error, ssl.SSLCertVerificationError):
        check = f": {system_error.verify_message}" if hasattr(system_error, "verify_message") else ""
        text = f"{name}: the server's certificate is not trusted ({where}{check}); pass ca_file= if it is your own"
        return Failure(Outcome.FINAL, APIConnectionError(text))
    if kinds & _NOT_CONNECTED_IN_TIME:
        is_sent = False
    is_timeout = _TIMEOUT in kinds or isinstance(error, TimeoutError)
    reason = _reason_of(system_error) or type(error).__name__
    if kinds & _NOT_CONNECTED or not (is_sent or is_timeout):
        text = f"{name}: the server cannot be reached ({where}: {reason})"
        return Failure(Outcome.NOT_SENT, APIConnectionError(text))
    outcome = Outcome.UNKNOWN if is_sent else Outcome.NOT_SENT
    if is_timeout:
        what = f"no complete response within {step.timeout_s:.3g} s" if is_sent else "no connection in time"
        return Failure(outcome, APITimeoutError(f"{name}: {what} ({where})"))
    return Failure(outcome, APIConnectionError(f"{name}: the connection broke ({where}: {reason})"))


def client_closed(step: Send) -> Failure:
    """The failure if the caller's HTTP client is closed: nothing was sent, and a retry does not help."""
    return Failure(Outcome.FINAL, APIConnectionError(f"{step.request.operation_id}: the HTTP client is closed"))


def _reason_of(error: OSError | None) -> str | None:
    """What the operating system or TLS said, in words."""
    if isinstance(error, socket.gaierror):
        is_unknown = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
        return "unknown host name" if is_unknown else "the look-up of the host name failed"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed, {error.reason}" if error.reason else "TLS failed"
    if error is None or error.errno is None:
        return None
    return _REASONS.get(error.errno) or os.strerror(error.errno)


def _system_error(error: BaseException) -> OSError | None:
    """The error of the operating system or of TLS behind an exception of a library: one about a certificate first."""
    found = [cause for cause in _causes(error) if isinstance(cause, OSError) and _is_of_system(cause)]
    found.sort(key=lambda each: not isinstance(each, ssl.SSLCertVerificationError))
    return found[0] if found else None


def _is_of_system(error: OSError) -> bool:
    return type(error).__module__ in ("builtins", "socket", "ssl") and error.errno is not None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all behind it, also those of a group and those that aiohttp keeps as an attribute."""
    while error is not None:
        yield error
        for name in ("certificate_error", "os_error"):
            kept: object = getattr(error, name, None)
            if isinstance(kept, BaseException):
                yield kept
        if isinstance(error, BaseExceptionGroup):
            group = cast("BaseExceptionGroup[BaseException]", error)
            for part in group.exceptions:
                yield from _causes(part)
        error = error.__cause__ or error.__context__


def _copy_of(error: OSError | None) -> OSError | None:
    """The same error without its traceback, whose frames can hold secrets, and without what is behind it."""
    if error is None:
        return None
    is_own_text = not isinstance(error, socket.gaierror | ssl.SSLError) and error.errno is not None
    text = os.strerror(error.errno or 0) if is_own_text else error.strerror  # an HTTP client can put anything into it
    copied = type(error)(error.errno, text)
    for name in ("library", "reason", "verify_code", "verify_message"):
        if hasattr(error, name):
            setattr(copied, name, getattr(error, name))
    return copied
