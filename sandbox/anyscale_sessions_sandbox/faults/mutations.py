"""Faults in response bodies: extra fields and unknown enum values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ..spec import Document, Pointer, Spec
from .fault import Fault

UNKNOWN_VALUE = "SomethingNew"
EXTRA_FIELD = "added_by_the_sandbox"


def corrupt(fault: Fault, spec: Spec, pointer: Pointer | None, body: Any) -> Any:
    """The response body that a fault makes of a correct one; `pointer` is the place of its schema."""
    if fault.kind == "extra_field":
        return _with_field(body, fault.field or EXTRA_FIELD, UNKNOWN_VALUE if fault.value is None else fault.value)
    if fault.kind == "unknown_enum" and pointer is not None:
        value = UNKNOWN_VALUE if fault.value is None else fault.value

        def unknown_enum(name: str, schema: Document, known: Any) -> Any:
            return value if "enum" in schema and fault.field in {None, name} else known

        return _mapped(spec, pointer, body, unknown_enum)
    return body


def _with_field(value: Any, name: str, extra: Any) -> Any:
    if isinstance(value, list):
        return [_with_field(item, name, extra) for item in cast("list[Any]", value)]  # type: ignore[redundant-cast]
    if isinstance(value, dict):
        inner = {key: _with_field(item, name, extra) for key, item in cast("Document", value).items()}
        return {**inner, name: extra}
    return value


def _mapped(
    spec: Spec, pointer: Pointer, value: Any, change: Callable[[str, Document, Any], Any], name: str = ""
) -> Any:
    """A value in which `change(name, schema, value)` replaces each scalar that is set."""
    if value is None:
        return None
    pointer = spec.shape(pointer)
    schema: Document = spec.at(pointer)
    if "items" in schema:
        return [_mapped(spec, (*pointer, "items"), item, change, name) for item in value]
    if known := spec.properties(pointer):
        return {
            key: _mapped(spec, known[key], item, change, key) if key in known else item for key, item in value.items()
        }
    return change(name, schema, value)
