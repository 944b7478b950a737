"""An `Operation` as the request to send. Its arguments are checked first, and every problem is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

import msgspec
from attrs import NOTHING, fields
from msgspec.structs import replace

from anyscale_sessions_api.types import Model, Operation, plain

from .._utils.records import Record
from .._utils.text import PATH_ID_REMEDY, PATH_ID_RULE, has_control, is_path_id
from .._validation.fields import check, is_id, shapes_of, strip_subclass
from .._validation.mappings import nested_models, unknown_fields, without_models
from ..exceptions import InvalidRequestError, Problem
from .known_ids import attach_ids, ids_of


class Request(Record, frozen=True, kw_only=True):
    """What goes over the wire, relative to the base URL.

    Attributes:
        operation_id: the operationId in the spec.
        method: the HTTP method.
        target: the path and the query.
        body: the JSON to send, if any.
        secrets: texts in the request that must not be shown.
    """

    _hidden = frozenset({"body", "secrets"})

    operation_id: str
    method: str
    target: str
    body: bytes | None = None
    secrets: tuple[str, ...] = ()


def prepare(operation: Operation[Any], *, is_body_checked: bool = False) -> Request:
    """The request for an operation. Raises `InvalidRequestError` with every problem."""
    problems: list[Problem] = []
    path = operation.path
    if operation.path_values:
        path = path.format(**dict(_path_texts(operation, problems)))
    query: list[tuple[str, str]] = []
    if operation.types.keys() - {"body", *operation.path_values}:
        query = list(_query_texts(operation, problems))
    body, content = operation.body, None
    secrets = secrets_of(body)
    if "body" in operation.types:
        content = _body_bytes(body, operation.types["body"], problems, is_body_checked)
    if problems:
        error = InvalidRequestError.of(operation.id, problems)
        attach_ids(error, ids_of(operation))
        raise error
    return Request(
        operation_id=operation.id,
        method=operation.method,
        target=f"{path}?{_encode_query(query)}" if query else path,
        body=content,
        secrets=secrets,
    )


def with_model_body(operation: Operation[Any]) -> Operation[Any]:
    """The same operation with a model as its body, also if the body or a part of it is a mapping.

    Raises `InvalidRequestError` with every problem of the mapping, unknown fields among them.
    """
    body, kind = operation.body, operation.types.get("body")
    if kind is None or body is None or not _has_mapping(body):
        return operation
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    try:
        content = without_models(body)
    except RecursionError:
        problems.append(Problem("body", "is nested too deeply", "use fewer levels"))
    else:
        problems += unknown_fields(kind, content)
        if not problems:
            values = dict(_values(content, kind, problems))
    if problems:
        error = InvalidRequestError.of(operation.id, problems)
        attach_ids(error, ids_of(operation))
        raise error
    return replace(operation, body=kind(**values))


def _has_mapping(body: object) -> bool:
    """Whether a body is a mapping, or a model with a mapping where another model belongs."""
    if isinstance(body, Mapping):
        return True
    if not isinstance(body, Model):
        return False
    kind: Any = type(body)
    return any(isinstance(getattr(body, name, None), Mapping) for name in nested_models(kind))


def _values(content: Mapping[str, Any], kind: Any, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    """The fields of a model with their values in a mapping. Adds to `problems` those that break a rule."""
    for name, declared in shapes_of(kind).items():
        value = content.get(name, NOTHING)
        if (value is None or value is NOTHING) and not declared.is_required:
            continue
        checked, problem = check(name, value, declared)
        if problem is not None:
            problems.append(problem)
        yield name, checked


def _encode_query(values: list[tuple[str, str]]) -> str:
    from urllib.parse import urlencode

    return urlencode(values)


def _path_texts(operation: Operation[Any], problems: list[Problem]) -> Iterator[tuple[str, str]]:
    """The path parameters as texts. Adds to `problems` those that could lead to another path."""
    for name, value in operation.path_values.items():
        text = strip_subclass(value)
        if not isinstance(text, str) or not is_path_id(text):
            problems.append(Problem(name, PATH_ID_RULE, PATH_ID_REMEDY))
        yield name, text


def _query_texts(operation: Operation[Any], problems: list[Problem]) -> Iterator[tuple[str, str]]:
    """The query parameters as texts, several for a list. Adds to `problems` those that break a rule."""
    from .._validation.query import query_shapes

    for name, declared in query_shapes(operation).items():
        argument = operation.query.get(name)
        if argument is None and not declared.is_required:
            continue
        value, problem = check(name, NOTHING if argument is None else argument, declared)
        if problem is not None:
            problems.append(problem)
            continue
        for item in value if isinstance(value, list) else [value]:  # pyright: ignore[reportUnknownVariableType]
            text = _query_text(item)
            if is_id(name) and not is_path_id(text):
                problems.append(Problem(name, PATH_ID_RULE, PATH_ID_REMEDY))
            elif has_control(text):
                problems.append(Problem(name, "must not contain control characters", "remove them"))
            yield name, text


def _query_text(item: Any) -> str:
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, datetime):
        return item.isoformat()
    return str(item.value if isinstance(item, Enum) else item)


def _body_bytes(body: object, kind: Any, problems: list[Problem], is_checked: bool) -> bytes | None:  # noqa: FBT001
    """The body as JSON. Adds to `problems` what breaks a rule: any attribute may have been assigned since."""
    if not isinstance(body, Model) or not isinstance(body, kind):
        rule = f"must be a {kind.__name__}, not {type(body).__name__}"
        problems.append(Problem("body", rule, f"pass a {kind.__name__}"))
        return None
    if is_checked:
        return body.to_json()
    content: dict[str, Any] = {}
    for name, declared in shapes_of(kind).items():
        value = getattr(body, name, NOTHING)
        if value is None and not declared.is_required:
            continue
        content[name], problem = check(name, value, declared)
        if problem is not None:
            problems.append(problem)
    return None if problems else msgspec.json.encode({name: plain(value) for name, value in content.items()})


def secrets_of(body: object) -> tuple[str, ...]:
    """The texts of a body that its repr does not show."""
    if not isinstance(body, Model):
        return ()
    kind: Any = type(body)
    values = [getattr(body, name) for name in _secret_names(kind)]
    return tuple(value for value in values if isinstance(value, str))


@cache
def _secret_names(kind: type[Model]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if not field.repr)
