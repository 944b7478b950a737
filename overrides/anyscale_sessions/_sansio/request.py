"""An `Operation` as the request to send. Its arguments are checked first, and every problem is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

import msgspec
from attrs import NOTHING, fields
from msgspec.structs import replace

from anyscale_sessions_api.service import TOKEN_HEADER
from anyscale_sessions_api.types import Model, Operation, Secret, plain, wire_fields, wire_names, wire_rules

from .._utils.records import Record
from .._utils.secret_texts import SecretTexts
from .._validation.fields import FieldType, check, extra_problems, shapes_of
from .._validation.mappings import mappings_in, unknown_fields, unknown_fields_of, without_models
from ..exceptions import InvalidRequestError, Problem
from .known_ids import attach_ids, ids_of
from .parameters import cookie_texts, header_texts, path_texts, query_text

NO_SECRETS: Final = SecretTexts()


class Request(Record, frozen=True, kw_only=True):
    """What goes over the wire, relative to the base URL.

    Attributes:
        operation_id: the operationId in the spec.
        method: the HTTP method.
        target: the path and the query.
        body: what to send, if anything.
        headers: headers of this request in lower case, in place of those that all requests have. Cookies are added to
            those of all requests. `None` leaves a header out.
        secrets: texts in the request that must not be shown.
    """

    _hidden = frozenset({"body", "headers", "secrets"})

    operation_id: str
    method: str
    target: str
    body: bytes | None = None
    headers: tuple[tuple[str, str | None], ...] = ()
    secrets: SecretTexts = NO_SECRETS


def prepare(operation: Operation[Any], *, is_body_checked: bool = False) -> Request:
    """The request for an operation. Raises `InvalidRequestError` with every problem."""
    request, problems = _checked(operation, is_body_checked=is_body_checked)
    if problems:
        raise _refusal(operation, problems)
    return request


def _refusal(operation: Operation[Any], problems: list[Problem]) -> InvalidRequestError:
    error = InvalidRequestError.of(operation.id, problems)
    attach_ids(error, ids_of(operation))
    return error


def _checked(operation: Operation[Any], *, is_body_checked: bool) -> tuple[Request, list[Problem]]:
    problems: list[Problem] = []
    path, query = operation.path, ""
    if operation.path_values:
        path = path.format(**dict(path_texts(operation, problems)))
    if operation.types.keys() - {"body", *operation.path_values}:
        query = query_text(operation, problems)
    content, media_type = None, operation.content_type
    if "body" in operation.types:
        content, media_type = _content(operation, problems, is_body_checked)
    if query and not problems:
        path = f"{path}{'&' if '?' in path else '?'}{query}"
    request = Request(
        operation_id=operation.id,
        method=operation.method,
        target=path,
        body=content,
        headers=_headers(operation, media_type, problems) if _has_headers(operation) else (),
        secrets=secrets_of(operation.body),
    )
    return request, problems


def _has_headers(operation: Operation[Any]) -> bool:
    has_own = operation.headers or operation.cookies or operation.is_public
    return bool(has_own or operation.accept is not None or operation.content_type is not None)


def _headers(
    operation: Operation[Any], media_type: str | None, problems: list[Problem]
) -> tuple[tuple[str, str | None], ...]:
    """The headers that are not those of all requests. Adds to `problems`."""
    headers: list[tuple[str, str | None]] = []
    if operation.is_public and TOKEN_HEADER:
        headers.append((TOKEN_HEADER, None))
    if operation.accept is not None:
        headers.append(("accept", operation.accept))
    if media_type is not None:
        headers.append(("content-type", media_type))
    headers += header_texts(operation, problems)
    cookies = [f"{name}={text}" for name, text in cookie_texts(operation, problems)]
    return (*headers, ("cookie", "; ".join(cookies))) if cookies else tuple(headers)


def with_model_body(operation: Operation[Any]) -> Operation[Any]:
    """The same operation with a model as its body, also if the body or a part of it is a mapping.

    Raises `InvalidRequestError` with every problem of the mapping, unknown fields among them.
    """
    declared: Any = operation.types.get("body")
    if declared is None or operation.body is None or not _has_mapping(operation.body):
        return operation
    kind = _model_of(declared)
    if kind is None:
        return operation
    values, problems = _values_of_body(operation.body, kind)
    if problems:
        raise _refusal(operation, problems)
    return replace(operation, body=kind(**values.value))


def _values_of_body(body: object, kind: Any) -> tuple[Secret[dict[str, Any]], list[Problem]]:
    """The fields of a model with their values in a body, and what is wrong with them."""
    problems: list[Problem] = []
    try:
        content = without_models(body)
    except RecursionError:
        return Secret({}), [Problem("body", "is nested too deeply", "use fewer levels")]
    problems += unknown_fields(kind, content)
    return Secret({} if problems else dict(_values(content, kind, problems))), problems


def _has_mapping(body: object) -> bool:
    """Whether a body is a mapping, or a model with a mapping where another model belongs."""
    if isinstance(body, Mapping):
        return True
    if not isinstance(body, Model):
        return False
    try:
        return any(True for _ in mappings_in(type(body), body))
    except RecursionError:
        return True  # the conversion says so


def _values(content: Mapping[str, Any], kind: Any, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    """The fields of a model with their values in a mapping. Adds to `problems` those that break a rule."""
    rules, fields = wire_rules(kind), wire_names(kind)
    if rules.extra:
        own = {key: value for key, value in content.items() if key in fields}
        content = {**own, rules.extra: {key: value for key, value in content.items() if key not in fields}}
    for name, declared in shapes_of(kind).items():
        value = content.get(rules.names.get(name, name), NOTHING)
        if (value is None or value is NOTHING) and not declared.is_required:
            continue
        checked, problem = check(name, value, declared)
        if problem is not None:
            problems.append(problem)
        yield name, checked


def _model_of(declared: Any) -> Any:
    """The model that is the type of a body, also of one that may be left out; `None` for any other type."""
    if isinstance(declared, type):
        return declared if issubclass(declared, Model) else None
    options = [option for option in get_args(declared) if option is not NoneType]
    is_optional = len(options) == 1 and len(get_args(declared)) == 2
    return _model_of(options[0]) if is_optional and get_origin(declared) in (Union, UnionType) else None


def _content(
    operation: Operation[Any],
    problems: list[Problem],
    is_checked: bool,  # noqa: FBT001
) -> tuple[bytes | None, str | None]:
    """The body as bytes, and its media type if it is not JSON. Adds to `problems` what breaks a rule."""
    declared, media_type = operation.types["body"], operation.content_type
    kind, body = _model_of(declared), operation.body
    if body is None and NoneType in get_args(declared):
        return None, None
    if kind is None:
        problems += unknown_fields_of(declared, body, "body.")
        value, problem = check("body", NOTHING if body is None else body, FieldType(declared, NOTHING))
        problems += [] if problem is None else [problem]
        value = None if problems else plain(value, is_sent=True)
    elif media_type is None:
        return _body_bytes(body, kind, problems, is_checked), None
    else:
        value = _checked_fields(body, kind, problems)
    if problems:
        return None, media_type
    if media_type is None:
        return msgspec.json.encode(value), None
    from .bodies import encode_content

    part_types = {name.removeprefix("body."): style for name, style in operation.styles.items() if "." in name}
    return encode_content(value, media_type, part_types)


def _body_bytes(body: object, kind: Any, problems: list[Problem], is_checked: bool) -> bytes | None:  # noqa: FBT001
    """The body as JSON. Adds to `problems` what breaks a rule: any attribute may have been assigned since."""
    if is_checked and isinstance(body, Model) and isinstance(body, kind) and not wire_rules(kind).read_only:
        return body.to_json()
    content = _checked_fields(body, kind, problems)
    return None if problems else msgspec.json.encode(content)


def _checked_fields(body: object, kind: Any, problems: list[Problem]) -> dict[str, Any]:
    """The fields of a model by their names on the wire, as plain values. Adds to `problems` what breaks a rule."""
    if not isinstance(body, Model) or not isinstance(body, kind):
        rule = f"must be a {kind.__name__}, not {type(body).__name__}"
        problems.append(Problem("body", rule, f"pass a {kind.__name__}"))
        return {}
    content: dict[str, Any] = {}
    for name, declared in shapes_of(kind).items():
        value = getattr(body, name, NOTHING)
        if value is None and not declared.is_required:
            continue
        content[name], problem = check(name, value, declared)
        if problem is not None:
            problems.append(problem)
    rules = wire_rules(kind)
    problems += extra_problems("", kind, content.get(rules.extra))
    return {} if problems else wire_fields(kind, content)


def secrets_of(body: object) -> SecretTexts:
    """The texts of a body that its repr does not show."""
    if not isinstance(body, Model):
        return NO_SECRETS
    kind: Any = type(body)
    values = (getattr(body, name) for name in _secret_names(kind))
    return SecretTexts(value for value in values if isinstance(value, str))


@cache
def _secret_names(kind: type[Model]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if not field.repr)
