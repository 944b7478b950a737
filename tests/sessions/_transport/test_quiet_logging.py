"""Logs of the libraries are redacted while a transport makes an attempt, if anyone reads them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from anyscale_sessions._sansio.messages import Send
from anyscale_sessions._sansio.request import Request
from anyscale_sessions._transport.quiet_logging import AsyncRedactedLogTransport, RedactedLogTransport

TOKEN, SECRET = "sss_token-of-the-tests", "secret-of-the-tests"
LOGGER = logging.getLogger("httpx")
STEP = Send(Request(operation_id="any", method="GET", target="/", body=None, secrets=(SECRET,)), 1.0, 1.0)


class Talking:
    """A transport that logs the token and a secret."""

    def __call__(self, _step: Send) -> Any:
        """Log."""
        LOGGER.info("sent %s and %s", TOKEN, SECRET)
        return "response"

    def close(self) -> str:
        """Close."""
        return "closed"

    def after_fork(self) -> str:
        """Forget."""
        return "forgotten"


class AsyncTalking(Talking):
    """The same, awaited."""

    async def __call__(self, step: Send) -> Any:
        """Log."""
        return super().__call__(step)


async def awaited(transport: AsyncRedactedLogTransport) -> Any:
    """The response of an attempt."""
    return await transport(STEP)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("level", [logging.INFO, logging.CRITICAL])
def test_secrets_are_not_logged(caplog: pytest.LogCaptureFixture, is_async: bool, level: int) -> None:
    """Neither the token nor a secret of the request is in the log, and the response is passed on."""
    caplog.set_level(level)
    if is_async:
        response = asyncio.run(awaited(AsyncRedactedLogTransport(AsyncTalking(), TOKEN)))
    else:
        response = RedactedLogTransport(Talking(), TOKEN)(STEP)  # type: ignore[assignment]
    assert response == "response"
    assert caplog.messages == (["sent *** and ***"] if level == logging.INFO else [])


def test_closing_is_passed_on() -> None:
    """Closing, and dropping connections after a fork, are passed on to the transport."""
    transport = RedactedLogTransport(Talking(), TOKEN)
    assert (transport.close(), transport.after_fork()) == ("closed", "forgotten")
