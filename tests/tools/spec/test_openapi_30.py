"""tools/spec/openapi_30.py: a document of OpenAPI 3.0 is rewritten in 3.1 without a change of its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given
from jsonschema import Draft4Validator, Draft202012Validator, validators

from spec.lint import problems_of
from spec.openapi_30 import in_31

Schema = dict[str, Any]

NAMED: dict[str, Schema] = {
    "Word": {"type": "string", "minLength": 2},
    "Spare": {"type": "integer", "nullable": True},
    "Pair": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "nullable": True}}},
}


def document(schemas: dict[str, Schema], **more: Any) -> Schema:
    """A document of OpenAPI 3.0 with these schemas."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
        **more,
    }


def rewritten(schema: Schema) -> Schema:
    """The schema in OpenAPI 3.1."""
    result, problems = in_31(document({"It": schema}))
    assert problems == []
    found: Schema = result["components"]["schemas"]["It"]
    return found


def refused(schema: Schema) -> list[str]:
    """What is said of a schema that cannot be rewritten."""
    return in_31(document({"It": schema}))[1]


def or_null(check: Any) -> Any:
    """A check of a keyword that leaves null alone where the schema is nullable."""

    def checked(validator: Any, value: Any, instance: Any, schema: Schema) -> Iterator[Any]:
        if not (instance is None and schema.get("nullable")):
            yield from check(validator, value, instance, schema) or ()

    return checked


# OpenAPI 3.0 takes its schemas from JSON Schema's Draft 4 (Wright 00), with `nullable` in place of the type null.
Older: Any = validators.extend(
    Draft4Validator,
    {name: or_null(check) for name, check in Draft4Validator.VALIDATORS.items()},
    type_checker=Draft202012Validator.TYPE_CHECKER,
)


def accepted_by_30(schema: Schema, value: Any) -> bool:
    """Whether a schema of OpenAPI 3.0 accepts the value."""
    parts = {"schemas": {**NAMED, "It": schema}}
    return bool(Older({"$ref": "#/components/schemas/It", "components": parts}).is_valid(value))


def accepted_by_31(schema: Schema, value: Any) -> bool:
    """Whether the rewritten schema accepts the value."""
    result, problems = in_31(document({**NAMED, "It": schema}))
    assert problems == []
    whole = {"$ref": "#/components/schemas/It", "components": result["components"]}
    return Draft202012Validator(whole).is_valid(value)


LIMITS = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "number"])},
    optional={
        "minimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "exclusiveMinimum": st.booleans(),
        "exclusiveMaximum": st.booleans(),
        "nullable": st.booleans(),
    },
)
LEAVES = st.one_of(
    LIMITS,
    st.fixed_dictionaries({"type": st.just("string")}, optional={"nullable": st.booleans(), "maxLength": st.just(1)}),
    st.fixed_dictionaries(
        {"enum": st.lists(st.sampled_from(["a", "b", None]), min_size=1, unique=True)},
        optional={"type": st.just("string"), "nullable": st.booleans()},
    ),
    st.fixed_dictionaries({}, optional={"nullable": st.booleans(), "description": st.just("Anything.")}),
    st.fixed_dictionaries(
        {"$ref": st.sampled_from([f"#/components/schemas/{name}" for name in NAMED])},
        optional={"nullable": st.booleans(), "description": st.just("Another."), "x-note": st.just(1)},
    ),
)


def holders(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    """Schemas that have others inside them."""
    nullable = {"nullable": st.booleans(), "description": st.just("Several.")}
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional=nullable),
        st.fixed_dictionaries(
            {"properties": st.fixed_dictionaries({}, optional={"a": inner, "nullable": inner})},
            optional={
                **nullable,
                "type": st.just("object"),
                "required": st.just(["a"]),
                "additionalProperties": inner | st.booleans(),
            },
        ),
        *(
            st.fixed_dictionaries({key: several}, optional={**nullable, "type": st.sampled_from(["object", "string"])})
            for key in ("allOf", "anyOf", "oneOf")
        ),
        st.fixed_dictionaries({"not": inner}, optional=nullable),
    )


SCHEMAS = st.recursive(LEAVES, holders, max_leaves=6)
VALUES = st.recursive(
    st.sampled_from([None, True, "", "a", "b", "abc", -2, -1, 0, 0.5, 1, 2]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "nullable", "c"]), inner),
    max_leaves=4,
)


@given(SCHEMAS, VALUES)
def test_a_rewritten_schema_accepts_the_same_values(schema: Schema, value: Any) -> None:
    """A schema of OpenAPI 3.0 accepts a value exactly if the rewritten schema accepts it in 3.1."""
    assert accepted_by_31(schema, value) == accepted_by_30(schema, value)
    assert accepted_by_31(schema, None) == accepted_by_30(schema, None)


