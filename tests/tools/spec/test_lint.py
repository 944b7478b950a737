"""tools/spec/lint.py: what would be dropped, renamed or misread by the generator is refused with one line."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codegen.generator_input import for_the_generator
from spec import lint as spec_rules
from spec.navigate import properties_of, resolve

Spec = dict[str, Any]

TEXT = {"type": "string"}
IN_NEW = "paths./new/{new_id}.post"


def reference(name: str) -> Spec:
    """A `$ref` to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def json(schema: Spec) -> Spec:
    """The content of a request or a response."""
    return {"application/json": {"schema": schema}}


def put(*keys: str, value: object) -> Callable[[Spec], None]:
    """A change of the spec: set a value, found by its keys."""

    def change(spec: Spec) -> None:
        node = spec
        for key in keys[:-1]:
            node = node.setdefault(key, {})
        node[keys[-1]] = copy.deepcopy(value)

    return change


def drop(*keys: str) -> Callable[[Spec], None]:
    """A change of the spec: remove what is found by these keys."""

    def change(spec: Spec) -> None:
        node = spec
        for key in keys[:-1]:
            node = node[key]
        del node[keys[-1]]

    return change


def schema(name: str, **keywords: object) -> Callable[[Spec], None]:
    """A change of the spec: another schema."""
    return put("components", "schemas", name, value=keywords)


def field(name: str, schema: Spec, **keywords: object) -> Callable[[Spec], None]:
    """A change of the spec: a schema of one property."""
    return put("components", "schemas", "Thing", value={"type": "object", "properties": {name: schema}, **keywords})


def operation(path: str = "/new/{new_id}", **keywords: object) -> Callable[[Spec], None]:
    """A change of the spec: another operation, which is right but for these keywords."""
    parts: Spec = {
        "operationId": "post_new",
        "tags": ["new"],
        "parameters": [{"name": "new_id", "in": "path", "required": True, "schema": TEXT}],
        "responses": {"200": {"description": "Done.", "content": json(reference("SessionResponse"))}},
    }
    return put("paths", path, "post", value=parts | keywords)


def parameter(
    name: str = "word", where: str = "query", schema: object = TEXT, **keywords: object
) -> Callable[[Spec], None]:
    """A change of the spec: an operation with another parameter."""
    declared = [
        {"name": "new_id", "in": "path", "required": True, "schema": TEXT},
        {"name": name, "in": where, **({"schema": schema} if schema else {}), **keywords},
    ]
    return operation(parameters=declared)


def body(schema: Spec, **keywords: object) -> Callable[[Spec], None]:
    """A change of the spec: an operation with this body."""
    return operation(requestBody={"required": True, "content": json(schema), **keywords})


def responses(**by_status: object) -> Callable[[Spec], None]:
    """A change of the spec: an operation with these responses."""
    return operation(responses={status.removeprefix("_"): response for status, response in by_status.items()})


def deep(levels: int) -> Spec:
    """A list of lists of this depth."""
    schema: Spec = TEXT
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return schema


REFUSED = {
    "no version of OpenAPI": (drop("openapi"), "not an OpenAPI document"),
    "Swagger": (put("openapi", value="2.0"), "openapi: 2.0 is declared; write the spec in OpenAPI 3.0 or 3.1"),
    "a number for a version": (put("openapi", value=3.1), "openapi: 3.1 is declared"),
    "no info": (drop("info"), "info: a mapping is needed"),
    "no paths": (put("paths", value=[]), "paths: a mapping is needed"),
    "a version that is a number": (put("info", "version", value=1.0), "info.version: a string is needed"),
    "a date without quotes": (
        field("day", {"type": "string", "default": date(2024, 1, 31)}),
        "components.schemas.Thing.properties.day.default: 2024-01-31 is no value of JSON: put it in quotes",
    ),
    "a date as a key": (
        put("components", "examples", "Day", value={date(2024, 1, 31): 1}),
        "components.examples.Day.2024",
    ),
    "no number": (put("info", "x-number", value=[float("nan")]), "info.x-number[0]: nan is no value of JSON"),
    "a broken reference": (
        field("word", reference("Nowhere")),
        "components.schemas.Thing.properties.word: $ref #/components/schemas/Nowhere points nowhere",
    ),
    "a reference to another document": (
        field("word", {"$ref": "other.yaml#/Word"}),
        "components.schemas.Thing.properties.word: $ref other.yaml#/Word points nowhere in this document",
    ),
    "a broken parameter": (
        operation(parameters=[{"$ref": "#/components/parameters/Nowhere"}]),
        f"{IN_NEW}.parameters[0]: $ref #/components/parameters/Nowhere points nowhere",
    ),
    "a schema that breaks a rule": (
        field("word", TEXT, required=["wrod"]),
        "components.schemas.Thing.required: wrod is none of the properties",
    ),
    "a document without an end": (
        field("word", deep(101)),
        "components.schemas.Thing.properties.word: nested more than 100 levels deep: move inner schemas to",
    ),
}

