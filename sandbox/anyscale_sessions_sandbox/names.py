"""The names of the OpenAPI document that tests use. A name that it does not have is an error, with the nearest one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, cast

from .errors import UnknownNameError
from .faults.fault import Fault
from .spec import Document, Operation, Pointer, Spec

# The places that the conditions of the journal can refer to: whole values, and values with named parts.
WHOLE_PLACES = frozenset({"method", "target", "status", "fault"})
PLACES = frozenset({*WHOLE_PLACES, "path", "query", "body", "response"})
# The names in the body of an error of the sandbox.
ERROR_PLACE = ["error", "detail"]
COMBINING_KEYWORDS = ("allOf", "anyOf", "oneOf")


class Names:
    """Checks names against one OpenAPI document. Every method raises UnknownNameError."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._operations = {operation.id: operation for operation in spec.operations}

    def check_operation(self, name: str) -> None:
        """Check the id of an operation."""
        if name not in self._operations:
            raise UnknownNameError(f"there is no operation {name!r}{_nearest(name, self._operations)}")

    def check_fault(self, fault: Fault) -> None:
        """Check the operation of a fault, and the field of an `unknown_enum`."""
        if fault.operation is not None:
            self.check_operation(fault.operation)
        if fault.kind == "unknown_enum" and fault.field is not None:
            known = set(_field_names(self._spec.document))
            if fault.field not in known:
                raise UnknownNameError(f"no field is named {fault.field!r}{_nearest(fault.field, known)}")

    def check_condition(self, operation: str | None, name: str) -> None:
        """Check the name of a condition, such as `body__name`, on the requests of an operation, or of all."""
        place, *parts = name.split("__")
        if place not in PLACES:
            known = ", ".join(sorted(PLACES))
            raise UnknownNameError(
                f"a condition must begin with one of {known}, not {place!r}{_nearest(place, PLACES)}"
            )
        if place in {"body", "response"}:
            self._check_fields(operation, name, place, parts)
            return
        allowed = set[str]() if place in WHOLE_PLACES else _parameter_names(self._of(operation), place)
        if parts and (len(parts) > 1 or parts[0] not in allowed):
            raise UnknownNameError(_unknown(operation, name, parts[0], allowed))

    def _of(self, operation: str | None) -> Iterable[Operation]:
        return self._operations.values() if operation is None else (self._operations[operation],)

    def _check_fields(self, operation: str | None, name: str, place: str, parts: list[str]) -> None:
        """Check the parts of the name of a condition on a body, which lead into its schema."""
        if place == "response" and parts == ERROR_PLACE[: len(parts)]:
            return
        if place == "body":
            pointers = [found.body for found in self._of(operation) if found.body]
        else:
            pointers = [pointer for found in self._of(operation) for pointer in found.responses.values() if pointer]
        for part in parts:
            shapes = [shape for pointer in pointers for shape in self._shapes(pointer)]
            if any(_is_open(self._spec.at(shape)) for shape in shapes):
                return
            pointers = [following for shape in shapes for following in self._following(shape, part)]
            if not pointers:
                known = {field for shape in shapes for field in self._spec.properties(shape)}
                raise UnknownNameError(_unknown(operation, name, part, known))

    def _shapes(self, pointer: Pointer) -> Iterator[Pointer]:
        """The schemas that a value may have, without references and without "or null"."""
        pointer = self._spec.shape(pointer)
        yield pointer
        for keyword in COMBINING_KEYWORDS:
            for index in range(len(self._spec.at(pointer).get(keyword, ()))):
                branch = (*pointer, keyword, index)
                # A branch of `allOf` that names no parts adds a rule, and does not make the value open.
                if keyword != "allOf" or not _is_open(self._spec.at(branch)):
                    yield from self._shapes(branch)

    def _following(self, shape: Pointer, part: str) -> Iterator[Pointer]:
        """The schemas of a part of a value: of a field of an object, or of an item of a list."""
        schema: Document = self._spec.at(shape)
        if part in schema.get("properties", ()):
            yield (*shape, "properties", part)
        elif isinstance(schema.get("additionalProperties"), dict):
            yield (*shape, "additionalProperties")
        if "items" in schema and part.isdigit():
            yield (*shape, "items")


def _is_open(schema: Document) -> bool:
    """Whether a schema says nothing about the parts of a value."""
    if schema.get("additionalProperties") is True:
        return True
    is_described = any(keyword in schema for keyword in ("properties", "items", "$ref", *COMBINING_KEYWORDS))
    kind = schema.get("type", "object")
    return not is_described and "additionalProperties" not in schema and "object" in kind


def _parameter_names(operations: Iterable[Operation], place: str) -> set[str]:
    return {item.name for operation in operations for item in operation.parameters if item.place == place}


def _field_names(node: Any) -> Iterator[str]:
    """The names of all fields in a part of the document."""
    if isinstance(node, list):
        node = dict(enumerate(cast("list[Any]", node)))  # type: ignore[redundant-cast]
    if isinstance(node, dict):
        parts = cast("Document", node)
        yield from cast("Document", parts.get("properties") or {})
        for part in parts.values():
            yield from _field_names(part)


def _unknown(operation: str | None, name: str, part: str, known: Iterable[str]) -> str:
    owner = f"{operation} has" if operation else "no operation has"
    article = "no " if operation else ""
    return f"{owner} {article}{name.replace('__', '.')}: unknown name {part!r}{_nearest(part, known)}"


def _nearest(name: str, known: Iterable[str]) -> str:
    """The nearest known name, as the end of a message."""
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
