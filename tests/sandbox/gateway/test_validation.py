"""Requests are validated against the spec, and all problems are reported at once."""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions_sandbox.gateway.validation import MAX_ITEMS, MAX_NAME_CHARACTERS, MAX_PROBLEMS, Validators
from anyscale_sessions_sandbox.spec import Spec

from .conftest import SECRET, body_of

TOKEN = "A" * 43


def test_the_rule_of_a_session_names_every_missing_field(api: Any) -> None:
    """The conditional rule names every missing field of either kind of session."""
    bare = {"name": "a", "project_id": "p"}
    assert api.problems("POST", "/sessions/", bare) == [
        ("body.cloud_id", "value_error.missing"),
        ("body.cluster_config", "value_error.missing"),
    ]
    assert api.problems("POST", "/sessions/", bare | {"uses_app_config": True}) == [
        ("body.build_id", "value_error.missing"),
        ("body.compute_template_id", "value_error.missing"),
    ]
    assert api.problems("POST", "/sessions/", {}) == [
        ("body.cloud_id", "value_error.missing"),
        ("body.cluster_config", "value_error.missing"),
        ("body.name", "value_error.missing"),
        ("body.project_id", "value_error.missing"),
    ]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"build_id": None}, ["build_id"]),
        ({"uses_app_config": False}, ["cloud_id", "cluster_config"]),
        ({"uses_app_config": None, "cloud_id": "cld_1"}, ["cluster_config"]),
        ({"uses_app_config": False, "cloud_id": "cld_1", "cluster_config": "a: 1"}, []),
    ],
)
def test_only_what_is_missing_for_the_kind_asked_for_is_named(
    api: Any, changes: dict[str, Any], missing: list[str]
) -> None:
    """Only the fields of the requested kind are required, and the others may be given too."""
    body = {name: value for name, value in body_of(api, **changes).items() if value is not None}
    if missing:
        assert api.problems("POST", "/sessions/", body) == [(f"body.{name}", "value_error.missing") for name in missing]
    else:
        assert api.result("POST", "/sessions/", body)["build_id"] == "b"


