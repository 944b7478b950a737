"""Transports that keep secrets out of what the libraries below them log (see `_instrumentation/logs.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._instrumentation.logs import is_logging_enabled, redact_logs
from .._sansio.messages import Failure, Response, Send
from .._utils.secret_texts import SecretTexts


class _RedactedLogBase:
    """What both have: another transport, the client's token, and whether to cut tracebacks.

    What interrupts an attempt, such as KeyboardInterrupt, passes through the functions of the library that sends the
    request, whose variables hold the token and the body. With `hides_frames` its traceback ends here.
    """

    def __init__(self, transport: Any, token: str, *, hides_frames: bool = False) -> None:
        self._hides_frames = hides_frames
        self._transport: Callable[[Send], Any] = transport
        self._token = token
        self.close = transport.close
        self.after_fork = transport.after_fork


class RedactedLogTransport(_RedactedLogBase):
    """Redacts logs, if logging is enabled, while another transport makes an attempt."""

    def __call__(self, step: Send) -> Response | Failure:
        """Make one attempt."""
        try:
            if is_logging_enabled():
                with redact_logs(SecretTexts.of((self._token,), step.request.secrets)):
                    return self._transport(step)  # type: ignore[no-any-return]
            return self._transport(step)  # type: ignore[no-any-return]
        except BaseException as error:
            if not self._hides_frames:
                raise
            raise error.with_traceback(None)  # noqa: B904 - it is the same error


class AsyncRedactedLogTransport(_RedactedLogBase):
    """The same, awaited."""

    async def __call__(self, step: Send) -> Response | Failure:
        """Make one attempt."""
        try:
            if is_logging_enabled():
                with redact_logs(SecretTexts.of((self._token,), step.request.secrets)):
                    return await self._transport(step)  # type: ignore[no-any-return]
            return await self._transport(step)  # type: ignore[no-any-return]
        except BaseException as error:
            if not self._hides_frames:
                raise
            raise error.with_traceback(None)  # noqa: B904 - it is the same error
