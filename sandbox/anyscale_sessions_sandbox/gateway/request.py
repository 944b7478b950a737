"""Requests parsed as the OpenAPI document declares them: path, query and body, with all problems reported at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from starlette.datastructures import QueryParams
from starlette.requests import Request

from ..errors import ContentTooLargeError, Loc, Problem, UnprocessableEntityError
from ..spec import Document, Operation, Parameter, Pointer, Spec
from .json_body import LOC, InvalidJsonError, parse_body
from .validation import Validator, Validators

MAX_BODY_BYTES = 16 * 1024 * 1024

INTEGER = re.compile(r"-?[0-9]{1,100}")
NUMBER = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100})?")
BOOLEANS = {"true": True, "false": False}
MISSING = ("field required", "value_error.missing")

# Makes a parameter's value of its texts, or returns a text unchanged that is not of the declared type. Validation then
# reports it.
TextParser: TypeAlias = Callable[[Sequence[str]], Any]


class Call(NamedTuple):
    """One valid request, with the defaults of the OpenAPI document for everything that was not given."""

    operation: Operation
    path: Document
    query: Document
    body: Document


class ParameterParser(NamedTuple):
    """A compiled parameter: where it is, how its texts are parsed and validated, and its default."""

    name: str
    loc: Loc
    parse: TextParser
    validator: Validator
    is_required: bool
    # The default, if there is one.
    default: tuple[Any, ...]


class BodyParser(NamedTuple):
    """A compiled request body; `fields` is empty if the schema declares none, and every field is kept then."""

    validator: Validator
    is_required: bool
    fields: frozenset[str]
    defaults: Document


class RequestParser:
    """Parses the requests of one operation, with bodies up to a maximum size."""

    def __init__(self, spec: Spec, validators: Validators, operation: Operation, max_body_bytes: int) -> None:
        self._operation = operation
        self._max_body_bytes = max_body_bytes
        self._path = tuple(_parameters(spec, validators, operation, "path"))
        self._query = tuple(_parameters(spec, validators, operation, "query"))
        self._body = _body_parser(spec, validators, operation)

    async def parse(self, request: Request, path: Mapping[str, str]) -> Call:
        """Parse a request. Raises UnprocessableEntityError with all problems, and ContentTooLargeError."""
        content = await _content(request, self._max_body_bytes)
        problems: list[Problem] = []
        path_texts = {name: [text] for name, text in path.items()}
        query = request.query_params if self._query else QueryParams()
        query_texts = {name: query.getlist(name) for name in query}
        call = Call(
            self._operation,
            _values(self._path, path_texts, problems),
            _values(self._query, query_texts, problems),
            self._parse_body(request.headers.get("content-type", ""), content, problems),
        )
        if problems:
            raise UnprocessableEntityError(problems)
        return call

    def _parse_body(self, content_type: str, content: bytes, problems: list[Problem]) -> Document:
        parser = self._body
        if parser is None or not (content or parser.is_required):
            return {}
        if not content:
            problems.append(Problem(LOC, *MISSING))
            return {}
        try:
            body: Document = parse_body(content_type, content)
        except InvalidJsonError as error:
            problems.append(error.problem)
            return {}
        if found := parser.validator.problems(body, LOC):
            problems += found
            return {}
        if not parser.fields:
            return body
        return parser.defaults | {name: value for name, value in body.items() if name in parser.fields}


def _values(
    parameters: Sequence[ParameterParser], texts: Mapping[str, Sequence[str]], problems: list[Problem]
) -> Document:
    values: Document = {}
    for parameter in parameters:
        name = parameter.name
        if name in texts:
            values[name] = value = parameter.parse(texts[name])
            if not parameter.validator.is_valid(value):
                problems += parameter.validator.problems(value, parameter.loc)
        elif parameter.default:
            values[name] = parameter.default[0]
        elif parameter.is_required:
            problems.append(Problem(parameter.loc, *MISSING))
    return values


def _parameters(spec: Spec, validators: Validators, operation: Operation, place: str) -> Iterator[ParameterParser]:
    for parameter in operation.parameters:
        if parameter.place == place:
            yield _parameter_parser(spec, validators, parameter)


def _parameter_parser(spec: Spec, validators: Validators, parameter: Parameter) -> ParameterParser:
    # A default beside a reference counts too.
    schema: Document = spec.at(spec.follow(parameter.schema)) | spec.at(parameter.schema)
    return ParameterParser(
        parameter.name,
        (parameter.place, parameter.name),
        text_parser(spec, parameter.schema),
        validators.compile(parameter.schema),
        parameter.required,
        (schema["default"],) if "default" in schema else (),
    )


def text_parser(spec: Spec, pointer: Pointer) -> TextParser:
    """The parser of the texts of a parameter that has the schema at this place."""
    pointer = spec.shape(pointer)
    kind = spec.at(pointer).get("type")
    match kind if isinstance(kind, str) else next((name for name in kind or () if name != "null"), None):
        case "array":
            parse_item = text_parser(spec, (*pointer, "items"))
            return lambda texts: [parse_item([text]) for text in texts]
        case "integer":
            return _integer
        case "number":
            return _number
        case "boolean":
            return lambda texts: BOOLEANS.get(texts[-1], texts[-1])
        case _:
            return _last


# If a key is given more than once, the last one counts, as in upstream's server framework.
def _last(texts: Sequence[str]) -> str:
    return texts[-1]


def _integer(texts: Sequence[str]) -> int | str:
    return int(texts[-1]) if INTEGER.fullmatch(texts[-1]) else texts[-1]


def _number(texts: Sequence[str]) -> float | str:
    return float(texts[-1]) if NUMBER.fullmatch(texts[-1]) else texts[-1]


def _body_parser(spec: Spec, validators: Validators, operation: Operation) -> BodyParser | None:
    if operation.body is None:
        return None
    properties = spec.properties(operation.body)
    schemas: dict[str, Document] = {name: spec.at(pointer) for name, pointer in properties.items()}
    defaults = {name: schema["default"] for name, schema in schemas.items() if "default" in schema}
    return BodyParser(validators.compile(operation.body), operation.body_required, frozenset(properties), defaults)


async def _content(request: Request, max_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > max_bytes:
            raise ContentTooLargeError(f"The body is larger than {max_bytes} bytes.")
    return bytes(content)
