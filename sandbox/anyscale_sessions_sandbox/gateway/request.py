"""A request read as the spec declares it: path, query and body, with all that is wrong in them told at once."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from starlette.requests import Request

from ..errors import Problem, TooLarge, UnprocessableEntityError
from ..spec import Document, Operation, Pointer, Spec
from .json_body import LOC, NotJson, parse_body
from .validation import Validators

MAX_BODY_BYTES = 16 * 1024 * 1024

INTEGER = re.compile(r"-?[0-9]{1,100}")
NUMBER = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100})?")
BOOLEANS = {"true": True, "false": False}


class Call(NamedTuple):
    """One request that is valid under the spec, with the spec's defaults where nothing was given."""

    operation: Operation
    path: Document
    query: Document
    body: Document


class Reader:
    """Reads requests by one spec, with bodies up to a size."""

    def __init__(self, spec: Spec, validators: Validators, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._spec = spec
        self._validators = validators
        self._max_body_bytes = max_body_bytes

    async def read(self, request: Request, operation: Operation, path: dict[str, str]) -> Call:
        """The call that a request makes. Raises UnprocessableEntityError with every problem there is, and TooLarge."""
        content = await _content(request, self._max_body_bytes)
        problems: list[Problem] = []
        call = Call(
            operation,
            path=self._values(operation, "path", {name: [text] for name, text in path.items()}, problems),
            query=self._values(
                operation,
                "query",
                {name: request.query_params.getlist(name) for name in request.query_params},
                problems,
            ),
            body=self._body(operation, request.headers.get("content-type", ""), content, problems),
        )
        if problems:
            raise UnprocessableEntityError(problems)
        return call

    def _values(
        self, operation: Operation, place: str, given: dict[str, list[str]], problems: list[Problem]
    ) -> Document:
        values: Document = {}
        for parameter in operation.parameters:
            if parameter.place != place:
                continue
            # What stands beside a reference counts too.
            schema: Document = self._spec.at(self._spec.follow(parameter.schema)) | self._spec.at(parameter.schema)
            loc = (place, parameter.name)
            if parameter.name in given:
                values[parameter.name] = value = self._parsed(given[parameter.name], parameter.schema)
                problems += self._validators.problems(parameter.schema, value, loc)
            elif "default" in schema:
                values[parameter.name] = schema["default"]
            elif parameter.required:
                problems.append(Problem(loc, "field required", "value_error.missing"))
        return values

    def _parsed(self, texts: list[str], pointer: Pointer) -> Any:
        """A parameter's value, or its text where it is none of the declared type, which validation then tells."""
        pointer = self._spec.shape(pointer)
        # As upstream's server framework does, the last one counts where a key stands more than once.
        text = texts[-1]
        kind = self._spec.at(pointer).get("type")
        match kind if isinstance(kind, str) else next((name for name in kind or () if name != "null"), None):
            case "array":
                return [self._parsed([text], (*pointer, "items")) for text in texts]
            case "integer" if INTEGER.fullmatch(text):
                return int(text)
            case "number" if NUMBER.fullmatch(text):
                return float(text)
            case "boolean" if text in BOOLEANS:
                return BOOLEANS[text]
            case _:
                return text

    def _body(self, operation: Operation, content_type: str, content: bytes, problems: list[Problem]) -> Document:
        if operation.body is None or not (content or operation.body_required):
            return {}
        body: Document = {}
        try:
            if content:
                body = parse_body(content_type, content)
                found = self._validators.problems(operation.body, body, LOC)
            else:
                found = [Problem(LOC, "field required", "value_error.missing")]
        except NotJson as error:
            found = [error.problem]
        problems += found
        return body if found else self._completed(operation.body, body)

    def _completed(self, pointer: Pointer, body: Document) -> Document:
        """A body with the defaults of its schema, and without fields that the schema does not know."""
        properties = self._spec.properties(pointer)
        if not properties:
            return body
        schemas: dict[str, Document] = {name: self._spec.at(place) for name, place in properties.items()}
        defaults = {name: schema["default"] for name, schema in schemas.items() if "default" in schema}
        return defaults | {name: value for name, value in body.items() if name in properties}


async def _content(request: Request, most_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most_bytes:
            raise TooLarge(f"The body is larger than {most_bytes} bytes.")
    return bytes(content)