def test_the_envelope_is_upstreams(api: Any) -> None:
    """A problem has a place, a message and a type, and nothing else."""
    response = api.call("POST", "/sessions/", body_of(api, idle_timeout="5"))
    assert response.body == {
        "detail": [
            {"loc": ["body", "idle_timeout"], "msg": "value is not a valid integer", "type": "type_error.integer"}
        ]
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": 5}, [("body.name", "type_error.str")]),
        ({"name": None}, [("body.name", "type_error.str")]),
        ({"project_id": 5}, [("body.project_id", "type_error.str")]),
        ({"cloud_id": 5}, [("body.cloud_id", "type_error.str")]),
        ({"cluster_config": 5}, [("body.cluster_config", "type_error.str")]),
        ({"build_id": 5, "uses_app_config": False}, [("body.build_id", "type_error.str")]),
        ({"compute_template_id": 5, "uses_app_config": False}, [("body.compute_template_id", "type_error.str")]),
        ({"user_service_token": 5, "user_service_access": "private"}, [("body.user_service_token", "type_error.str")]),
        ({"ha_job_id": 5}, [("body.ha_job_id", "type_error.str")]),
        ({"name": " "}, [("body.name", "value_error.str.regex")]),
        ({"name": "a\nb"}, [("body.name", "value_error.not")]),
        ({"build_id": "\u3000"}, [("body.build_id", "value_error.str.regex")]),
        ({"idle_timeout": True}, [("body.idle_timeout", "type_error.integer")]),
        ({"idle_timeout": 1.5}, [("body.idle_timeout", "type_error.integer")]),
        ({"idle_timeout": -2}, [("body.idle_timeout", "value_error.number.not_ge")]),
        ({"idle_timeout": 2**63}, [("body.idle_timeout", "value_error.number.not_le")]),
        ({"uses_app_config": 1}, [("body.uses_app_config", "type_error.bool")]),
        ({"user_service_access": "Public"}, [("body.user_service_access", "type_error.enum")]),
        ({"project_id": ".."}, [("body.project_id", "value_error.str.regex")]),
        ({"project_id": "a" * 257}, [("body.project_id", "value_error.any_str.max_length")]),
        ({"idle_time": 5}, [("body.idle_time", "value_error.extra")]),
        ({"name": []}, [("body.name", "type_error.str")]),
    ],
)
def test_each_wrong_field_is_named(api: Any, fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """Each invalid field is named with the type of its problem."""
    found = api.problems("POST", "/sessions/", body_of(api, **fields))
    assert [problem for problem in found if problem[0] in dict(expected)] == expected


@pytest.mark.parametrize("access", [None, "public"])
def test_a_token_must_be_well_formed_unless_the_service_is_private(api: Any, access: str | None) -> None:
    """A user service token must be well formed, unless the service is private and ignores it."""
    fields = {"user_service_token": SECRET} | ({"user_service_access": access} if access else {})
    assert ("body.user_service_token", "value_error.any_str.min_length") in api.problems(
        "POST", "/sessions/", body_of(api, **fields)
    )
    assert api.create(user_service_token=SECRET, user_service_access="private")["user_service_token"] is None


def test_no_problem_repeats_a_value(api: Any) -> None:
    """No problem repeats the value that it is about."""
    bodies = [
        body_of(api, user_service_token=SECRET, cluster_config=[SECRET], name={"x": SECRET}, cloud_id=SECRET + "\n"),
        {"cluster_config": {"key": SECRET}, "user_service_access": SECRET},
        [SECRET],
        SECRET,
    ]
    for body in bodies:
        response = api.call("POST", "/sessions/", body)
        assert response.status == 422
        assert SECRET not in json.dumps(response.body)


def nested(levels: int) -> Any:
    """A list in a list, and so on."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("schema", "value", "msg", "kind"),
    [
        ({"type": "string"}, 4, "str type expected", "type_error.str"),
        ({"type": "integer"}, "4", "value is not a valid integer", "type_error.integer"),
        ({"type": "boolean"}, 4, "value could not be parsed to a boolean", "type_error.bool"),
        ({"type": "object"}, 4, "value is not a valid dict", "type_error.dict"),
        ({"minimum": 5}, 4, "ensure this value is greater than or equal to 5", "value_error.number.not_ge"),
        ({"maximum": 3}, 4, "ensure this value is less than or equal to 3", "value_error.number.not_le"),
        ({"minLength": 2}, "4", "ensure this value has at least 2 characters", "value_error.any_str.min_length"),
        ({"maxLength": 0}, "4", "ensure this value has at most 0 characters", "value_error.any_str.max_length"),
        ({"pattern": "x"}, "4", 'string does not match regex "x"', "value_error.str.regex"),
        ({"not": {"pattern": "4"}}, "4", 'string must not match regex "4"', "value_error.not"),
        ({"required": ["x"]}, {}, "field required", "value_error.missing"),
        (
            {"properties": {"y": {}}, "additionalProperties": False},
            {"x": 4},
            "extra fields not permitted",
            "value_error.extra",
        ),
        ({"type": "object"}, {"x": ["\ud800"]}, "text contains a lone surrogate", "value_error.unicode"),
        ({"type": "string"}, nested(400), "value is nested too deeply", "value_error.depth"),
        ({"const": 5}, 4, "unexpected value; permitted: 5", "value_error.const"),
        ({"enum": ["a", "b"]}, 4, "value is not a valid enumeration member; permitted: a, b", "type_error.enum"),
        ({"exclusiveMinimum": 5}, 4, "ensure this value is greater than 5", "value_error.number.not_gt"),
        ({"exclusiveMaximum": 3}, 4, "ensure this value is less than 3", "value_error.number.not_lt"),
        ({"multipleOf": 3}, 4, "ensure this value is a multiple of 3", "value_error.number.not_multiple"),
        ({"minItems": 2}, [4], "ensure this value has at least 2 items", "value_error.list.min_items"),
        ({"maxItems": 0}, [4], "ensure this value has at most 0 items", "value_error.list.max_items"),
        ({"uniqueItems": True}, [4, 4], "the list has duplicated items", "value_error.list.unique_items"),
        ({"type": ["null", "number"]}, "4", "value is not a valid float", "type_error.float"),
        ({"type": "array"}, 4, "value is not a valid list", "type_error.list"),
        ({"type": "null"}, 4, "value is not none", "type_error.not_none"),
        (
            {"anyOf": [{"const": 1}, {"const": 2}]},
            4,
            "value breaks the rule 'anyOf' of the schema",
            "value_error.anyOf",
        ),
        ({"not": {"const": 4}}, 4, "value is not permitted", "value_error.not"),
        ({"unevaluatedProperties": False}, {"x": 4}, "extra fields not permitted", "value_error.extra"),
        ({"format": "uuid"}, "4", "invalid uuid format", "value_error.uuid"),
    ],
)
def test_each_rule_has_its_words(schema: dict[str, Any], value: Any, msg: str, kind: str) -> None:
    """Each keyword of a schema has its own message and type."""
    validators = Validators(Spec({"paths": {}, "a/b~1c {d}%": schema}))
    assert [problem[1:] for problem in validators.compile(("a/b~1c {d}%",)).problems(value, ())] == [(msg, kind)]


def test_a_value_of_the_wrong_type_has_no_other_problem() -> None:
    """A value of the wrong type has only that problem."""
    validators = Validators(Spec({"paths": {}, "schema": {"type": "string", "enum": ["a"]}}))
    assert [kind for _, _, kind in validators.compile(("schema",)).problems(5, ())] == ["type_error.str"]


SPEC = Spec.shipped()


CREATE = ("components", "schemas", "CreateSession")


ORACLE = jsonschema.Draft202012Validator(
    {"$ref": "#/components/schemas/CreateSession", "components": SPEC.document["components"]}
)


VALIDATORS = Validators(SPEC)


VALUES = st.sampled_from(
    ["", " ", "a", "prj_1", TOKEN, "A" * 42 + "B", "private", "public", 0, -1, -2, 120, True, False]
)


@given(st.dictionaries(st.sampled_from(list(SPEC.at(CREATE)["properties"])), VALUES))
def test_the_sandbox_and_another_validator_are_of_one_mind(body: dict[str, Any]) -> None:
    """The sandbox and another validator accept the same bodies of a session."""
    assert (VALIDATORS.compile(CREATE).problems(body, ("body",)) == []) == ORACLE.is_valid(body)


SHORT_S = 1.5


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sessions/", {f"x{number}": 1 for number in range(100_000)}),
        ("/sessions/p/search", {"state_filter": [5] * 100_000}),
        ("/sessions/p/search", {"state_filter": ["Running"] * 50_000 + [5] * 50_000}),
        ("/sessions/p/search", {"name": {f"x{number}": 1 for number in range(100_000)}}),
        ("/sessions/", {"x" * 1_000_000: 1}),
    ],
)
def test_many_problems_take_little_time(api: Any, path: str, body: Any) -> None:
    """A body with 100,000 problems is refused in little time, with at most 100 of them and with short names."""
    began_s = time.process_time()
    response = api.call("POST", path, body)
    assert time.process_time() - began_s < SHORT_S
    assert response.status == 422
    assert 1 <= len(response.body["detail"]) <= MAX_PROBLEMS
    assert all(
        len(str(place)) <= MAX_NAME_CHARACTERS for problem in response.body["detail"] for place in problem["loc"]
    )


def test_a_problem_beyond_the_first_items_is_found(api: Any) -> None:
    """A list with one wrong item at its end is refused."""
    body = {"state_filter": ["Running"] * (MAX_ITEMS + 10) + [5]}
    assert api.problems("POST", "/sessions/p/search", body) == [
        (f"body.state_filter.{MAX_ITEMS + 10}", "type_error.str"),
    ]
