"""How openapi.yaml differs from what the upstream SDK has, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from spec.navigate import JSON, Node, mapping, operations, resolve, sequence
from upstream.release import Field, Operation, Release

# The part of upstream's API that openapi.yaml describes: sessions with all that is theirs, and the session of a job.
PATHS = re.compile(r"/session\w*/.*|/production_jobs/\{\w+\}/session")
MODELS = re.compile(r"(Create|Update|Start|Terminate)?Session.*")
PRIMITIVES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "object"}


class Difference(NamedTuple):
    """One difference.

    Attributes:
        place: the model, field, value or operation that differs: `Session.state`.
        kind: `lacks`, `beyond`, `type`, `required`, `default`, `request` or `response`.
        words: the difference in a sentence.
    """

    place: str
    kind: str
    words: str


def differences(spec: Node, releases: Sequence[Release]) -> Iterator[Difference]:
    """The differences between a spec and these releases; a class is compared with the first release that has it."""
    schemas = mapping(mapping(spec.get("components")).get("schemas"))
    for name, schema in schemas.items():
        yield from _class_differences(spec, name, mapping(schema), releases)
    for name in dict.fromkeys(name for release in releases for name in (*release.models, *release.enums)):
        if MODELS.fullmatch(name) and name not in schemas:
            yield Difference(name, "lacks", f"openapi.yaml lacks {name}, which {_owner(releases, name)} has")
    yield from _operation_differences(spec, releases)


def _class_differences(spec: Node, name: str, schema: Node, releases: Sequence[Release]) -> Iterator[Difference]:
    for release in releases:
        if name in release.enums:
            ours, theirs = map(str, sequence(schema.get("enum"))), map(str, release.enums[name])
            yield from _membership(name, "value", list(ours), dict.fromkeys(theirs, ""), release)
            return
        if name in release.models:
            yield from _field_differences(spec, name, schema, release)
            return
    if "enum" in schema or "properties" in schema:  # upstream has no class for a text with a limit
        yield Difference(name, "beyond", f"openapi.yaml has {name}, which upstream does not have")


def _field_differences(spec: Node, name: str, schema: Node, release: Release) -> Iterator[Difference]:
    ours, theirs = mapping(schema.get("properties")), release.models[name]
    yield from _membership(name, "field", list(ours), {field: _words(theirs[field]) for field in theirs}, release)
    required = sequence(schema.get("required"))
    for field, property_ in ours.items():
        if field not in theirs:
            continue
        node, place = mapping(property_), f"{name}.{field}"
        our = Field(_type_of(spec, node), field in required, node.get("default"))
        for kind, here, there in (
            ("type", our.type, theirs[field].type),
            ("required", _presence(our), _presence(theirs[field])),
            ("default", json.dumps(our.default), json.dumps(theirs[field].default)),
        ):
            if here != there:
                words = f"openapi.yaml has the {kind} of {place} as {here}; anyscale {release.version} has {there}"
                if kind == "required":
                    words = f"openapi.yaml has {place} as {here}; anyscale {release.version} has it as {there}"
                yield Difference(place, kind, words)


def _membership(
    name: str, noun: str, ours: list[str], theirs: dict[str, str], release: Release
) -> Iterator[Difference]:
    for member, words in theirs.items():
        if member not in ours:
            what = f"the {noun} {name}.{member}" + (f" ({words})" if words else "")
            yield Difference(
                f"{name}.{member}", "lacks", f"openapi.yaml lacks {what}, which anyscale {release.version} has"
            )
    for member in ours:
        if member not in theirs:
            words = f"openapi.yaml has the {noun} {name}.{member}, which anyscale {release.version} does not have"
            yield Difference(f"{name}.{member}", "beyond", words)


def _operation_differences(spec: Node, releases: Sequence[Release]) -> Iterator[Difference]:
    ours = {
        str(operation.get("operationId")): _operation_of(spec, path, method, operation)
        for _, path, method, operation in operations(spec)
    }
    theirs: dict[str, tuple[Release, Operation]] = {}
    for release in releases:
        for name, operation in release.operations.items():
            if PATHS.fullmatch(operation.path):
                theirs.setdefault(name, (release, operation))
    for name, (release, operation) in theirs.items():
        version = f"anyscale {release.version}"
        if name not in ours:
            words = (
                f"openapi.yaml lacks the operation {name} ({operation.method} {operation.path}), which {version} has"
            )
            yield Difference(name, "lacks", words)
            continue
        for kind, here, there in (
            ("request", _request(ours[name]), _request(operation)),
            ("response", ours[name].response, operation.response),
        ):
            if here != there:
                yield Difference(name, kind, f"openapi.yaml has the {kind} of {name} as {here}; {version} has {there}")
    for name in ours:
        if name not in theirs:
            yield Difference(name, "beyond", f"openapi.yaml has the operation {name}, which upstream does not have")


def _operation_of(spec: Node, path: str, method: str, operation: Node) -> Operation:
    parameters = [resolve(spec, parameter) for parameter in sequence(operation.get("parameters"))]
    body = _name_of(resolve(spec, operation.get("requestBody")))
    success = next(
        (node for status, node in mapping(operation.get("responses")).items() if str(status).startswith("2")), None
    )
    body_argument = re.sub(r"(?<!^)(?=[A-Z])", "_", body).lower() if body else None
    required = {str(parameter["name"]) for parameter in parameters if parameter.get("required")}
    return Operation(
        method=method.upper(),
        path=path,
        path_parameters=tuple(str(part["name"]) for part in parameters if part["in"] == "path"),
        query_parameters=tuple(str(part["name"]) for part in parameters if part["in"] == "query"),
        required=frozenset(required | ({body_argument} if body_argument else set())),
        body=body_argument,
        response=_name_of(resolve(spec, success)),
    )


def _name_of(exchange: Node) -> str | None:
    reference = mapping(mapping(mapping(exchange.get("content")).get(JSON)).get("schema")).get("$ref")
    return str(reference).rpartition("/")[2] if reference else None


def _request(operation: Operation) -> str:
    names = [*operation.path_parameters, *operation.query_parameters, *([operation.body] if operation.body else [])]
    marked = [name if name in operation.required else f"[{name}]" for name in names]
    return f"{operation.method} {operation.path} ({', '.join(marked)})"


def _owner(releases: Sequence[Release], name: str) -> str:
    return next(f"anyscale {release.version}" for release in releases if name in {*release.models, *release.enums})


def _words(field: Field) -> str:
    return f"{field.type}, {_presence(field)}" + ("" if field.default is None else f", default {field.default!r}")


def _presence(field: Field) -> str:
    return "required" if field.is_required else "optional"


def _type_of(spec: Node, schema: Node) -> str:
    """The type as upstream writes it."""
    if "$ref" in schema:
        target = resolve(spec, schema)
        is_class = "enum" in target or "properties" in target or target.get("type") == "object"
        return str(schema["$ref"]).rpartition("/")[2] if is_class else _type_of(spec, target)
    options = [part for part in sequence(schema.get("anyOf")) if mapping(part).get("type") != "null"]
    if options:
        return " | ".join(_type_of(spec, mapping(part)) for part in options)
    kinds = schema.get("type")
    kind = next((str(kind) for kind in (sequence(kinds) or [kinds]) if kind not in ("null", None)), "object")
    if kind == "array":
        return f"list[{_type_of(spec, mapping(schema.get('items')))}]"
    return "datetime" if schema.get("format") == "date-time" else PRIMITIVES.get(kind, kind)
