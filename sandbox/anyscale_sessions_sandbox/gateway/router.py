"""Routes taken from the spec: for each operation a request is let in, read, done, and answered as the spec says."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import traceback
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import Refusal
from ..journal.entry import Entry
from ..journal.middleware import ENTRY
from ..spec import JSON_TYPE, Document, Operation, Spec
from ..storage.database import explain
from .auth import Guard
from .request import MAX_BODY_BYTES, Call, Reader
from .response import Projection
from .validation import Validators

API_PREFIX = "/v0"
PATH_PARAMETER = re.compile(r"\{([^}]+)\}")

logger = logging.getLogger("anyscale_sessions_sandbox")


class BrokenResponse(Exception):
    """A response that breaks the spec, which is a fault of the sandbox; its text names the places and no value."""


class Gateway(ABC):
    """Leads the requests of one OpenAPI document to what does them, and the results to responses."""

    prefix = API_PREFIX
    max_body_bytes = MAX_BODY_BYTES

    def __init__(self, spec: Spec, guard: Guard, *, validate_responses: bool) -> None:
        self.spec = spec
        self.validators = Validators(spec)
        self._guard = guard
        self._reader = Reader(spec, self.validators, self.max_body_bytes)
        self._projection = Projection(spec)
        self._validate_responses = validate_responses

    def routes(self) -> list[Route]:
        """One route for each path of the spec; paths without parameters come before those that could swallow them."""
        by_template: defaultdict[str, dict[str, Operation]] = defaultdict(dict)
        for operation in self.spec.operations:
            by_template[_template(operation.path)][operation.method] = operation
        return [self._route(template, by_template[template]) for template in sorted(by_template, key=_generality)]

    def admit(self, request: Request, operation: Operation) -> None:
        """Raise a Refusal if the request may not come in."""
        if operation.needs_token:
            self._guard.check(request)

    @abstractmethod
    async def perform(self, request: Request, operation: Operation, call: Call) -> Response:
        """Do what a valid request asks for. Raises Refusal."""

    def response(self, operation: Operation, status: int, body: Any) -> Response:
        """A response with a body as the spec shows it. Raises BrokenResponse if it breaks the spec, and that is checked."""
        return json_response(status, self.shown(operation, status, body))

    def shown(self, operation: Operation, status: int, body: Any) -> Any:
        """A response's body as the spec shows it; see `response`."""
        pointer = operation.responses.get(status)
        if pointer is None:
            return body
        shown = self._projection.cut(pointer, body)
        if self._validate_responses and (problems := self.validators.problems(pointer, shown, ())):
            places = "; ".join(f"{'.'.join(map(str, loc))}: {msg}" for loc, msg, _ in problems)
            raise BrokenResponse(f"The response of {operation.id} breaks the spec at {places}.")
        return shown

    def _route(self, template: str, operations: Mapping[str, Operation]) -> Route:
        async def endpoint(request: Request) -> Response:
            return await self._answer(request, operations["GET" if request.method == "HEAD" else request.method])

        route = Route(self.prefix + template, endpoint, methods=list(operations))
        # Starlette ends its pattern with `$`, which lets a line break follow.
        route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + r"\Z")
        return route

    async def _answer(self, request: Request, operation: Operation) -> Response:
        request.scope["operation_id"] = operation.id
        try:
            return await self._outcome(request, operation)
        except ClientDisconnect:
            return json_response(400, error_body("The request broke off."))
        except BrokenResponse as error:
            return json_response(500, error_body(str(error)))
        except sqlite3.Error as error:
            _log_fault(request, error)
            reason, remedy = explain(error)
            return json_response(500, error_body(f"The sandbox's database cannot be used: {reason}; {remedy}."))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is answered, and told to the log alone
            _log_fault(request, error)
            return json_response(500, error_body("The sandbox failed; its log tells where, by X-Request-ID."))

    async def _outcome(self, request: Request, operation: Operation) -> Response:
        names = PATH_PARAMETER.findall(operation.path)
        path = dict(zip(names, request.path_params.values(), strict=True))
        entry: Entry | None = request.scope.get(ENTRY)
        if entry:
            entry.operation, entry.path = operation.id, path
        try:
            self.admit(request, operation)
            call = await self._reader.read(request, operation, path)
            return await self.perform(request, operation, call)
        except Refusal as refusal:
            return self.response(operation, refusal.status, refusal.body())


def json_response(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    """A response with a JSON body, or with none."""
    if body is None:
        return Response(status_code=status, headers=headers)
    content = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Response(content, status, headers, JSON_TYPE)


def error_body(detail: str) -> Document:
    """The envelope of every error but 422."""
    return {"error": {"detail": detail}}


def _template(path: str) -> str:
    """A path with its parameters named by position, as they need not be identifiers in a spec."""
    position = count()
    return PATH_PARAMETER.sub(lambda _: f"{{p{next(position)}}}", path)


def _generality(template: str) -> list[tuple[bool, str]]:
    return [("{" in segment, segment) for segment in template.split("/")]


def _log_fault(request: Request, error: Exception) -> None:
    """Where it went wrong, without the error's text, which may hold what a request held."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    logger.error("%s %s at %s", request.scope["request_id"], type(error).__name__, places)
