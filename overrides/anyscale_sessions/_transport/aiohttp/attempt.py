"""What one attempt over aiohttp may do: how long it may wait, and that it sends its request once only."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp

from ..._sansio.call import Send


class Attempt:
    """The limits of one attempt; aiohttp passes it to the functions of `trace_config`.

    Attributes:
        is_sent: whether a byte of the request may have been sent.
    """

    def __init__(self, step: Send, connect_timeout_s: float, scope: asyncio.Timeout) -> None:
        self._read_s = step.timeout_s
        self._connect_s = min(step.timeout_s, connect_timeout_s)
        self._scope, self._now = scope, asyncio.get_running_loop().time
        self._ends_at = self._now() + step.left_s
        self.is_sent = False

    def limit_connecting(self) -> None:
        """Start to wait for a new connection."""
        self._limit(self._connect_s)

    def limit_reading(self) -> None:
        """Start to wait for the next byte."""
        self._limit(self._read_s)

    def _limit(self, seconds: float) -> None:
        self._scope.reschedule(min(self._ends_at, self._now() + seconds))


def trace_config() -> aiohttp.TraceConfig:
    """The functions that aiohttp calls during an attempt."""
    config = aiohttp.TraceConfig()
    config.on_connection_create_start.append(_on_connecting)
    config.on_request_headers_sent.append(_on_sending)
    return config


async def _on_connecting(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: Any) -> None:
    context.trace_request_ctx.limit_connecting()


async def _on_sending(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: Any) -> None:
    """Before the headers are written: refuse to send the request again.

    aiohttp repeats GET, PUT and DELETE once by itself if a kept connection breaks. Retries are the policy's to decide
    and to count.
    """
    attempt: Attempt = context.trace_request_ctx
    if attempt.is_sent:
        raise aiohttp.ServerDisconnectedError
    attempt.is_sent = True
    attempt.limit_reading()
