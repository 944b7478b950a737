"""The Sessions API: each operation done by its handler, unless a fault is to hit the call."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..engine.backend import Backend
from ..engine.transaction import Moment
from ..errors import BadRequestError, NotBuilt
from ..faults import Fault, Faults
from ..faults.effects import Effects
from ..faults.fault import HEADER, Target
from ..faults.registry import Hit, hit_by
from ..faults.wire import Held
from ..gateway.auth import Guard
from ..gateway.request import Call
from ..gateway.router import Gateway
from ..journal.middleware import ENTRY
from ..spec import Operation, Spec
from ..storage.store import COMMANDS, OPERATIONS, SESSIONS
from .handlers import HANDLERS

SEARCH = "search_sessions"


class SessionsApi(Gateway):
    """The API of openapi.yaml."""

    def __init__(
        self, spec: Spec, guard: Guard, backend: Backend, faults: Faults, held: Held, *, validate_responses: bool
    ) -> None:
        super().__init__(spec, guard, validate_responses=validate_responses)
        self._backend = backend
        self._faults = faults
        self._effects = Effects(self, backend, held)

    async def perform(self, request: Request, operation: Operation, call: Call) -> Response:
        """Do an operation, or what a fault makes of it."""
        if operation.id not in HANDLERS:
            raise NotBuilt(f"The sandbox does not do the operation {operation.id}.")

        def done(moment: Moment) -> tuple[int, Any]:
            return operation.success, HANDLERS[operation.id](moment, call)

        hit = self._hit(request, operation, call)
        if hit is None:
            with self._backend.moment() as moment:
                status, body = done(moment)
            return self.response(operation, status, body)
        request.scope[ENTRY].fault = str(hit.fault)
        return await self._effects.response(request, operation, hit, done)

    def _hit(self, request: Request, operation: Operation, call: Call) -> Hit | None:
        """The fault that hits a call: that of its header, or the first of the sandbox's whose turn it is."""
        asked = request.headers.get(HEADER)
        if asked is not None:
            try:
                return hit_by(Fault.from_header(asked), self._backend.now())
            except ValueError as error:
                raise BadRequestError(f"The header {HEADER} is wrong: {error}.") from None
        if self._faults.is_empty:
            return None
        return self._faults.take(self._target(operation, call), self._backend.now())

    def _target(self, operation: Operation, call: Call) -> Target:
        """What faults need to know of a call."""
        reads = operation.method == "GET" or operation.id == SEARCH
        with self._backend.moment() as moment:
            store = moment.store
            session_id = _session_id(call)
            for key, table in (("session_operation_id", OPERATIONS), ("session_command_id", COMMANDS)):
                if key in call.path and (document := store.find(table, call.path[key])):
                    session_id = document["session_id"]
            session = store.find(SESSIONS, session_id) if session_id else None
        # Only a create names a session that is not there yet; what a search has under `name` is no text.
        name: object = session["name"] if session else call.body.get("name")
        return Target(operation.id, reads, session_id, name if isinstance(name, str) else None)


def _session_id(call: Call) -> str | None:
    return next((place["session_id"] for place in (call.path, call.query, call.body) if "session_id" in place), None)
