"""What a fault makes of a call: whether it is done, when, and what is replied."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from ..engine.backend import Backend
from ..engine.transaction import Moment
from ..errors import Refusal, Unavailable
from ..gateway.router import Gateway, error_body, json_response
from ..spec import JSON_TYPE, Operation
from .fault import BODILESS, STATUS, Fault
from .mutations import spoilt
from .registry import Hit
from .wire import BrokenResponse, Held, stall

if TYPE_CHECKING:
    from datetime import datetime

# Does a call in a transaction, and tells its status and its body.
Done: TypeAlias = Callable[[Moment], tuple[int, Any]]

# Kinds of faults whose responses are no responses of the call.
REPLACING = frozenset({"status", "throttle"})
BREAKING = frozenset({"reset", "truncate", "slow_headers"})


class Effects:
    """Responses as faults have them."""

    def __init__(self, gateway: Gateway, backend: Backend, held: Held) -> None:
        self._gateway = gateway
        self._backend = backend
        self._held = held

    async def response(self, request: Request, operation: Operation, hit: Hit, done: Done) -> Response:
        """What is replied to a call that a fault hits; `done` does the call."""
        fault = hit.fault
        if fault.kind == "stall":
            return await self._stalled(request, operation, fault, done)
        if fault.kind in REPLACING:
            if fault.phase == "after":
                self._done(fault, done)
            return self._replacement(hit)
        status, body = self._done(fault, done)
        shown = spoilt(
            fault, self._gateway.spec, operation.responses.get(status), self._gateway.shown(operation, status, body)
        )
        response = json_response(status, shown)
        if fault.kind == "malformed":
            return _malformed(fault, response)
        return BrokenResponse(response, fault, self._held) if fault.kind in BREAKING else response

    def _done(self, fault: Fault, done: Done) -> tuple[int, Any]:
        """A call done, or only tried out, or looked up in the past."""
        if fault.kind == "stale":
            opened = self._backend.before()
        else:
            opened = self._backend.moment() if fault.phase == "after" else self._backend.trial()
        try:
            with opened as moment:
                return done(moment)
        except Refusal as refusal:
            return refusal.status, refusal.body()

    async def _stalled(self, request: Request, operation: Operation, fault: Fault, done: Done) -> Response:
        if fault.phase == "before" and not await stall(fault.seconds, request.receive, self._held):
            raise Unavailable("A fault held the request back until the end.")
        status, body = self._done(replace(fault, phase="after"), done)
        if fault.phase == "after":
            await stall(fault.seconds, request.receive, self._held)
        return self._gateway.response(operation, status, body)

    def _replacement(self, hit: Hit) -> Response:
        fault = hit.fault
        if hit.until:
            after = self._retry_after(hit.until, as_date=bool(fault.as_date))
            return json_response(429, error_body("Too many requests."), {"Retry-After": after})
        status = STATUS if fault.status is None else fault.status
        if isinstance(fault.body, str):
            return Response(
                fault.body, status, fault.headers, "text/html" if fault.body.startswith("<") else "text/plain"
            )
        body = error_body("A fault of the sandbox.") if fault.body is None else fault.body
        return json_response(status, None if status in BODILESS else body, fault.headers)

    def _retry_after(self, until: datetime, *, as_date: bool) -> str:
        """When to come again, by the sandbox's clock."""
        if as_date:
            return format_datetime(until.replace(microsecond=0), usegmt=True)
        return str(max(math.ceil((until - self._backend.now()).total_seconds()), 0))


def _malformed(fault: Fault, response: Response) -> Response:
    content = bytes(response.body)
    if fault.body is not None:
        content = (fault.body if isinstance(fault.body, str) else json.dumps(fault.body)).encode()
    else:
        content = content[: len(content) // 2] or b"{"
    # What has no body by its status has one now.
    return Response(content, 200 if response.status_code == 204 else response.status_code, None, JSON_TYPE)
