"""tools/spec/shape.py: a part of a document that is of the wrong kind is refused, with its place."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from spec.shape import shape_problems

SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {},
    "tags": [{"name": "t"}],
    "paths": {
        "/a": {
            "parameters": [{"$ref": "#/components/parameters/P"}],
            "get": {"responses": {"200": {"description": "d"}}, "parameters": [], "tags": []},
        },
        "/b": {"$ref": "#/components/pathItems/B"},
    },
    "components": {
        "pathItems": {"B": {"get": {}}},
        "parameters": {"P": {"name": "p"}},
        "schemas": {
            "A": {"type": "object", "required": ["x"], "properties": {"x": {"enum": ["a"]}, "$ref": {}, "y": True}},
            "Anything": True,
        },
    },
}


def test_right_document_has_no_problem() -> None:
    """A document whose parts are of the right kinds has no problem, also with a field that is called `$ref`."""
    assert list(shape_problems(SPEC)) == []


@pytest.mark.parametrize(
    ("way", "value", "line"),
    [
        (("paths",), [], "paths: a mapping is needed, found a list"),
        (("tags",), 5, "tags: a list is needed, found 5"),
        (("tags", 0), "t", "tags[0]: a mapping is needed, found a text"),
        (("components",), None, "components: a mapping is needed, found nothing"),
        (("components", "schemas"), True, "components.schemas: a mapping is needed, found true"),
        (("components", "schemas", "A"), "x", "components.schemas.A: a mapping is needed, found a text"),
        (("components", "parameters", "P"), [], "components.parameters.P: a mapping is needed, found a list"),
        (
            ("components", "schemas", "A", "required"),
            {},
            "components.schemas.A.required: a list is needed, found a mapping",
        ),
        (
            ("components", "schemas", "A", "properties"),
            [],
            "components.schemas.A.properties: a mapping is needed, found a list",
        ),
        (
            ("components", "schemas", "A", "properties", "x"),
            "string",
            "components.schemas.A.properties.x: a mapping is needed, found a text",
        ),
        (
            ("components", "schemas", "A", "properties", "x", "enum"),
            "a",
            "components.schemas.A.properties.x.enum: a list is needed, found a text",
        ),
        (("components", "schemas", "A", "type"), {}, "components.schemas.A.type: a text is needed, found a mapping"),
        (("components", "schemas", "A", "type"), ["object", 5], "components.schemas.A.type: a text is needed, found 5"),
        (
            ("components", "schemas", "A", "minimum"),
            [],
            "components.schemas.A.minimum: a number is needed, found a list",
        ),
        (("components", "schemas", "A", "pattern"), 5, "components.schemas.A.pattern: a text is needed, found 5"),
        (
            ("components", "schemas", "A", "properties", 1),
            {},
            "components.schemas.A.properties.1: a text is needed as the name: put it in quotes",
        ),
        (("components", "schemas", 404), {}, "components.schemas.404: a text is needed as the name: put it in quotes"),
        (("paths", "/a"), "x", "paths./a: a mapping is needed, found a text"),
        (("paths", "/a", "get"), "x", "paths./a.get: a mapping is needed, found a text"),
        (("paths", "/a", "get", "responses"), [], "paths./a.get.responses: a mapping is needed, found a list"),
        (
            ("paths", "/a", "get", "responses", "200"),
            "done",
            "paths./a.get.responses.200: a mapping is needed, found a text",
        ),
        (("paths", "/a", "get", "tags"), "t", "paths./a.get.tags: a list is needed, found a text"),
        (("paths", "/a", "parameters", 0), "p", "paths./a.parameters[0]: a mapping is needed, found a text"),
        (("paths", "/a", "parameters", 0, "$ref"), 5, "paths./a.parameters[0].$ref: a text is needed, found 5"),
        (("paths", "/b", "$ref"), "#/paths/~1b", "paths./b: $ref leads back to itself"),
    ],
)
def test_part_of_the_wrong_kind_is_named(way: tuple[str | int, ...], value: object, line: str) -> None:
    """A part of the wrong kind is one line with its place, what is needed and what was found."""
    spec = copy.deepcopy(SPEC)
    node: Any = spec
    for step in way[:-1]:
        node = node[step]
    node[way[-1]] = value
    assert line in list(shape_problems(spec))
