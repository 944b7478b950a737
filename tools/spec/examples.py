"""Valid values for schemas and valid calls of operations, made from the spec, for tests that must know all of them.

Only what is required is given. A pattern is not solved: a schema with one needs an `example`, a default or an enum.
"""

from __future__ import annotations

from typing import Any

from spec.navigate import JSON, Node, mapping, operations, properties_of, required_of, resolve, sequence

TEXTS = {"date-time": "2026-01-31T12:00:00Z", "date": "2026-01-31", "uuid": "123e4567-e89b-42d3-a456-426614174000"}


def example_of(spec: Node, schema: object) -> Any:
    """The simplest value that the schema allows, as plain data."""
    node = resolve(spec, schema)
    for key in ("const", "example", "default"):
        if key in node:
            return node[key]
    if "enum" in node:
        return sequence(node["enum"])[0]
    for key in ("anyOf", "oneOf"):
        if key in node:
            return example_of(spec, sequence(node[key])[0])
    fields = properties_of(spec, node)
    if fields:
        return {name: example_of(spec, fields[name]) for name in required_of(spec, node)}
    return _plain_example(spec, node)


def values_of(spec: Node, schema: object) -> list[Any]:
    """Some values that the schema allows: all of an enum, else an example."""
    return sequence(resolve(spec, schema).get("enum")) or [example_of(spec, schema)]


def _plain_example(spec: Node, node: Node) -> Any:
    kinds: object = node.get("type")
    match next(iter(sequence(kinds)), kinds):
        case "string":
            text = TEXTS.get(str(node.get("format")), "x1")
            return text.ljust(int(node.get("minLength", 0)), "x")
        case "integer" | "number":
            return node.get("minimum", 1)
        case "boolean":
            return True
        case "array":
            return [example_of(spec, node.get("items"))] * int(node.get("minItems", 0))
        case "null":
            return None
        case _:
            return {}


def operation_named(spec: Node, operation_id: str) -> Node:
    """The operation, with the parameters of its path among its own."""
    return next(node for *_, node in operations(spec) if node.get("operationId") == operation_id)


def arguments_of(spec: Node, operation_id: str, models: object) -> tuple[Any, ...]:
    """Valid positional arguments of a client's method: path parameters, the body as its class in `models`, query."""
    declared = [resolve(spec, node) for node in operation_named(spec, operation_id)["parameters"]]
    paths = [node for node in declared if node["in"] == "path"]
    queries = [node for node in declared if node["in"] == "query" and node.get("required")]
    body = body_of(spec, operation_id)
    bodies = [getattr(models, body[0]).from_dict(body[1])] if body else []
    return (
        *(_argument(spec, node) for node in paths),
        *bodies,
        *(_argument(spec, node) for node in queries),
    )


def _argument(spec: Node, parameter: Node) -> Any:
    return parameter["example"] if "example" in parameter else example_of(spec, parameter.get("schema"))


def body_of(spec: Node, operation_id: str) -> tuple[str, Any] | None:
    """The name of the model that an operation sends as JSON, and a valid value; nothing without such a body."""
    content = mapping(resolve(spec, operation_named(spec, operation_id).get("requestBody")).get("content"))
    schema = mapping(content.get(JSON)).get("schema")
    reference = mapping(schema).get("$ref")
    return (str(reference).rpartition("/")[2], example_of(spec, schema)) if reference else None
