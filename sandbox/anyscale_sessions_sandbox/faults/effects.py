"""The effect of a fault on a call: whether and when the call is performed, and what the response is."""

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
from ..engine.transaction import Transaction
from ..errors import APIError, ServiceUnavailableError
from ..gateway.router import Gateway, error_body, json_response
from ..spec import JSON_TYPE, Operation
from .fault import BODILESS, STATUS, Fault
from .mutations import corrupt
from .registry import Hit
from .wire import BrokenResponse, PendingFaults, stall

if TYPE_CHECKING:
    from datetime import datetime

# Performs a call in a transaction and returns the status and the body of the response.
Perform: TypeAlias = Callable[[Transaction], tuple[int, Any]]

# Kinds of faults that replace the response.
REPLACING = frozenset({"status", "throttle"})
# Kinds of faults that break the connection.
BREAKING = frozenset({"reset", "truncate", "slow_headers"})


class Effects:
    """Performs calls that a fault hits."""

    def __init__(self, gateway: Gateway, backend: Backend, pending: PendingFaults) -> None:
        self._gateway = gateway
        self._backend = backend
        self._pending = pending

    async def response(self, request: Request, operation: Operation, hit: Hit, perform: Perform) -> Response:
        """The response to a call that a fault hits; `perform` performs the call."""
        fault = hit.fault
        if fault.kind == "stall":
            return await self._stalled(request, operation, fault, perform)
        if fault.kind in REPLACING:
            if fault.phase == "after":
                self._perform(fault, perform)
            return self._replacement(hit)
        status, body = self._perform(fault, perform)
        shaped = self._gateway.shape(operation, status, body)
        response = json_response(status, corrupt(fault, self._gateway.spec, operation.responses.get(status), shaped))
        if fault.kind == "malformed":
            return _malformed(fault, response)
        return BrokenResponse(response, fault, self._pending) if fault.kind in BREAKING else response

    def _perform(self, fault: Fault, perform: Perform) -> tuple[int, Any]:
        """Perform a call: for real, in a dry run, or on the previous versions of the documents."""
        if fault.kind == "stale":
            context = self._backend.previous()
        else:
            context = self._backend.transaction() if fault.phase == "after" else self._backend.dry_run()
        try:
            with context as transaction:
                return perform(transaction)
        except APIError as error:
            return error.status, error.body()

    async def _stalled(self, request: Request, operation: Operation, fault: Fault, perform: Perform) -> Response:
        if fault.phase == "before" and not await stall(fault.seconds, request.receive, self._pending):
            raise ServiceUnavailableError("A fault delayed the request until the sandbox stopped.")
        status, body = self._perform(replace(fault, phase="after"), perform)
        if fault.phase == "after":
            await stall(fault.seconds, request.receive, self._pending)
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
        body = error_body("An injected fault.") if fault.body is None else fault.body
        return json_response(status, None if status in BODILESS else body, fault.headers)

    def _retry_after(self, until: datetime, *, as_date: bool) -> str:
        """The value of `Retry-After`, by the sandbox's clock."""
        if as_date:
            return format_datetime(until.replace(microsecond=0), usegmt=True)
        return str(max(math.ceil((until - self._backend.now()).total_seconds()), 0))


def _malformed(fault: Fault, response: Response) -> Response:
    content = bytes(response.body)
    if fault.body is not None:
        content = (fault.body if isinstance(fault.body, str) else json.dumps(fault.body)).encode()
    else:
        content = content[: len(content) // 2] or b"{"
    # A response with status 204 cannot have a body.
    return Response(content, 200 if response.status_code == 204 else response.status_code, None, JSON_TYPE)
