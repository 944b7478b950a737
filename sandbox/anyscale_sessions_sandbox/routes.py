"""Routes taken from the spec: for each operation a request is let in, read, done, and answered as the spec says."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from .auth import Guard
from .backend import Backend
from .errors import NotBuilt, Refusal
from .handlers import HANDLERS
from .projection import Projection
from .reading import Reader
from .spec import JSON_TYPE, Document, Operation, Spec
from .validation import Validators

API_PREFIX = "/v0"
PATH_PARAMETER = re.compile(r"\{([^}]+)\}")

logger = logging.getLogger("anyscale_sessions_sandbox")


class BrokenReply(Exception):
    """A reply that breaks the spec, which is a fault of the sandbox; its text names the places and no value."""


class Gateway:
    """Leads requests to handlers and their results to replies."""

    def __init__(self, spec: Spec, guard: Guard, backend: Backend, *, validate_replies: bool) -> None:
        self._spec = spec
        self._guard = guard
        self._backend = backend
        self._validators = Validators(spec)
        self._reader = Reader(spec, self._validators)
        self._projection = Projection(spec)
        self._validate_replies = validate_replies

    def routes(self) -> list[Route]:
        """One route for each path of the spec; paths without parameters come before those that could swallow them."""
        by_template: defaultdict[str, dict[str, Operation]] = defaultdict(dict)
        for operation in self._spec.operations:
            by_template[_template(operation.path)][operation.method] = operation
        return [self._route(template, by_template[template]) for template in sorted(by_template, key=_generality)]

    def _route(self, template: str, operations: Mapping[str, Operation]) -> Route:
        async def endpoint(request: Request) -> Response:
            return await self._answer(request, operations["GET" if request.method == "HEAD" else request.method])

        return Route(API_PREFIX + template, endpoint, methods=list(operations))

    async def _answer(self, request: Request, operation: Operation) -> Response:
        request.scope["operation_id"] = operation.id
        try:
            return await self._perform(request, operation)
        except Refusal as refusal:
            return self._reply(operation, refusal.status, refusal.body())
        except BrokenReply as error:
            return json_response(500, _error(str(error)))
        except ClientDisconnect:
            return json_response(400, _error("The request broke off."))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the caller gets an answer without details
            _log_fault(operation, error)
            return json_response(500, _error("The sandbox failed; its log names the place by this X-Request-ID."))

    async def _perform(self, request: Request, operation: Operation) -> Response:
        if operation.needs_token:
            self._guard.check(request)
        names = PATH_PARAMETER.findall(operation.path)
        path = dict(zip(names, request.path_params.values(), strict=True))
        call = await self._reader.read(request, operation, path)
        if operation.id not in HANDLERS:
            raise NotBuilt(f"The sandbox does not do the operation {operation.id}, which is in the spec.")
        with self._backend.moment() as moment:
            result = HANDLERS[operation.id](moment, call)
        return self._reply(operation, operation.success, result)

    def _reply(self, operation: Operation, status: int, body: Document | None) -> Response:
        pointer = operation.replies.get(status)
        if pointer is None:
            return json_response(status, body)
        shown = self._projection.cut(pointer, body)
        if self._validate_replies and (problems := self._validators.problems(pointer, shown, ("reply",))):
            places = "; ".join(f"{'.'.join(map(str, loc))}: {msg}" for loc, msg, _ in problems)
            raise BrokenReply(f"The reply of {operation.id} breaks the spec at {places}.")
        return json_response(status, shown)
