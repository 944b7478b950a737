"""Rules for the values in schemas: constants, enums and defaults. A line for each breach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from spec.navigate import Node, mapping, options_of, properties_of, sequence

PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
PARSERS: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "date-time": datetime.fromisoformat,
    "uuid": UUID,
}


def value_problems(spec: Node, place: str, schema: Node) -> Iterator[str]:
    """The breaches in the values that stand in a schema itself."""
    if "enum" in schema:
        yield from _enum_problems(place, schema)
    if isinstance(schema.get("const"), (dict, list, float)):
        yield f"{place}.const: only a text, a whole number, a flag or null can be a constant: remove it"
    if schema.get("default") is not None:
        yield from _default_problems(spec, place, schema)


def _enum_problems(place: str, schema: Node) -> Iterator[str]:
    values = [value for value in sequence(schema["enum"]) if value is not None]
    are_texts = all(isinstance(value, str) and value.isprintable() for value in values)
    are_numbers = all(isinstance(value, int) and not isinstance(value, bool) for value in values)
    if not sequence(schema["enum"]):
        yield f"{place}.enum: at least one value is needed"
    elif values and all(isinstance(value, bool) for value in values):
        yield f"{place}.enum: flags become no enum: write type: boolean, or const"
    elif not are_texts and not are_numbers:
        yield f"{place}.enum: only printable strings, or only whole numbers, become an enum: remove the others"
    elif are_texts and len(sequence(schema.get("x-enum-varnames"))) != len(values):
        members: dict[str, Any] = {}
        for value in values:
            member = _member_name(value)
            if member in members:
                yield (
                    f"{place}.enum: {members[member]!r} and {value!r} would both be the member {member}:"
                    " name all members in x-enum-varnames"
                )
            members[member] = value


def _default_problems(spec: Node, place: str, schema: Node) -> Iterator[str]:
    default = schema["default"]
    reasons = [_misfit(spec, option, default) for option in options_of(spec, schema)]
    if reasons and all(reasons):
        yield f"{place}.default: {' and '.join(dict.fromkeys(reasons))}: correct it, or remove it"


def _misfit(spec: Node, option: Node, default: object) -> str:
    """Why a value cannot be the default of a schema; empty where it can."""
    declared = sequence(option.get("type")) or [option.get("type")]
    kinds = [kind for kind in declared if isinstance(kind, str) and kind in PYTHON_TYPES]
    values = [option["const"]] if "const" in option else sequence(option.get("enum"))
    is_list, is_object = isinstance(default, list), isinstance(default, dict)
    if is_object and (mapping(default) or properties_of(spec, option)):
        return "only an empty object without fields of its own can be a default"
    if is_list:
        if any(isinstance(item, (dict, list)) for item in sequence(default)):
            return "only a list of plain values can be a default"
        items: Node = mapping(option.get("items"))
        for item in sequence(default):
            reasons = [_misfit(spec, inner, item) for inner in options_of(spec, items)] if items else []
            if reasons and all(reasons):
                return f"an item {reasons[0]}"
    if option.get("type") == "null" or (kinds and not any(type(default) in PYTHON_TYPES[name] for name in kinds)):
        return f"is no {' or '.join(kinds) or 'null'}"
    if values and default not in values:
        return "is none of the values that the schema admits"
    parser = PARSERS.get(str(option.get("format")))
    if parser is not None and isinstance(default, str):
        try:
            parser(default)
        except ValueError:
            return f"is no {option['format']}"
    return ""


def _member_name(value: str) -> str:
    from openapi_python_client.strings import snake_case

    return snake_case(value.upper()).upper() if value[:1].isalpha() else value
