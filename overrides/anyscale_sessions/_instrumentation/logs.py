"""The logger `anyscale_sessions`: one line at level DEBUG for each attempt, without secrets.

`ANYSCALE_SESSIONS_LOG=debug` in the environment shows it on standard error. The variable is read when the first client
is made. The HTTP libraries log more than that, such as response headers. Their lines about our requests are reduced to
the name of the event; their lines about other requests stay as they are.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Final

from .._redaction import MASK, redact
from .._sansio.attempts import RequestInfo, ResponseInfo, RetryInfo
from .._utils.secret_texts import SecretTexts
from ..exceptions import UnusableSettingWarning

VARIABLE: Final = "ANYSCALE_SESSIONS_LOG"
LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
FORMAT: Final = "%(asctime)s %(name)s %(levelname)s %(message)s"
LOGGER: Final = logging.getLogger("anyscale_sessions")

# A filter acts only on records of the logger that it was added to, so each logger is named. httpx2 stands on httpcore2.
_EVENTS: Final = ("connection", "http11", "http2", "proxy", "socks")
LIBRARY_LOGGERS: Final = tuple(
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

_secrets_of_attempt: ContextVar[SecretTexts | None] = ContextVar("secrets_of_attempt", default=None)
_QUERY: Final = re.compile(r"\?[^\s\"']*")


is_attempt_logged: Final = partial(LOGGER.isEnabledFor, logging.DEBUG)
"""Whether the line of an attempt would be shown. The level can change at any time, so each call asks again."""


class AttemptLog:
    """Logs how each attempt ended."""

    def on_request(self, record: RequestInfo) -> None:
        """Log nothing: the line of an attempt is written when it has ended."""

    def on_response(self, record: ResponseInfo) -> None:
        """Log one line for the attempt."""
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
        """Log nothing: the next attempt has a line of its own."""


class _RedactingFilter(logging.Filter):
    """Reduces a record about one of our attempts to what happened."""

    def filter(self, record: logging.LogRecord) -> bool:
        secrets = _secrets_of_attempt.get()
        if secrets is not None:
            text = record.getMessage()
            # httpx logs the request and the status; the others add whole headers to the name of an event.
            is_httpx = record.name in ("httpx", "httpx2")
            record.msg = _QUERY.sub(f"?{MASK}", redact(text, secrets)) if is_httpx else text.split(" ", 1)[0]
            record.args = ()
        return True


_FILTER: Final = _RedactingFilter()


def is_logging_enabled() -> bool:
    """Whether the logs of the HTTP libraries are read."""
    return any(logger.isEnabledFor(logging.INFO) for logger in LIBRARY_LOGGERS)


@contextmanager
def redact_logs(secrets: SecretTexts) -> Generator[None]:
    """Redact what the HTTP libraries log inside the block, in this thread or task."""
    for logger in LIBRARY_LOGGERS:
        logger.addFilter(_FILTER)  # adding it again has no effect
    previous = _secrets_of_attempt.set(secrets)
    try:
        yield
    finally:
        _secrets_of_attempt.reset(previous)


class _Configuration:
    """Whether the environment variable was read."""

    is_done = False


def configure_from_environment() -> None:
    """Show the logger on standard error if the environment asks for it. Only the first call has an effect.

    Warns (`UnusableSettingWarning`) of an unknown level.
    """
    if _Configuration.is_done:
        return
    _Configuration.is_done = True
    name = os.environ.get(VARIABLE, "").strip().lower()
    if not name:
        return
    if name not in LEVELS:
        message = f"{VARIABLE} is ignored: it must be one of {', '.join(LEVELS)}"
        warnings.warn(UnusableSettingWarning(message), stacklevel=3)
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(LEVELS[name])