ACCEPTED = {
    "the spec itself": lambda _: None,
    "an operation": operation(),
    "a response of nothing": responses(_204={"description": "Done."}),
    "the same response twice": responses(_200={"content": json(TEXT)}, _201={"content": json(TEXT)}),
    "any good status": responses(_2XX={"content": json(TEXT)}),
    "a list in a query": parameter(schema={"type": "array", "items": reference("SessionState")}),
    "a text or null in a query": parameter(schema={"anyOf": [TEXT, {"type": "null"}]}),
    "a constant in a query": parameter(schema={"const": "x"}),
    "odd names": field("copy", {"type": "object", "properties": {"items": TEXT, "id": TEXT, "fooBar": TEXT}}),
    "a property called ref": field("ref", TEXT),
    "an example that looks like a reference": put("components", "examples", "Odd", value={"value": {"$ref": "x"}}),
    "a property that is an example": field("example", reference("Session")),
    "an enum of odd values": field("n", {"type": "string", "enum": ["1st", "", 'q"', "b\\", "ü", "名"]}),
    "a float that is whole": field("n", {"type": "number", "default": 1}),
    "a list as default": field("n", {"type": "array", "items": TEXT, "default": ["a"]}),
    "a ring": field("next", reference("Thing")),
    "another name for a model": schema("Other", **reference("Session")),
    "no components": lambda spec: spec.update(components={}, paths={}, security=[]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_breach_is_one_line(spec: Spec, case: str) -> None:
    """Each breach is reported in one line that begins with its place."""
    change, line = REFUSED[case]
    change(spec)
    problems = spec_rules.problems_of(spec)
    assert len(problems) == 1, problems
    assert problems[0].startswith(line)
    assert "\n" not in problems[0]


@pytest.mark.parametrize("case", ACCEPTED)
def test_right_spec_is_accepted(spec: Spec, case: str) -> None:
    """What the templates turn into right code is not refused."""
    ACCEPTED[case](spec)
    assert spec_rules.problems_of(spec) == []


def test_nearest_property_wins(spec: Spec) -> None:
    """A property of the object itself comes before one of the same name that it takes over."""
    own = {"allOf": [reference("TextQuery")], "properties": {"equals": {"type": "integer"}}}
    assert properties_of(spec, own)["equals"] == {"type": "integer"}
    assert properties_of(spec, own)["contains"]["type"] == "string"


def test_reference_is_followed_to_its_end(spec: Spec) -> None:
    """A reference to a reference stands for what that one stands for, and escaped names are found."""
    spec["components"]["schemas"]["Other"] = reference("TextQuery")
    assert resolve(spec, reference("Other")) == spec["components"]["schemas"]["TextQuery"]
    assert resolve(spec, {"$ref": "#/paths/~1sessions~1/get"})["operationId"] == "list_sessions"


def test_ring_of_references_stands_for_nothing(spec: Spec) -> None:
    """References that lead round in a ring stand for an empty node, and for no properties."""
    spec["components"]["schemas"] |= {"One": reference("Other"), "Other": reference("One")}
    assert resolve(spec, reference("One")) == {}
    assert properties_of(spec, reference("One")) == {}


def places_in(node: Any) -> list[tuple[Any, Any]]:
    """Every mapping or list of a document with each of its keys or positions."""
    keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    return [(node, key) for key in keys] + [place for key in keys for place in places_in(node[key])]


KEYS = st.sampled_from(["type", "$ref", "allOf", "items", "enum", "name", "in"])


def holders(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or a list or a mapping of some."""
    return inner | st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2)


WORDS = st.text(max_size=3) | st.sampled_from(["string", "object", "#/paths"])
LEAF = st.none() | st.booleans() | st.integers() | WORDS
ODD = holders(holders(holders(LEAF)))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), ODD), min_size=1, max_size=3))
def test_whatever_stands_in_a_spec_is_a_line(spec: Spec, changes: list[tuple[float, Any]]) -> None:
    """A spec in which anything stands anywhere is refused in lines, or handed to the generator; nothing is raised."""
    changed = copy.deepcopy(spec)
    for where, value in changes:
        places = places_in(changed)
        holder, key = places[int(where * len(places))]
        holder[key] = copy.deepcopy(value)
    problems = spec_rules.problems_of(changed)
    assert all(": " in line for line in problems)
    if not problems:
        assert for_the_generator(changed)["info"] == changed["info"]
