"""A transport of which the libraries below it log no more than they should (see `logs`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..calling import Failure, Reply, Send
from ..logs import are_talkative, cut_down


class _Quiet:
    """What both have: another transport, and the token that nothing may tell."""

    def __init__(self, transport: Any, token: str) -> None:
        self._transport: Callable[[Send], Any] = transport
        self._token = token
        self.close = transport.close
        self.leave_to_parent = transport.leave_to_parent


class QuietTransport(_Quiet):
    """Another transport, kept quiet where somebody would hear it."""

    def __call__(self, step: Send) -> Reply | Failure:
        """One attempt."""
        if are_talkative():
            with cut_down((self._token, *step.request.secrets)):
                return self._transport(step)  # type: ignore[no-any-return]
        return self._transport(step)  # type: ignore[no-any-return]


class AsyncQuietTransport(_Quiet):
    """The same, awaited."""

    async def __call__(self, step: Send) -> Reply | Failure:
        """One attempt."""
        if are_talkative():
            with cut_down((self._token, *step.request.secrets)):
                return await self._transport(step)  # type: ignore[no-any-return]
        return await self._transport(step)  # type: ignore[no-any-return]
