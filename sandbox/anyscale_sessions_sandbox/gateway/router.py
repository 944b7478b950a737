"""Routes made from the OpenAPI document. Each request is authenticated, parsed, performed and answered."""

from __future__ import annotations

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

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import APIError
from ..journal.entry import Entry
from ..journal.middleware import ENTRY, admit
from ..spec import JSON_TYPE, Document, Operation, Spec
from ..storage.database import explain
from .auth import Authenticator
from .request import MAX_BODY_BYTES, Call, RequestParser
from .response import ShapeCompiler
from .validation import Validators

API_PREFIX = "/v0"
PATH_PARAMETER = re.compile(r"\{([^}]+)\}")

logger = logging.getLogger("anyscale_sessions_sandbox")


class InvalidResponseError(Exception):
    """A response breaks the OpenAPI document, which is a bug of the sandbox. The text contains places, but no value."""


class Gateway(ABC):
    """Serves the operations of one OpenAPI document. A subclass performs them."""

    prefix = API_PREFIX
    max_body_bytes = MAX_BODY_BYTES

    def __init__(self, spec: Spec, authenticator: Authenticator, *, validate_responses: bool) -> None:
        self.spec = spec
        self.validators = Validators(spec)
        self._authenticator = authenticator
        self._shapes = ShapeCompiler(spec)
        self._validate_responses = validate_responses

    def routes(self) -> list[Route]:
        """One route for each path. Paths without parameters come first, because one with a parameter may match them."""
        by_template: defaultdict[str, dict[str, Operation]] = defaultdict(dict)
        for operation in self.spec.operations:
            by_template[_template(operation.path)][operation.method] = operation
        return [self._route(template, by_template[template]) for template in sorted(by_template, key=_generality)]

    def authenticate(self, request: Request, operation: Operation) -> None:
        """Raise an APIError unless the request may be performed."""
        if operation.needs_token:
            self._authenticator.authenticate(request)

    @abstractmethod
    async def perform(self, request: Request, operation: Operation, call: Call) -> Response:
        """Perform a valid request. Raises APIError."""

    def response(self, operation: Operation, status: int, body: Any) -> Response:
        """The response with a body of the declared shape.

        Raises InvalidResponseError if responses are validated and this one breaks the document.
        """
        return json_response(status, self.shape(operation, status, body))

    def shape(self, operation: Operation, status: int, body: Any) -> Any:
        """A response body in the declared shape. Raises InvalidResponseError as `response` does."""
        pointer = operation.responses.get(status)
        if pointer is None:
            return body
        shaped = self._shapes.compile(pointer).shape(body)
        if self._validate_responses and (problems := self.validators.compile(pointer).problems(shaped, ())):
            places = "; ".join(f"{'.'.join(map(str, loc))}: {msg}" for loc, msg, _ in problems)
            raise InvalidResponseError(f"The response of {operation.id} breaks the spec at {places}.")
        return shaped

    def _route(self, template: str, operations: Mapping[str, Operation]) -> Route:
        endpoints = {method: _Endpoint(self, operation) for method, operation in operations.items()}

        async def endpoint(request: Request) -> Response:
            return await endpoints["GET" if request.method == "HEAD" else request.method].respond(request)

        route = Route(self.prefix + template, endpoint, methods=list(operations))
        # Starlette ends its pattern with `$`, which also matches before a trailing line break.
        route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + r"\Z")
        return route


class _Endpoint:
    """One operation. Its parser is compiled at the first request, so that a sandbox starts fast."""

    def __init__(self, gateway: Gateway, operation: Operation) -> None:
        self._gateway = gateway
        self._operation = operation
        self._names = PATH_PARAMETER.findall(operation.path)
        self._parser: RequestParser | None = None

    async def respond(self, request: Request) -> Response:
        """The response to a request. An exception becomes an error response."""
        request.scope["operation_id"] = self._operation.id
        try:
            return await self._perform(request)
        except ClientDisconnect:
            return json_response(400, error_body("The client disconnected before the request was complete."))
        except InvalidResponseError as error:
            return json_response(500, error_body(str(error)))
        except sqlite3.Error as error:
            _log_error(request, error)
            reason, remedy = explain(error)
            return json_response(500, error_body(f"The sandbox's database cannot be used: {reason}; {remedy}."))
        except Exception as error:  # noqa: BLE001 - every error becomes a response, and only the log has its place
            _log_error(request, error)
            return json_response(500, error_body("The sandbox failed. Find the error in its log by X-Request-ID."))

    async def _perform(self, request: Request) -> Response:
        gateway, operation = self._gateway, self._operation
        path = dict(zip(self._names, request.path_params.values(), strict=True))
        entry: Entry | None = request.scope[ENTRY]
        if entry:
            entry.keep_head(operation.id, path)
        try:
            gateway.authenticate(request, operation)
            admit(request.scope, path)
            if self._parser is None:
                self._parser = RequestParser(gateway.spec, gateway.validators, operation, gateway.max_body_bytes)
            call = await self._parser.parse(request, path)
            return await gateway.perform(request, operation, call)
        except APIError as error:
            return gateway.response(operation, error.status, error.body())


def json_response(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    """A response with a JSON body, or without a body for None."""
    if body is None:
        return Response(status_code=status, headers=headers)
    return Response(msgspec.json.encode(body), status, headers, JSON_TYPE)


def error_body(detail: str) -> Document:
    """The envelope of every error except 422."""
    return {"error": {"detail": detail}}


def _template(path: str) -> str:
    """A path with its parameters named by position, because their names in the document need not be identifiers."""
    position = count()
    return PATH_PARAMETER.sub(lambda _: f"{{p{next(position)}}}", path)


def _generality(template: str) -> list[tuple[bool, str]]:
    return [("{" in segment, segment) for segment in template.split("/")]


def _log_error(request: Request, error: Exception) -> None:
    """Log where an error was raised. Its text is left out, because it may contain data of the request."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    logger.error("%s %s at %s", request.scope["request_id"], type(error).__name__, places)
