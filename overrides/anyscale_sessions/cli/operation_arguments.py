"""The arguments of an operation of the spec, and their values from texts such as `count=5`."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import attrs
import click
import msgspec

from anyscale_sessions._utils.text import suggestion
from anyscale_sessions._validation.fields import shapes_of
from anyscale_sessions_api.types import Model, Operation, wire_names

BODY = "body"
# The kinds that JSON writes without quotes. A text of any other kind is passed as it is.
JSON_KINDS = (bool, int, float, dict, list, Any)
JSON_ORIGINS = (dict, list, Literal)


@attrs.frozen
class Argument:
    """An argument of an operation, or a field of its body.

    Attributes:
        name: the name in the spec.
        python_name: the name in Python, if it is an argument of the function.
        kind: the declared type.
        is_required: whether it must be given.
    """

    name: str
    python_name: str
    kind: Any
    is_required: bool


NO_FIELDS: Mapping[str, Argument] = {}


class OperationArguments:
    """The arguments of one operation, as its function in `anyscale_sessions.api` declares them.

    Attributes:
        parameters: the arguments that are not in the body, by name.
        body: the type of the body, or `None` if the operation has none.
        fields: the fields of the body, by name, if it is an object.
        is_list: whether the operation returns a page of a list.
    """

    def __init__(self, function: Callable[..., Operation[Any]]) -> None:
        declared = inspect.signature(function).parameters
        operation = function(**dict.fromkeys(declared))
        self.is_list = operation.is_page
        self.body: Any = operation.types.get(BODY)
        required = {name for name, parameter in declared.items() if parameter.default is inspect.Parameter.empty}
        arguments = (
            Argument(operation.names.get(name, name), name, kind, name in required)
            for name, kind in operation.types.items()
            if name != BODY
        )
        self.parameters = {argument.name: argument for argument in arguments}
        self.fields = {name: field for name, field in _fields_of(self.body).items() if name not in self.parameters}
        self._is_body_required = BODY in required

    def values(self, texts: Iterable[str], body: Any = None) -> dict[str, Any]:
        """Return the arguments of the function for texts such as `count=5`, and a body from a file.

        Raises `click.UsageError`.
        """
        values: dict[str, Any] = {}
        fields: dict[str, Any] = {}
        for text in texts:
            name, equals, value = text.partition("=")
            if not equals:
                raise click.UsageError(f"{text!r} is not an argument of the form NAME=VALUE.")
            if name in self.parameters:
                argument = self.parameters[name]
                _set(values, name, argument.python_name, argument.kind, value)
            else:
                self._set_field(fields, name, value, body or {})
        missing = [name for name in self.required_names() if self.parameters[name].python_name not in values]
        if missing:
            raise click.UsageError(f"Missing {' '.join(f'{name}=VALUE' for name in missing)}.")
        if fields or (body is None and self._is_body_required and self.fields):
            values[BODY] = {**(body or {}), **fields}
        elif body is not None:
            values[BODY] = body
        elif self._is_body_required:
            raise click.UsageError("Missing option '--body'.")
        return values

    def names(self) -> list[str]:
        """Return the names of all arguments and fields, the required ones first."""
        known = [*self.parameters.values(), *self.fields.values()]
        return [each.name for each in sorted(known, key=lambda each: not each.is_required)]

    def required_names(self) -> list[str]:
        """Return the names of the parameters that must be given. Fields can also come from a file."""
        return [name for name, each in self.parameters.items() if each.is_required]

    def choices(self, name: str) -> list[str]:
        """Return the values that an argument is known to have, if it is an enum."""
        argument = self.parameters.get(name) or self.fields.get(name)
        kinds = [] if argument is None else _kinds(argument.kind)
        items = [item for kind in kinds if get_origin(kind) is list for item in _kinds(get_args(kind)[0])]
        return [value for kind in (*kinds, *items) for value in _texts(kind)]

    def _set_field(self, fields: dict[str, Any], name: str, value: str, body: Mapping[str, Any]) -> None:
        """Set a field of the body. A dot leads into an object: `paging.count=5`."""
        first, dot, rest = name.partition(".")
        argument = self.fields.get(first)
        if argument is None:
            raise click.UsageError(f"{first!r} is not an argument of this operation; {suggestion(first, self.names())}")
        if first in body:
            raise click.UsageError(f"{first!r} is also in the file of --body; leave one of them out.")
        if not dot:
            _set(fields, first, first, argument.kind, value)
            return
        inner = next((_fields_of(kind) for kind in _kinds(argument.kind) if is_model(kind)), NO_FIELDS)
        if rest not in inner:
            known = [f"{first}.{field}" for field in inner] or [first]
            raise click.UsageError(f"{name!r} is not an argument of this operation; {suggestion(name, known)}")
        values = fields.setdefault(first, {})
        if not isinstance(values, dict):
            raise click.UsageError(f"{first!r} is given twice.")
        _set(cast("dict[str, Any]", values), name, rest, inner[rest].kind, value)


def _fields_of(kind: Any) -> Mapping[str, Argument]:
    """Return the fields of a model, by their names in JSON; none for any other type."""
    if not is_model(kind):
        return NO_FIELDS
    shapes = shapes_of(kind)
    return {
        name: Argument(name, own, shapes[own].kind, shapes[own].is_required) for name, own in wire_names(kind).items()
    }


def _set(values: dict[str, Any], shown_name: str, name: str, kind: Any, text: str) -> None:
    """Set a value, or append to a list whose name is repeated."""
    items = next((get_args(option)[0] for option in _kinds(kind) if get_origin(option) is list), None)
    if items is not None and not text.startswith("[") and isinstance(values.setdefault(name, []), list):
        values[name].append(_value_of(text, items))
    elif name in values:
        raise click.UsageError(f"{shown_name!r} is given twice.")
    else:
        values[name] = _value_of(text, kind)


def _value_of(text: str, kind: Any) -> Any:
    """Return the value for a text. A text that is not of its kind stays text, which the client then refuses."""
    kinds = _kinds(kind)
    if any(option is str or _texts(option) for option in kinds):
        return text
    if not any(option in JSON_KINDS or is_model(option) or get_origin(option) in JSON_ORIGINS for option in kinds):
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _kinds(kind: Any) -> list[Any]:
    """Return the types that a declared type allows."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _kinds(get_args(kind)[0])
    if origin in {Union, types.UnionType}:
        return [option for part in get_args(kind) for option in _kinds(part)]
    return [kind]


def _texts(kind: Any) -> list[str]:
    """Return the texts that a type is known to allow."""
    if get_origin(kind) is Literal:
        return [value for value in get_args(kind) if isinstance(value, str)]
    return [member.value for member in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []


def is_model(kind: Any) -> bool:
    """Whether a type is a model of the API."""
    return isinstance(kind, type) and issubclass(kind, Model)
