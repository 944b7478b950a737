"""An `Operation` as the request to send, or every problem with its arguments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Any
from urllib.parse import urlencode

import msgspec
from attrs import field, frozen

from anyscale_sessions_api.types import Model, Operation

from .exceptions import InvalidRequest, Problem
from .texts import PATH_ID_RULE, has_control, has_surrogate, is_path_id


@frozen(kw_only=True)
class Request:
    """What goes over the wire, below the base URL.

    Attributes:
        operation_id: which operation it is, for policies, errors and logs.
        method: the HTTP method.
        target: the path and the query.
        body: the JSON to send, if any.
        secrets: texts that it carries and that must not be shown.
    """

    operation_id: str
    method: str
    target: str
    body: bytes | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def prepare(operation: Operation[Any], *, is_body_checked: bool = False) -> Request:
    """The request for an operation. Raises `InvalidRequest` with every problem; then nothing has been sent."""
    problems: list[Problem] = []
    for name, value in operation.path_values.items():
        if not isinstance(value, str) or not is_path_id(value):
            problems.append(Problem(name, PATH_ID_RULE, "pass the id as the platform shows it"))
    query = [
        (name, text)
        for name, value in operation.query.items()
        for text in _query_texts(name, value, operation.types[name], problems)
    ]
    body = _body_bytes(operation, problems, is_checked=is_body_checked) if "body" in operation.types else None
    if problems:
        raise InvalidRequest.of(operation.id, problems)
    path = operation.path.format(**operation.path_values)
    token = getattr(operation.body, "user_service_token", None)
    return Request(
        operation_id=operation.id,
        method=operation.method,
        target=f"{path}?{urlencode(query)}" if query else path,
        body=body,
        secrets=(token,) if token else (),
    )


def _query_texts(name: str, value: object, kind: Any, problems: list[Problem]) -> Iterator[str]:
    """The values of one query parameter as texts; a list gives several. Adds to `problems` where it is not usable."""
    try:
        converted = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problems.append(Problem(name, f"has the wrong type: {error}", "pass a value of the type that is expected"))
        return
    for item in converted if isinstance(converted, list) else [converted]:  # pyright: ignore[reportUnknownVariableType]
        text = _query_text(item)
        if name.endswith("_id") and not is_path_id(text):
            problems.append(Problem(name, PATH_ID_RULE, "pass the id as the platform shows it"))
        elif has_surrogate(text) or has_control(text):
            problems.append(Problem(name, "must not hold control characters", "remove them"))
        else:
            yield text


def _query_text(item: Any) -> str:
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, datetime):
        return item.isoformat()
    return str(item.value if isinstance(item, Enum) else item)


def _body_bytes(operation: Operation[Any], problems: list[Problem], *, is_checked: bool) -> bytes | None:
    body, kind = operation.body, operation.types["body"]
    if not isinstance(body, kind):
        problems.append(
            Problem("body", f"must be a {kind.__name__}, not {type(body).__name__}", f"pass a {kind.__name__}")
        )
        return None
    assert isinstance(body, Model)  # noqa: S101 - what the line above established, for type checkers
    try:
        if not is_checked:  # attributes can be assigned after the object was made, so that this is the time to look
            msgspec.convert(body.to_dict(), kind)
        return body.to_json()
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        problems.append(Problem(path.rstrip("`") or "body", f"is not valid: {reason}", "pass what the API expects"))
    except (TypeError, ValueError, RecursionError):
        problems.append(Problem("body", "holds something that JSON cannot carry", "use plain values and UTF-8 text"))
    return None
