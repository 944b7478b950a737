"""The Sessions API: a handler performs each call, unless a fault is injected into it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..clock import to_text
from ..engine.backend import Backend
from ..engine.transaction import Transaction
from ..errors import BadRequestError, NotSupportedError
from ..faults import Fault, Faults
from ..faults.effects import Effects
from ..faults.fault import HEADER, Target
from ..faults.registry import MAX_TIME, Hit, hit_now
from ..faults.wire import PendingFaults
from ..gateway.auth import Authenticator
from ..gateway.request import Call
from ..gateway.router import Gateway
from ..journal.middleware import ENTRY
from ..spec import Operation, Spec
from ..storage.store import COMMANDS, OPERATIONS, SESSIONS
from .handlers import HANDLERS
from .skipping import skip_waits

SEARCH = "search_sessions"


class SessionsApi(Gateway):
    """The API of openapi.yaml."""

    def __init__(
        self,
        spec: Spec,
        authenticator: Authenticator,
        backend: Backend,
        faults: Faults,
        pending: PendingFaults,
        *,
        validate_responses: bool,
    ) -> None:
        super().__init__(spec, authenticator, validate_responses=validate_responses)
        self._backend = backend
        self._faults = faults
        self._effects = Effects(self, backend, pending)

    async def perform(self, request: Request, operation: Operation, call: Call) -> Response:
        """Perform an operation, with the fault that hits it, if there is one."""
        handler = HANDLERS.get(operation.id)
        if handler is None:
            raise NotSupportedError(f"The sandbox does not support the operation {operation.id}.")
        if self._backend.skips_waits and _is_read(operation):
            skip_waits(self._backend, call)
        hit = self._hit(request, operation, call)
        if hit is None:
            with self._backend.transaction() as transaction:
                body = handler(transaction, call)
            return self.response(operation, operation.success, body)

        def perform(transaction: Transaction) -> tuple[int, Any]:
            return operation.success, handler(transaction, call)

        request.scope[ENTRY].fault = str(hit.fault)
        response = await self._effects.response(request, operation, hit, perform)
        if self._backend.skips_waits and hit.until and hit.until < MAX_TIME:
            self._backend.advance_to(to_text(hit.until))
        return response

    def _hit(self, request: Request, operation: Operation, call: Call) -> Hit | None:
        """The fault that hits a call: the one in its header, or the first matching one of the sandbox."""
        header = request.headers.get(HEADER)
        if header is not None:
            try:
                fault = Fault.from_header(header)
                self._faults.check(fault)
                return hit_now(fault, self._backend.now())
            except ValueError as error:
                raise BadRequestError(f"Invalid header {HEADER}: {error}.") from None
        if not self._faults.entries:
            return None
        return self._faults.take(self._target(operation, call), self._backend.now())

    def _target(self, operation: Operation, call: Call) -> Target:
        """The properties of a call by which faults select calls."""
        with self._backend.transaction() as transaction:
            store = transaction.store
            session_id = _session_id(call)
            for key, table in (("session_operation_id", OPERATIONS), ("session_command_id", COMMANDS)):
                if key in call.path and (document := store.find(table, call.path[key])):
                    session_id = document["session_id"]
            session = store.find(SESSIONS, session_id) if session_id else None
        # A create request has the name of a session that does not exist yet. The `name` of a search is an object.
        name: object = session["name"] if session else call.body.get("name")
        return Target(operation.id, _is_read(operation), session_id, name if isinstance(name, str) else None)


def _is_read(operation: Operation) -> bool:
    return operation.method == "GET" or operation.id == SEARCH


def _session_id(call: Call) -> str | None:
    return next((place["session_id"] for place in (call.path, call.query, call.body) if "session_id" in place), None)
