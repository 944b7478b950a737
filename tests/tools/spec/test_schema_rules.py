"""tools/spec/schema_rules.py: a schema of which no right class comes is refused in one line with its place."""

from __future__ import annotations

from typing import Any

import pytest

from spec.schema_rules import schema_problems

Spec = dict[str, Any]

TEXT = {"type": "string"}
A = {"type": "object", "properties": {"a": TEXT}}
B = {"type": "object", "properties": {"b": TEXT}}
TAGGED = [{"type": "object", "properties": {"t": {"const": value}, "a": TEXT}} for value in ("x", "y")]


def ref(name: str) -> Spec:
    """A reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def problems(**schemas: Any) -> list[str]:
    """What is wrong with a spec of these schemas."""
    return list(schema_problems({"openapi": "3.1.0", "paths": {}, "components": {"schemas": schemas}}))


def field(schema: Any, **keywords: Any) -> Spec:
    """A schema with one field."""
    return {"type": "object", "properties": {"word": schema}, **keywords}


WORD = "components.schemas.Thing.properties.word"
THING = "components.schemas.Thing"
REFUSED: dict[str, tuple[Any, str]] = {
    "two fields of one name": (
        {"type": "object", "properties": {"x": TEXT, "X": TEXT}},
        f"{THING}.properties.X: x and X both become x: give one of them x-python-name",
    ),
    "an inherited field of the same name": (
        {"allOf": [{"type": "object", "properties": {"x": TEXT}}], "properties": {"X": TEXT}},
        f"{THING}.properties.X: x and X both become x",
    ),
    "a chosen name that is a keyword": (field({**TEXT, "x-python-name": "class"}), f"{WORD}: becomes no attribute"),
    "a chosen name that is taken": (field({**TEXT, "x-python-name": "to_dict"}), f"{WORD}: to_dict is taken"),
    "a chosen name that is private": (field({**TEXT, "x-python-name": "_x"}), f"{WORD}: becomes no attribute"),
    "a requirement that is no property": (
        field(TEXT, required=["wrod"]),
        f"{THING}.required: wrod is none of the properties: declare it",
    ),
    "not": (field({"not": TEXT}), f"{WORD}.not: `not` has no type in Python"),
    "not with an enum": (field({**TEXT, "not": {"enum": ["a"]}}), f"{WORD}.not: `not` has no type in Python"),
    "patternProperties": (field({"patternProperties": {}}), f"{WORD}.patternProperties: values by a pattern"),
    "a type that is none": (field({"type": "file"}), f"{WORD}.type: file is no type of JSON"),
    "nullable": (field({**TEXT, "nullable": True}), f"{WORD}.nullable: is of OpenAPI 3.0"),
    "an old exclusive limit": (field({"type": "integer", "exclusiveMinimum": True}), f"{WORD}.exclusiveMinimum: is a"),
    "a reference into a schema": (
        {"type": "object", "properties": {"a": TEXT, "word": ref("Thing/properties/a")}},
        f"{WORD}: $ref #/components/schemas/Thing/properties/a points to no named schema",
    ),
    "untagged objects": (field({"oneOf": [A, B]}), f"{WORD}.oneOf: nothing tells these objects apart"),
    "an object and a map": (field({"anyOf": [A, {"type": "object"}]}), f"{WORD}.anyOf: nothing tells an object with"),
    "tagged objects and another": (
        field({"oneOf": [*TAGGED, B]}),
        f"{WORD}.oneOf: nothing tells these objects apart",
    ),
    "a discriminator of nameless objects": (
        field({"oneOf": [A, B], "discriminator": {"propertyName": "a"}}),
        f"{WORD}.oneOf: an object has no value of a: name it under components.schemas",
    ),
    "a choice between rules": (
        {**A, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        f"{THING}.anyOf: a choice between rules (required) has no type in Python",
    ),
    "an empty choice": ({"oneOf": []}, f"{THING}.oneOf: at least one schema is needed"),
    "fields beside a choice": ({**A, "oneOf": [A, B]}, f"{THING}.oneOf: properties stands beside a choice"),
    "two choices": ({"oneOf": [TEXT], "anyOf": [TEXT]}, f"{THING}: anyOf stands beside oneOf"),
    "a choice among the included": (
        {"allOf": [A, {"oneOf": [A, B], "discriminator": {"propertyName": "t"}}]},
        f"{THING}.allOf: a choice cannot be combined",
    ),
    "types that exclude each other": (
        {"allOf": [TEXT, {"type": "integer"}]},
        f"{THING}.allOf: a value cannot be integer and string at once",
    ),
    "a discriminator without a field": (
        {"oneOf": [TEXT], "discriminator": {}},
        f"{THING}.discriminator: propertyName is missing",
    ),
    "a discriminator of nothing": (
        {"oneOf": [TEXT], "discriminator": {"propertyName": "a", "mapping": {"x": "Nowhere"}}},
        f"{THING}.discriminator.mapping.x: Nowhere is no named schema",
    ),
    "itself": ({"allOf": [ref("Thing"), A]}, f"{THING}: is made of itself"),
    "binary data": (field({"format": "binary"}), f"{WORD}.format: JSON cannot carry binary data"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_breach_is_one_line(case: str) -> None:
    """A schema without a right class is refused in one line that begins with its place."""
    schema, line = REFUSED[case]
    found = [each for each in problems(Thing=schema) if each.startswith(line)]
    assert len(found) == 1, problems(Thing=schema)
    assert len(problems(Thing=schema)) == 1 or case == "a choice among the included"


@pytest.mark.parametrize(
    ("schemas", "line"),
    [
        ({"Thing": A, "thing": B}, "components.schemas.thing: Thing and thing both become Thing: give one of them"),
        ({"HTTPError": A, "HttpError": B}, "components.schemas.HttpError: becomes the same module as HTTPError"),
        (
            {"Thing": {"allOf": [field(TEXT), {"properties": {"Word": TEXT}}]}},
            "components.schemas.Thing.properties.Word: word and Word both become word: give one of them x-python-name",
        ),
        (
            {"Thing": {**A, "x-python-name": "class"}},
            "components.schemas.Thing: becomes no class: give it x-python-name",
        ),
        (
            {"Left": {"anyOf": [ref("Right"), TEXT]}, "Right": {"anyOf": [ref("Left")]}},
            "components.schemas.Left: is made of itself: hold it in a field",
        ),
        (
            {
                "Pet": {"oneOf": [ref("A"), ref("B")]},
                "A": A,
                "B": B,
                "Holder": field({"anyOf": [ref("Pet"), {"type": "null"}]}),
            },
            "components.schemas.Pet.oneOf: nothing tells these objects apart",
        ),
        (
            {
                "Pet": {
                    "oneOf": [ref("A"), ref("B")],
                    "discriminator": {"propertyName": "t", "mapping": {"x": "A", "B": "A"}},
                },
                "A": A,
                "B": B,
            },
            "components.schemas.Pet.oneOf: two objects have the same value of t: give each its own",
        ),
        (
            {
                "One": {"oneOf": [ref("A"), ref("B")], "discriminator": {"propertyName": "t"}},
                "Two": {"oneOf": [ref("One"), ref("A")], "discriminator": {"propertyName": "u"}},
                "A": A,
                "B": B,
            },
            "components.schemas.Two.oneOf: its discriminators name different fields: use one",
        ),
    ],
)
def test_a_breach_of_several_schemas_is_one_line(schemas: dict[str, Any], line: str) -> None:
    """A breach between schemas is refused in one line, at the schema that has to change."""
    (found,) = problems(**schemas)
    assert found.startswith(line)


@pytest.mark.parametrize(
    "schemas",
    [
        {"lower": A, "two-words": B, "a/b": A, "Operation": A},
        {"Thing": field(TEXT, additionalProperties=TEXT)},
        {"Thing": {"type": "object", "properties": dict.fromkeys(("class", "foo-bar", "1st", "_x", "self", ""), TEXT)}},
        {"Thing": field({**TEXT, "not": {"pattern": "x"}})},
        {"Thing": field({"oneOf": TAGGED})},
        {"Thing": field(ref("Thing"))},
        {"Thing": {"type": "array", "items": ref("Thing")}},
        {"Thing": {"type": "object", "required": ["a"], "properties": {"a": {"type": ["string", "null"]}}}},
        {"Thing": {"allOf": [A, {"required": ["a"]}]}},
        {"Thing": {"allOf": [{"type": ["string", "null"]}, {"maxLength": 5}]}},
    ],
)
def test_a_right_schema_is_accepted(schemas: dict[str, Any]) -> None:
    """A schema that has a class is not refused, whatever its names."""
    assert problems(**schemas) == []
