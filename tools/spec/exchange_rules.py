"""Rules for the bodies of requests and responses: a line for each breach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spec.media import UNREADABLE, Form, form_of, is_binary
from spec.navigate import Node, mapping, operations, options_of, properties_of, resolve, sequence, target_of
from spec.wire import STRUCTURED, WireBody, body_of, kinds_of, responses_of

OFFERED = "application/json, a form, multipart/form-data, text or binary data"


def body_problems(spec: Node, place: str, operation: Node, binary: frozenset[int]) -> Iterator[str]:
    """The breaches in a request body."""
    declared = operation.get("requestBody")
    if declared is None:
        return
    place = f"{place}.requestBody"
    content = mapping(resolve(spec, declared).get("content"))
    body = body_of(spec, operation)
    if not content:
        yield f"{place}: content is needed; declare its media type, or remove the body"
    elif body is None:
        yield f"{place}.content: {', '.join(content)} cannot be sent: offer {OFFERED}"
    elif body.form is Form.JSON and "application/json" not in body.media_type and "*" in body.media_type:
        yield f"{place}.content.{body.media_type}: the media type to send is needed: write application/json"
    elif body.form is Form.BYTES and "*" in body.media_type and body.media_type != "*/*":
        yield f"{place}.content.{body.media_type}: the media type to send is needed: name one, without *"
    elif body.form is Form.JSON:
        yield from _json_problems(spec, place, body.schema, binary)
    elif body.form in (Form.FORM, Form.MULTIPART):
        yield from _form_problems(spec, f"{place}.content.{body.media_type}", body, binary)


def _json_problems(spec: Node, place: str, schema: Any, binary: frozenset[int]) -> Iterator[str]:
    for inner, node in reached(spec, place, schema):
        if id(node) in binary and node.get("format") == "binary":
            yield f"{inner}: {place} carries it as JSON, which cannot carry binary data; use another schema there"


def reached(spec: Node, place: str, schema: Any) -> Iterator[tuple[str, Node]]:
    """Every schema that a value can have parts of, each once, with its place. References are followed."""
    waiting, seen = [(place, schema)], set[int]()
    while waiting:
        where, found = waiting.pop()
        node = mapping(found)
        if id(found) in seen or not node:
            continue
        seen.add(id(found))
        yield where, node
        if isinstance(node.get("$ref"), str):
            waiting.append((node["$ref"].removeprefix("#/").replace("/", "."), target_of(spec, node["$ref"])))
        waiting += [(f"{where}.{key}", node[key]) for key in ("items", "additionalProperties") if key in node]
        waiting += [(f"{where}.properties.{name}", part) for name, part in mapping(node.get("properties")).items()]
        for key in ("allOf", "anyOf", "oneOf", "prefixItems"):
            waiting += [(f"{where}.{key}[{index}]", part) for index, part in enumerate(sequence(node.get(key)))]


def _form_problems(spec: Node, place: str, body: WireBody, binary: frozenset[int]) -> Iterator[str]:
    fields = properties_of(spec, body.schema)
    if not fields:
        yield f"{place}.schema: a form is an object with properties: declare them"
    for name, schema in fields.items():
        if body.form is Form.MULTIPART and (is_binary(spec, schema) or is_list_of_binary(spec, schema)):
            if "binary" not in _formats(spec, schema):
                yield f"{place}.{name}: binary data is described as type: string, format: binary"
            continue
        if is_binary(spec, schema):
            yield f"{place}.{name}: a form cannot carry binary data: use multipart/form-data"
        elif body.form is Form.FORM and not _is_plain_or_list(spec, schema):
            yield f"{place}.{name}: a field of a form is a plain value or a list of plain values: use application/json"
        elif body.form is Form.MULTIPART:
            yield from _json_problems(spec, f"{place}.{name}", schema, binary)
    for name, node in body.encoding.items():
        yield from _encoding_problems(f"{place}.encoding.{name}", mapping(node), body.form)


def _encoding_problems(place: str, rules: Node, form: Form) -> Iterator[str]:
    media_type = str(rules.get("contentType", ""))
    if rules.get("headers"):
        yield f"{place}.headers: parts have no headers of their own: remove them"
    elif rules.get("style", "form") != "form" or rules.get("explode", True) is not True:
        yield f"{place}: a list is sent by repeating the name: style form, explode true"
    elif media_type and (form is Form.FORM or "," in media_type or "*" in media_type):
        yield f"{place}.contentType: one media type can be set, and only for a part of multipart/form-data"


def _formats(spec: Node, schema: Any) -> set[str]:
    options = [part for option in options_of(spec, schema) for part in (option, *options_of(spec, option.get("items")))]
    return {str(option.get("format")) for option in options}


def is_list_of_binary(spec: Node, schema: Any) -> bool:
    """Whether a schema is that of a list of binary data."""
    return any(
        option.get("type") == "array" and is_binary(spec, option.get("items")) for option in options_of(spec, schema)
    )


def binary_schemas(spec: Node) -> frozenset[int]:
    """The identities of the schemas of binary data outside JSON: whole bodies, and parts of a multipart body."""
    found: set[int] = set()
    for *_, operation in operations(spec):
        exchanges = [operation.get("requestBody"), *mapping(operation.get("responses")).values()]
        for media_type, medium in (
            pair for declared in exchanges for pair in mapping(resolve(spec, declared).get("content")).items()
        ):
            schema = mapping(medium).get("schema")
            form = form_of(spec, str(media_type), schema)
            whole = [schema] if form is Form.BYTES else []
            parts = properties_of(spec, schema).values() if form is Form.MULTIPART else whole
            for option in (option for part in parts for option in options_of(spec, part)):
                found |= {id(option), *(id(item) for item in options_of(spec, option.get("items")))}
    return frozenset(found)


def _is_plain_or_list(spec: Node, schema: Any) -> bool:
    kinds = kinds_of(spec, schema)
    if kinds == {"array"}:
        return all(
            not kinds_of(spec, option.get("items")) & set(STRUCTURED)
            for option in options_of(spec, schema)
            if option.get("items")
        )
    return not kinds & set(STRUCTURED)


def response_problems(spec: Node, place: str, operation: Node, method: str, binary: frozenset[int]) -> Iterator[str]:
    """The breaches in the responses to success."""
    place = f"{place}.responses"
    found = responses_of(spec, operation, method)
    read = [response for response in found if response is not None]
    if not found:
        yield f"{place}: a 2xx response is needed: declare what the operation returns"
    for response in read:
        if response.form in UNREADABLE or response.form in (Form.FORM, Form.MULTIPART):
            offered = "offer application/json, text or binary data"
            yield f"{place}.{response.status}: {response.accept} cannot be read: {offered}"
        elif response.form is Form.JSON:
            yield from _json_problems(spec, f"{place}.{response.status}", response.schema, binary)
    if len({(response.form, repr(response.schema)) for response in read}) > 1:
        yield f"{place}: the 2xx responses differ: a method returns one type; give them one schema"
