"""The logger `anyscale_sessions`: a line at level DEBUG for each attempt, of facts that are no secret.

`ANYSCALE_SESSIONS_LOG=debug` in the environment shows it on standard error; it is read when the first client is made.
The libraries that requests go out through log more than that, such as the headers of responses: what they say of our
requests is cut down to what happened, and nothing is taken from what they say of others'.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from .._redaction import MASK, redact
from ..exceptions import UnusableSettingWarning

if TYPE_CHECKING:
    from .hooks import RequestInfo, ResponseInfo, RetryInfo

VARIABLE: Final = "ANYSCALE_SESSIONS_LOG"
LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
FORMAT: Final = "%(asctime)s %(name)s %(levelname)s %(message)s"
LOGGER: Final = logging.getLogger("anyscale_sessions")

# A filter acts only on records of the logger that it was added to, so each logger is named. httpx2 stands on httpcore2.
_EVENTS: Final = ("connection", "http11", "http2", "proxy", "socks")
TALKATIVE: Final = tuple(
    logging.getLogger(name)
    for name in (
        "aiohttp.client",
        "aiohttp.internal",
        "hpack.hpack",
        "hpack.table",
        *(f"{library}.{event}" for library in ("httpcore", "httpcore2") for event in _EVENTS),
        "httpx",
        "httpx2",
    )
)

_secrets_of_attempt: ContextVar[Sequence[str] | None] = ContextVar("secrets_of_attempt", default=None)
_QUERY: Final = re.compile(r"\?[^\s\"']*")


class AttemptLog:
    """Logs how each attempt ended."""

    @property
    def is_read(self) -> bool:
        """Whether anybody listens."""
        return LOGGER.isEnabledFor(logging.DEBUG)

    def on_request(self, record: RequestInfo) -> None:
        """Nothing: the attempt's line comes at its end."""

    def on_response(self, record: ResponseInfo) -> None:
        """A line for the attempt."""
        LOGGER.debug(
            "%s attempt %d: %s %s: %s in %.3f s",
            record.operation_id,
            record.attempt,
            record.method,
            record.target,
            record.error if record.status is None else f"{record.status} {record.error or 'OK'}",
            record.seconds,
        )

    def on_retry(self, record: RetryInfo) -> None:
        """Nothing: the next attempt has a line of its own."""


class _CutDown(logging.Filter):
    """Leaves nothing of a record about one of our attempts but what happened."""

    def filter(self, record: logging.LogRecord) -> bool:
        secrets = _secrets_of_attempt.get()
        if secrets is not None:
            text = record.getMessage()
            # httpx says which request it was and how it ended; the others add whole headers to the name of an event.
            is_httpx = record.name in ("httpx", "httpx2")
            shown = _QUERY.sub(f"?{MASK}", redact(text, secrets)) if is_httpx else text.split(" ", 1)[0]
            record.msg, record.args = shown, ()
        return True


_CUT_DOWN: Final = _CutDown()


def is_logging_enabled() -> bool:
    """Whether anybody listens to what the libraries below log."""
    return any(logger.isEnabledFor(logging.INFO) for logger in TALKATIVE)


@contextmanager
def redact_logs(secrets: Sequence[str]) -> Generator[None]:
    """Cut down what the libraries below log in the meantime, in this thread or task."""
    for logger in TALKATIVE:
        logger.addFilter(_CUT_DOWN)  # once, however often it is added
    before = _secrets_of_attempt.set(secrets)
    try:
        yield
    finally:
        _secrets_of_attempt.reset(before)


class _Once:
    """Whether the environment has been followed."""

    is_done = False


def follow_environment(environment: Mapping[str, str] = os.environ) -> None:
    """Show the logger on standard error where the environment asks for it, at the first call only.

    Warns of a level that is none.
    """
    if _Once.is_done:
        return
    _Once.is_done = True
    name = environment.get(VARIABLE, "").strip().lower()
    if not name:
        return
    if name not in LEVELS:
        warnings.warn(
            UnusableSettingWarning(f"{VARIABLE} must be one of {', '.join(LEVELS)}; it is ignored"), stacklevel=3
        )
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(LEVELS[name])
