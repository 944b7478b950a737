"""The parameters of each operation: which must be given, and the limits of their values.

The generated types have neither. Both are read from the spec itself, once, when the first of them is prepared. A frozen
application may leave the spec out. Then only the types are checked, and the server refuses what breaks a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import NoneType
from typing import Annotated, Any, Final, get_args

import attrs
import msgspec

from anyscale_sessions_api.types import Operation

from .fields import FieldType

# Keywords of JSON Schema, and msgspec's names for them.
_LIMITS: Final = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
}


_LIMITED: Final = frozenset({str, int, float, NoneType})
_ID_SCHEMA: Final = "/ResourceId"


class ParameterType(FieldType, frozen=True):
    """The type of a parameter, its default, and whether it is an id."""

    is_id: bool = False


def parameter_shapes(operation: Operation[Any], place: str) -> Mapping[str, ParameterType]:
    """The type of each parameter in `path`, `query`, `header` or `cookie`, with its limits."""
    by_operation = _parameters_by_operation()
    names = _names_in(operation, place)
    if by_operation is None:
        return {name: ParameterType(operation.types[name], None) for name in names}
    parameters = by_operation.get(operation.id, {})
    keys = {name: (place, operation.names.get(name, name)) for name in names}
    return {name: _shape(operation.types[name], parameters[key]) for name, key in keys.items() if key in parameters}


def _names_in(operation: Operation[Any], place: str) -> Iterable[str]:
    """The arguments of an operation in one place; those of the query are all that are in no other."""
    others = {"path": operation.path_values, "header": operation.headers, "cookie": operation.cookies}
    if place in others:
        return others[place]
    named = {"body", *operation.path_values, *operation.headers, *operation.cookies}
    return [name for name in operation.types if name not in named]


def _shape(kind: Any, parameter: Mapping[str, Any]) -> ParameterType:
    schema = parameter["schema"]
    limits = {ours: schema[word] for word, ours in _LIMITS.items() if word in schema}
    if limits and {*(get_args(kind) or (kind,))} <= _LIMITED:
        kind = Annotated[kind, msgspec.Meta(**limits)]
    return ParameterType(kind, attrs.NOTHING if parameter["required"] else None, is_id=parameter["is_id"])


@cache
def _parameters_by_operation() -> dict[str, dict[tuple[str, str], dict[str, Any]]] | None:
    """The parameters by operation, place and name; `None` if the package has no spec."""
    try:
        spec = msgspec.json.decode(files("anyscale_sessions_api").joinpath("openapi.json").read_bytes())
    except OSError:
        return None
    return {
        operation["operationId"]: {
            (parameter["in"], parameter["name"]): {
                "required": parameter.get("required", False),
                "schema": _resolved(spec, parameter.get("schema", {})),
                "is_id": _is_id(parameter.get("schema", {})),
            }
            for parameter in _parameters(spec, path, operation)
        }
        for path in spec["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    }


def _is_id(schema: Any) -> bool:
    """Whether a schema is that of the ids which are one plain segment of a path."""
    parts = [*schema.get("allOf", ()), *schema.get("anyOf", ())]
    return schema.get("$ref", "").endswith(_ID_SCHEMA) or any(map(_is_id, parts))


def _parameters(spec: Any, path: Any, operation: Any) -> Iterator[Any]:
    for declared in (*path.get("parameters", ()), *operation.get("parameters", ())):
        yield _resolved(spec, declared)


def _resolved(spec: Any, node: Any) -> Any:
    while "$ref" in node:
        steps, node = node["$ref"].removeprefix("#/").split("/"), spec
        for step in steps:
            node = node[step.replace("~1", "/").replace("~0", "~")]
    return node