WORD, NULL = {"$ref": "#/components/schemas/Word"}, {"type": "null"}
REWRITTEN: dict[str, tuple[Schema, Schema]] = {
    "a type": ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
    "no null": ({"type": "string", "nullable": False}, {"type": "string"}),
    "any value": ({"nullable": True}, {}),
    "a $ref": ({**WORD, "nullable": True, "description": "d"}, {"anyOf": [WORD, NULL], "description": "d"}),
    "a $ref in allOf": ({"allOf": [WORD], "nullable": True, "default": None}, {"anyOf": [WORD, NULL], "default": None}),
    "several in allOf": ({"allOf": [WORD, WORD], "nullable": True}, {"anyOf": [{"allOf": [WORD, WORD]}, NULL]}),
    "anyOf": ({"anyOf": [WORD, {"type": "integer"}], "nullable": True}, {"anyOf": [WORD, {"type": "integer"}, NULL]}),
    "oneOf": ({"oneOf": [WORD], "nullable": True}, {"anyOf": [{"oneOf": [WORD]}, NULL]}),
    "an enum": ({"type": "string", "enum": ["a"], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
    "an enum without a type": ({"enum": ["a", None], "nullable": True}, {"enum": ["a", None]}),
    "an excluded limit": ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
    "an included limit": ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
    "a mark without a limit": ({"exclusiveMaximum": True}, {}),
    "bytes": ({"type": "string", "format": "byte", "example": "aGk="},) * 2,
    "a file": ({"type": "string", "format": "binary"},) * 2,
    "a value that looks like a schema": ({"type": "object", "default": {"nullable": True}},) * 2,
    "a field with the name of a keyword": (
        {"properties": {"nullable": {"type": "string", "nullable": True}}},
        {"properties": {"nullable": {"type": ["string", "null"]}}},
    ),
    "any value in a map": ({"type": "object", "additionalProperties": True},) * 2,
}


@pytest.mark.parametrize(("older", "newer"), REWRITTEN.values(), ids=REWRITTEN)
def test_a_schema_is_rewritten(older: Schema, newer: Schema) -> None:
    """A schema of OpenAPI 3.0 is rewritten in the words of 3.1."""
    assert rewritten(older) == newer


REFUSED: dict[str, tuple[Schema, str]] = {
    "a keyword of 3.1": ({"const": "a"}, ".const: is of OpenAPI 3.1, and 3.0 is declared: declare openapi: 3.1.0"),
    "a list of types": ({"type": ["string", "null"]}, ".type: null and lists of types are of OpenAPI 3.1"),
    "the type null": ({"type": "null"}, ".type: null and lists of types are of OpenAPI 3.1"),
    "a limit as the mark": ({"exclusiveMinimum": 1}, ".exclusiveMinimum: true or false is needed in OpenAPI 3.0"),
    "a word for nullable": ({"nullable": "yes"}, ".nullable: true or false is needed in OpenAPI 3.0, found yes"),
    "a rule beside $ref": ({**WORD, "maxLength": 3}, ".maxLength: OpenAPI 3.0 ignores what stands beside $ref: move"),
}


@pytest.mark.parametrize(("schema", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_of_30_is_refused_in_one_line(schema: Schema, said: str) -> None:
    """A schema with what OpenAPI 3.0 does not have, or ignores, is refused in one line with its place."""
    (line,) = refused({"type": "array", "items": schema})
    assert line.startswith(f"components.schemas.It.items{said}")


def test_every_schema_of_a_document_is_rewritten() -> None:
    """The schemas of parameters, headers, bodies and responses are rewritten, in components and in operations."""
    older, newer = {"type": "string", "nullable": True}, {"type": ["string", "null"]}

    def parts(schema: Schema) -> Schema:
        media = {"application/json": {"schema": schema, "example": {"schema": {"nullable": True}}}}
        parameter = {"name": "schema", "in": "query", "schema": schema}
        response = {"description": "d", "headers": {"schema": {"schema": schema}}, "content": media}
        operation = {"parameters": [parameter], "requestBody": {"content": media}, "responses": {"200": response}}
        return {
            "paths": {"/a": {"parameters": [parameter], "post": operation}},
            "components": {
                "schemas": {"schema": schema},
                "parameters": {"schema": parameter},
                "responses": {"schema": response},
            },
            "x-notes": {"schema": {"nullable": True}},
        }

    result, problems = in_31(document({}, **parts(older)))
    assert problems == []
    assert result == document({}, **parts(newer)) | {"openapi": "3.1.0"}
    assert problems_of({**result, "paths": {}, "components": {}}) == []


@pytest.mark.parametrize(
    "changed",
    [{"openapi": "3.1.0"}, {"openapi": "2.0"}, {"openapi": 3.0}, {"x-deep": [[]]}],
    ids=["3.1", "2.0", "a number", "too deep"],
)
def test_another_document_is_left_as_it_is(changed: Schema) -> None:
    """A document of another version, or one that is nested too deeply, comes back unchanged."""
    for _ in range(101 if "x-deep" in changed else 0):
        changed = {"x-deep": changed}
    given_document = document({"It": {"type": "string", "nullable": True}}) | changed
    assert in_31(given_document) == (given_document, [])


@pytest.mark.parametrize("wrong", [[], "text", None, 1])
def test_what_is_no_schema_is_left_to_the_other_rules(wrong: object) -> None:
    """A part that is no mapping where a schema is needed comes back as it is."""
    schemas: Any = {"It": wrong, "Holder": {"properties": wrong, "anyOf": wrong, "items": wrong}}
    result, problems = in_31(document(schemas) | {"paths": wrong})
    assert (result["components"]["schemas"], result["paths"], problems) == (schemas, wrong, [])
    assert in_31(document({}) | {"components": {"schemas": wrong}})[0]["components"] == {"schemas": wrong}
