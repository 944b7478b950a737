"""Rules that the operations of a spec must obey so that right code comes of them: a line for each breach."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from spec.exchange_rules import binary_schemas, body_problems, response_problems
from spec.navigate import JSON, METHODS, Node, mapping, operations, options_of, properties_of, resolve
from spec.service import operation_security_problems
from spec.wire import PLACES, STRUCTURED, WireParameter, kinds_of, operation_name, parameters_of

# The transport writes these headers, or the client takes them from somewhere else.
RESERVED_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-encoding", "content-length", "cookie", "expect", "host", "te"}
    | {"trailer", "transfer-encoding", "upgrade"}
)
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
LISTS = ("parameters", "tags", "security", "servers")
WRITABLE_STYLES = ("id", "plain", "comma", "space", "pipe", "deepObject", "object", "json")


def operation_problems(spec: Node) -> Iterator[str]:
    """Every breach in the operations, each with its place and a remedy."""
    ids: dict[str, str] = {}
    names: dict[str, tuple[str, str]] = {}
    binary = binary_schemas(spec)
    yield from _section_problems(spec)
    for place, path, method, operation in operations(spec):
        name = operation.get("operationId")
        if not isinstance(name, str) or not operation_name(operation):
            yield f"{place}: operationId is missing: it is the name of a method; add one with a letter in it"
            continue
        method_name = operation_name(operation)
        if name in ids:
            yield f"{place}: operationId {name} is also at {ids[name]}: choose another"
        elif method_name in names:
            other, there = names[method_name]
            yield f"{place}: operationId {name} and {other} ({there}) both become {method_name}: rename one"
        ids.setdefault(name, place)
        names.setdefault(method_name, (name, place))
        yield from _path_problems(spec, place, path, operation)
        yield from _parameter_problems(spec, place, operation)
        yield from body_problems(spec, place, operation, binary)
        yield from response_problems(spec, place, operation, method, binary)
        yield from operation_security_problems(spec, place, operation)


def _section_problems(spec: Node) -> Iterator[str]:
    if spec.get("webhooks"):
        yield "webhooks: the client does not receive requests; remove them from this copy of the spec"
    for path, item in mapping(spec.get("paths")).items():
        own = mapping(item)
        if "$ref" in own and not resolve(spec, own):
            yield f"paths.{path}: $ref {own['$ref']} leads to no path item: correct it"
        holders = [(f"paths.{path}", own)]
        holders += [(f"paths.{path}.{method}", mapping(own[method])) for method in METHODS if method in own]
        for place, holder in holders:
            for key in LISTS:
                if key in holder and not isinstance(holder[key], list):
                    yield f"{place}.{key}: a list is needed"
            if "servers" in holder and holder["servers"] != spec.get("servers"):
                yield f"{place}.servers: one client has one server; generate another client for this one"
            if holder.get("callbacks"):
                yield f"{place}.callbacks: the client does not receive requests; remove them from this copy of the spec"


def _path_problems(spec: Node, place: str, path: str, operation: Node) -> Iterator[str]:
    named = re.findall(r"\{([^{}]*)\}", path)
    if re.search(r"[{}]", re.sub(r"\{[^{}]+\}", "", path)) or not path.startswith("/"):
        yield f"{place}: a path starts with a slash, and has braces only around the name of a parameter"
        return
    if "#" in path:
        yield f"{place}: a path has no fragment; remove what follows #"
    declared = [parameter.wire_name for parameter in parameters_of(spec, operation) if parameter.place == "path"]
    if sorted(named) != sorted(declared):
        yield (
            f"{place}: the path has the parameters {', '.join(named) or 'none'}, and the operation declares"
            f" {', '.join(declared) or 'none'}: declare each one once"
        )
    literal = {part.partition("=")[0] for part in path.partition("?")[2].split("&") if part}
    for parameter in parameters_of(spec, operation):
        if parameter.place == "query" and parameter.wire_name in literal:
            yield f"{place}: parameter {parameter.wire_name} stands in the path as well: remove one of them"


def _parameter_problems(spec: Node, place: str, operation: Node) -> Iterator[str]:
    names: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for declared in operation["parameters"]:
        node = resolve(spec, declared)
        key = (str(node.get("name")), str(node.get("in")))
        if key in seen:
            yield f"{place}: parameter {key[0]} in {key[1]} is declared twice: remove one"
        seen.add(key)
    for parameter in parameters_of(spec, operation):
        where = f"{place}: parameter {parameter.wire_name}"
        if parameter.place not in PLACES:
            yield f"{where} in {parameter.place}: a parameter is in path, query, header or cookie"
            continue
        if not isinstance(parameter.node.get("name"), str) or not parameter.name.isidentifier():
            yield f"{where} becomes an argument: give it a name with a letter in it, or x-python-name"
        elif names.get(parameter.name, parameter.wire_name) != parameter.wire_name:
            yield f"{where} and {names[parameter.name]} both become the argument {parameter.name}: rename one"
        names.setdefault(parameter.name, parameter.wire_name)
        yield from _value_problems(spec, where, parameter)


def _value_problems(spec: Node, where: str, parameter: WireParameter) -> Iterator[str]:
    place, style = parameter.place, parameter.style
    if place == "header" and parameter.wire_name.lower() in RESERVED_HEADERS:
        yield f"{where} in header: the client writes this header itself; remove the parameter"
    elif place in ("header", "cookie") and not HEADER_NAME.fullmatch(parameter.wire_name):
        yield f"{where} in {place}: HTTP does not allow this name; correct it"
    elif style == "content":
        yield f"{where}.content: only {JSON} can be written there; use it, or a schema"
    elif not isinstance(parameter.schema, (dict, bool)):
        yield f"{where}: a schema is needed"
    elif style not in WRITABLE_STYLES:
        yield f"{where}: the style {style} is not supported there: use {_supported(place)}"
    elif style != "json" and (reason := _reason(spec, parameter)):
        yield f"{where}: {reason}"


def _supported(place: str) -> str:
    if place == "query":
        return "form, spaceDelimited, pipeDelimited or deepObject"
    return "a plain value, style form" if place == "cookie" else "style simple"


def _reason(spec: Node, parameter: WireParameter) -> str:
    """Why the values of a parameter cannot be written in its style; empty if they can."""
    kinds = kinds_of(spec, parameter.schema)
    options = list(options_of(spec, parameter.schema))
    if not kinds and not any("enum" in option or "const" in option for option in options):
        return "the type of the value is needed: add a type to its schema"
    if not kinds & set(STRUCTURED):
        return "style deepObject is for an object: use form" if parameter.style == "deepObject" else ""
    if "object" in kinds:
        if parameter.place != "query":
            return "an object can only be sent in a query: send a plain value or an array, or application/json content"
        if kinds != {"object"}:
            return "a value that is an object or something else is ambiguous: use one type"
        fields = [*properties_of(spec, parameter.schema).values()]
        fields += [option["additionalProperties"] for option in options if mapping(option.get("additionalProperties"))]
        if not fields and parameter.style != "deepObject" and parameter.style != "object":
            return "its properties are needed: declare them"
        is_plain = all(_is_plain(spec, field) for field in fields)
        return "" if is_plain else "an object in a query has plain values only: use application/json content"
    if parameter.style == "deepObject":
        return "style deepObject is for an object: use form"
    if "array" in kinds and kinds != {"array"}:
        return "a value that is a list or something else is ambiguous: use one type"
    items = [option.get("items") for option in options if option.get("type") in ("array", ["array"], ["array", "null"])]
    return "" if all(_is_plain(spec, item) for item in items) else "a list here has plain items only"


def _is_plain(spec: Node, schema: Any) -> bool:
    """Whether a value is a text, a number, a boolean, or one of an enum."""
    kinds = kinds_of(spec, schema)
    has_type = bool(kinds) or any("enum" in option or "const" in option for option in options_of(spec, schema))
    return has_type and not kinds & set(STRUCTURED)
