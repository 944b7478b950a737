"""The parameters of an operation as texts on the wire. Each value is checked against its type in the spec first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

import msgspec
from attrs import NOTHING

from anyscale_sessions_api.types import Operation, plain

from .._utils.text import PATH_ID_REMEDY, PATH_ID_RULE, has_control, is_path_id
from .._validation.fields import check, strip_subclass
from .._validation.mappings import unknown_fields_of
from ..exceptions import Problem

DELIMITERS: Final = {"comma": ",", "space": " ", "pipe": "|"}
# The characters that RFC 6265 allows in the value of a cookie.
COOKIE_VALUE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
HEADER_VALUE: Final = re.compile(r"(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?")


def path_texts(operation: Operation[Any], problems: list[Problem]) -> Iterator[tuple[str, str]]:
    """The path parameters as texts. Adds to `problems` those that could lead to another path."""
    for name, value in operation.path_values.items():
        if name in operation.styles:
            yield name, _path_text(operation, name, value, problems)
            continue
        text = strip_subclass(value)
        if not isinstance(text, str) or not is_path_id(text):
            problems.append(Problem(name, PATH_ID_RULE, PATH_ID_REMEDY))
        yield name, text


def _path_text(operation: Operation[Any], name: str, argument: object, problems: list[Problem]) -> str:
    from urllib.parse import quote

    from .._validation.query import parameter_shapes

    shape = parameter_shapes(operation, "path")[name]
    value, problem = check(name, NOTHING if argument is None else argument, shape)
    texts = [] if problem is not None else _texts(name, value, operation.styles[name], problems)
    if problem is not None:
        problems.append(problem)
    elif ",".join(texts) in ("", ".", ".."):
        problems.append(Problem(name, "must not be empty, . or ..: that is another path", "pass another value"))
    return ",".join(quote(text, safe="") for text in texts)


def query_text(operation: Operation[Any], problems: list[Problem]) -> str:
    """The query, encoded. Adds to `problems` the values that break a rule."""
    from urllib.parse import quote_plus

    parts: list[str] = []
    for name, value, is_id in _checked(operation, "query", operation.query, problems):
        wire_name, style = operation.names.get(name, name), operation.styles.get(name, "")
        if is_id and not is_path_id(_text(value)):
            problems.append(Problem(name, PATH_ID_RULE, PATH_ID_REMEDY))
        elif isinstance(value, dict) and style in ("deepObject", "object"):
            for key, text in _fields(name, value, problems):  # pyright: ignore[reportUnknownArgumentType]
                wire_key = f"{wire_name}[{key}]" if style == "deepObject" else key
                parts.append(f"{quote_plus(wire_key)}={quote_plus(text)}")
        elif style in DELIMITERS:
            texts = _texts(name, value, style, problems)
            delimiter = "," if style == "comma" else quote_plus(DELIMITERS[style]).replace("+", "%20")
            joined = delimiter.join(map(quote_plus, texts))
            parts += [f"{quote_plus(wire_name)}={joined}"] if texts else []
        else:
            parts += [f"{quote_plus(wire_name)}={quote_plus(text)}" for text in _texts(name, value, style, problems)]
    return "&".join(parts)


def header_texts(operation: Operation[Any], problems: list[Problem]) -> Iterator[tuple[str, str]]:
    """The header parameters with their names in lower case. Adds to `problems` the values that break a rule."""
    for name, value, _ in _checked(operation, "header", operation.headers, problems):
        text = ",".join(_texts(name, value, operation.styles.get(name, ""), problems))
        if not HEADER_VALUE.fullmatch(text):
            rule = "must be printable ASCII without blanks at its ends, because a header carries it"
            problems.append(Problem(name, rule, "encode it, for instance as base64"))
        yield operation.names.get(name, name).lower(), text


def cookie_texts(operation: Operation[Any], problems: list[Problem]) -> Iterator[tuple[str, str]]:
    """The cookie parameters with their names. Adds to `problems` the values that break a rule."""
    for name, value, _ in _checked(operation, "cookie", operation.cookies, problems):
        text = _text(value)
        if not COOKIE_VALUE.fullmatch(text):
            rule = "must be printable ASCII without blanks, quotes, commas, semicolons or backslashes"
            problems.append(Problem(name, f"{rule}, because a cookie carries it", "encode it, for instance as base64"))
        yield operation.names.get(name, name), text


def _checked(
    operation: Operation[Any], place: str, values: Mapping[str, object], problems: list[Problem]
) -> Iterator[tuple[str, Any, bool]]:
    """The values in one place as their types have them, and whether each is an id. Adds to `problems`."""
    from .._validation.query import parameter_shapes

    for name, declared in parameter_shapes(operation, place).items():
        argument = values.get(name)
        if argument is None and not declared.is_required:
            continue
        wrong = list(unknown_fields_of(declared.kind, argument, f"{name}."))
        value, problem = check(name, NOTHING if argument is None else argument, declared)
        wrong += [] if problem is None else [problem]
        problems += wrong
        if not wrong:
            yield name, plain(value), declared.is_id


def _fields(name: str, value: dict[str, Any], problems: list[Problem]) -> Iterator[tuple[str, str]]:
    """The keys of an object with their values as texts; only plain values have one."""
    for key, item in value.items():
        if isinstance(item, (dict, list)):
            problems.append(Problem(f"{name}.{key}", "must be a plain value: a query has no structure", "pass text"))
        elif item is not None:
            yield key, _valid_text(name, item, problems)


def _texts(name: str, value: Any, style: str, problems: list[Problem]) -> list[str]:
    """The value as texts: one, or several for a list. Adds to `problems` those that cannot be written."""
    if style == "json":
        return [msgspec.json.encode(value).decode()]
    if isinstance(value, dict):
        pairs = _fields(name, value, problems)  # pyright: ignore[reportUnknownArgumentType]
        texts = [text for pair in pairs for text in pair]
    else:
        items: list[Any] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
        texts = [_valid_text(name, item, problems) for item in items]
    delimiter = DELIMITERS.get(style)
    if delimiter is not None and any(delimiter in text for text in texts):
        rule = f"must not contain {delimiter!r}, which separates the items on the wire"
        problems.append(Problem(name, rule, "remove it"))
    return texts


def _valid_text(name: str, item: Any, problems: list[Problem]) -> str:
    text = _text(item)
    if has_control(text):
        problems.append(Problem(name, "must not contain control characters", "remove them"))
    return text


def _text(item: Any) -> str:
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, datetime):
        return item.isoformat()
    return str(item.value if isinstance(item, Enum) else item)
