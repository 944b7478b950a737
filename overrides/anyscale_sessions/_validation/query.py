"""The query parameters of each operation: which must be given, and the limits of their values.

The generated types have neither. Both are read from the spec itself, once, when the first query is prepared. A frozen
application may leave the spec out. Then only the types are checked, and the server refuses what breaks a limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import attrs
import msgspec

from anyscale_sessions_api.types import Operation

from .fields import FieldType

# Keywords of JSON Schema, and msgspec's names for them.
_LIMITS = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
}


def query_shapes(operation: Operation[Any]) -> Mapping[str, FieldType]:
    """The type of each query parameter, with its limits, and whether it must be given."""
    by_operation = _query_parameters()
    if by_operation is None:
        others = {"body", *operation.path_values}
        return {name: FieldType(kind, None) for name, kind in operation.types.items() if name not in others}
    parameters = by_operation.get(operation.id, {})
    return {name: _shape(operation.types[name], parameter) for name, parameter in parameters.items()}


def _shape(kind: Any, parameter: Mapping[str, Any]) -> FieldType:
    limits = {ours: parameter["schema"][word] for word, ours in _LIMITS.items() if word in parameter["schema"]}
    return FieldType(
        Annotated[kind, msgspec.Meta(**limits)] if limits else kind, attrs.NOTHING if parameter["required"] else None
    )


@cache
def _query_parameters() -> dict[str, dict[str, dict[str, Any]]] | None:
    """The query parameters by operation and name; `None` if the package has no spec."""
    try:
        spec = msgspec.json.decode(files("anyscale_sessions_api").joinpath("openapi.json").read_bytes())
    except OSError:
        return None
    return {
        operation["operationId"]: {
            parameter["name"]: {
                "required": parameter.get("required", False),
                "schema": _resolved(spec, parameter["schema"]),
            }
            for parameter in _parameters(spec, path, operation)
            if parameter["in"] == "query"
        }
        for path in spec["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    }


def _parameters(spec: Any, path: Any, operation: Any) -> Iterator[Any]:
    for declared in (*path.get("parameters", ()), *operation.get("parameters", ())):
        yield _resolved(spec, declared)


def _resolved(spec: Any, node: Any) -> Any:
    while "$ref" in node:
        steps, node = node["$ref"].removeprefix("#/").split("/"), spec
        for step in steps:
            node = node[step.replace("~1", "/").replace("~0", "~")]
    return node
