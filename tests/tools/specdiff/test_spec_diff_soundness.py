"""A change that is reported as not breaking breaks nothing: a JSON Schema validator decides."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spec.locations import Unusable
from spec_diff import differences
from specdiff.finding import Finding

Schema = dict[str, Any] | bool

NAMES = ("a", "b", "c")
TEXTS = ("", "a", "b", "ab", "abc", "abcd")
PATTERNS = ("^a", "b$", "^.$", "c")
SHARED = {"$ref": "#/components/schemas/Shared"}
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

names = st.sampled_from(NAMES)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 6), st.sampled_from([0.5, 1.0, 2.5]), st.sampled_from(TEXTS)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


def keywords(**by_name: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the keywords, each with a value."""
    return st.fixed_dictionaries({}, optional=by_name)


def of_type(name: str, **by_name: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A schema of one type, or of that and null."""
    types = st.sampled_from([name, [name, "null"], [name]])
    return st.builds(lambda said, more: {"type": said, **more}, types, keywords(**by_name))


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas of objects that say whether they are open."""
    more = keywords(
        properties=st.dictionaries(names, inner, max_size=3),
        required=st.lists(names, max_size=2, unique=True),
        maxProperties=st.integers(0, 3),
        minProperties=st.integers(0, 2),
        dependentRequired=st.dictionaries(names, st.lists(names, max_size=2), max_size=1),
        propertyNames=st.just({"enum": ["a", "b"]}),
        patternProperties=st.dictionaries(st.sampled_from(PATTERNS), inner, min_size=1, max_size=1),
    )
    opened = st.one_of(st.booleans(), inner)
    return st.builds(lambda said, rest: {"type": "object", "additionalProperties": rest, **said}, more, opened)


leaves = st.one_of(
    st.booleans(),
    st.just(SHARED),
    of_type("string", minLength=st.integers(0, 2), maxLength=st.integers(1, 4), pattern=st.sampled_from(PATTERNS)),
    of_type("integer", minimum=st.integers(-2, 4), exclusiveMaximum=st.integers(0, 6), multipleOf=st.integers(1, 4)),
    of_type("number", exclusiveMinimum=st.integers(-2, 4), maximum=st.sampled_from([0, 2.5, 4])),
    of_type("boolean"),
    st.builds(lambda listed: {"enum": listed}, st.lists(scalars, min_size=1, max_size=3)),
    st.builds(lambda value: {"const": value}, scalars),
)


def composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas made of schemas."""
    several = st.lists(inner, min_size=1, max_size=3)
    conditions = st.fixed_dictionaries({"if": inner}, optional={"then": inner, "else": inner})
    rules = keywords(allOf=several, anyOf=several, oneOf=several)
    return st.one_of(
        objects(inner),
        objects(inner),
        of_type("array", items=inner, minItems=st.integers(0, 2), uniqueItems=st.booleans(), contains=inner),
        of_type("array", prefixItems=several, items=inner),
        rules,
        st.builds(lambda forbidden: {"not": forbidden}, inner),
        st.builds(lambda one, other: {**one, **other}, objects(inner), conditions),
        st.builds(lambda one, other: {**one, **other}, objects(inner), rules),
    )


schemas = st.recursive(leaves, composed, max_leaves=6)


@st.composite
def edited(draw: st.DrawFn, schema: Any) -> Any:
    """The schema with a small change somewhere in it."""
    changed = copy.deepcopy(schema)
    if not isinstance(changed, dict) or not changed or draw(st.integers(0, 5)) == 0:
        return draw(schemas)
    key = draw(st.sampled_from(sorted(changed)))
    value = changed[key]
    if key in ("not", "if", "then", "else", "items", "additionalProperties", "contains"):
        changed[key] = draw(edited(value))
    elif key in ("allOf", "anyOf", "oneOf", "prefixItems"):
        at = draw(st.integers(0, len(value) - 1))
        value[at] = draw(edited(value[at]))
    elif key in ("properties", "patternProperties") and value:
        name = draw(st.sampled_from(sorted(value)))
        value[name] = draw(edited(value[name]))
    elif isinstance(value, list) and value and isinstance(value[0], str | int):
        changed[key] = value[1:] or value * 2 if key == "enum" else value[1:]
    elif isinstance(value, int) and not isinstance(value, bool):
        changed[key] = value + 1
    elif key != "type":
        del changed[key]
    if changed.get("type") == []:
        del changed["type"]
    return changed


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any, Any, Any]:
    """A schema and the shared one it may refer to, before and after a change."""
    old, shared = draw(schemas), draw(st.booleans() | objects(schemas))
    new = draw(st.one_of(edited(old), st.just(old), schemas))
    return old, shared, new, draw(st.just(shared) | edited(shared))


def spec(schema: Any, shared: Any) -> dict[str, Any]:
    """A spec with one operation that takes and answers the schema."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Root"}}}
    operation = {
        "operationId": "do",
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"content": content}},
    }
    components = {"schemas": {"Root": schema, "Shared": shared}}
    document = {"openapi": "3.1.0", "info": {"version": "1.0.0"}, "paths": {"/do": {"post": operation}}}
    return copy.deepcopy({**document, "components": components})


def is_valid(document: dict[str, Any], value: Any) -> bool:
    """What the validator says."""
    root = {"$ref": "#/components/schemas/Root", "components": document["components"]}
    return Draft202012Validator(root).is_valid(value)


def breaks(findings: list[Finding], concerns: str) -> bool:
    """Whether values may be affected: a new value in responses is, though it counts as breaking for nobody."""
    return any(f.concerns == concerns and (f.breaking or f.breaks == "readers") for f in findings)


@QUICK
@given(pairs(), st.lists(values, min_size=10, max_size=25))
def test_what_is_said_to_break_nobody_breaks_nobody(pair: tuple[Any, Any, Any, Any], tried: list[Any]) -> None:
    """Requests that were valid stay valid, and responses become no freer, unless a finding says so."""
    old, new = spec(pair[0], pair[1]), spec(pair[2], pair[3])
    try:
        findings = differences(old, new)
    except Unusable:  # a schema made of itself
        assume(False)
    for value in tried:
        try:
            before, after = is_valid(old, value), is_valid(new, value)
        except RecursionError:  # the validator's, for a rule that leads back to itself
            assume(False)
        if before != after:
            event("values tell the specs apart")
        assert breaks(findings, "requests") or after or not before, (value, findings)
        assert breaks(findings, "responses") or before or not after, (value, findings)


@QUICK
@given(schemas, st.booleans() | objects(schemas))
def test_a_spec_differs_not_from_itself(schema: Any, shared: Any) -> None:
    """Any spec compared with a copy of itself gives no finding."""
    assert differences(spec(schema, shared), spec(schema, shared)) == []
