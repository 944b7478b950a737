"""Requests are held against the spec, and all that is wrong is told at once."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions_sandbox import serve
from anyscale_sessions_sandbox.gateway.validation import Validators
from anyscale_sessions_sandbox.spec import Spec

TOKEN = "A" * 43
SECRET = "hunter2-hunter2"


def body_of(api: Any, **fields: Any) -> dict[str, Any]:
    """A valid body of a create, with other fields."""
    valid = {"name": "a", "project_id": api.project_id, "uses_app_config": True, "build_id": "b"}
    return {**valid, "compute_template_id": "c", **fields}


def send(api: Any, content: bytes, content_type: str | None = "application/json") -> Any:
    """Send bytes as the body of a create."""
    headers = {"cookie": f"cli_token={api.sandbox.token}"}
    if content_type is not None:
        headers["content-type"] = content_type
    return api.problems("POST", "/sessions/", content=content, headers=headers)


def test_the_rule_of_a_session_names_every_missing_field(api: Any) -> None:
    """From an app config, and from a cluster YAML."""
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
    """The other pair may be given too."""
    body = {name: value for name, value in body_of(api, **changes).items() if value is not None}
    if missing:
        assert api.problems("POST", "/sessions/", body) == [(f"body.{name}", "value_error.missing") for name in missing]
    else:
        assert api.result("POST", "/sessions/", body)["build_id"] == "b"


def test_all_problems_are_told_at_once(api: Any) -> None:
    """Of one body, and of path, query and body together."""
    body = {"name": "", "idle_timeout": -2, "idle_timeuot": 3, "uses_app_config": SECRET}
    assert {
        ("body.project_id", "value_error.missing"),
        ("body.name", "value_error.any_str.min_length"),
        ("body.idle_timeout", "value_error.number.not_ge"),
        ("body.idle_timeuot", "value_error.extra"),
        ("body.uses_app_config", "type_error.bool"),
    } <= set(api.problems("POST", "/sessions/", body))
    found = api.problems("POST", f"/sessions/{'x' * 257}/search", {"paging": {"count": -1}})
    assert {place for place, _ in found} == {"path.project_id", "body.paging.count"}
    assert api.problems("GET", "/session_events/?count=ten&before=yesterday&event_types=exploded") == [
        ("query.session_id", "value_error.missing"),
        ("query.before", "value_error.date-time"),
        ("query.event_types.0", "type_error.enum"),
        ("query.count", "type_error.integer"),
    ]


def test_the_envelope_is_upstreams(api: Any) -> None:
    """Place, text for people, type for programs; nothing else."""
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
    """With the type of its problem."""
    found = api.problems("POST", "/sessions/", body_of(api, **fields))
    assert [problem for problem in found if problem[0] in dict(expected)] == expected


@pytest.mark.parametrize("access", [None, "public"])
def test_a_token_must_be_well_formed_unless_the_service_is_private(api: Any, access: str | None) -> None:
    """Then it is ignored."""
    fields = {"user_service_token": SECRET} | ({"user_service_access": access} if access else {})
    assert ("body.user_service_token", "value_error.any_str.min_length") in api.problems(
        "POST", "/sessions/", body_of(api, **fields)
    )
    assert api.create(user_service_token=SECRET, user_service_access="private")["user_service_token"] is None


def test_no_problem_repeats_a_value(api: Any) -> None:
    """Whatever is wrong with it, and wherever it stands."""
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


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", ("body.1", "value_error.jsondecode")),
        (b'{"name": "\x01"}', ("body.10", "value_error.jsondecode")),
        (b'{"name": "\xff"}', ("body", "value_error.jsondecode")),
        (b'{"name": "a", "name": "b"}', ("body", "value_error.duplicate_key")),
        (b'{"idle_timeout": NaN}', ("body", "value_error.jsondecode")),
        (b'{"idle_timeout": -Infinity}', ("body", "value_error.jsondecode")),
        (b'{"idle_timeout": 1e999}', ("body", "value_error.jsondecode")),
        (b'{"idle_timeout": ' + b"9" * 5000 + b"}", ("body", "value_error.jsondecode")),
        (b"[" * 100_000, ("body", "value_error.jsondecode")),
        (b'{"name": ' + b"[" * 400 + b"]" * 400 + b"}", ("body", "value_error.depth")),
        (b'{"name": "\\ud800"}', ("body", "value_error.unicode")),
        (b'{"\\udfff": 1}', ("body", "value_error.unicode")),
        (b'{"uses_app_config": true, "cluster_config": "\\ud800"}', ("body", "value_error.unicode")),
        (b"[]", ("body", "type_error.dict")),
        (b"null", ("body", "type_error.dict")),
        (b"", ("body", "value_error.missing")),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(api: Any, content: bytes, expected: tuple[str, str]) -> None:
    """Saying where and why."""
    assert send(api, content) == [expected]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "the body is not UTF-8"),
        (b"[" * 100_000, "the body is nested too deeply"),
        (b"9" * 5000, "the body holds a number of too many digits"),
        (b"1e999", "the body holds a number beyond what a float can hold"),
        (b"[NaN]", "NaN is not JSON"),
        (b'{"a": 1, "a": 2}', "an object in the body has the same key twice"),
        (b"", "field required"),
    ],
)
def test_what_is_wrong_with_a_body_is_said_in_words(api: Any, content: bytes, said: str) -> None:
    """For the person who reads the response."""
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": "application/json"}
    response = api.call("POST", "/sessions/", content=content, headers=headers)
    assert [problem["msg"] for problem in response.body["detail"]] == [said]
    response = api.call(
        "POST", "/sessions/", content=content or b"{}", headers=headers | {"content-type": "text/plain"}
    )
    assert [problem["msg"] for problem in response.body["detail"]] == ["content type must be application/json"]


def test_a_body_without_declared_fields_is_taken_as_it_is(document: Any, visit: Any) -> None:
    """As an operation gets it whose schema only says that it takes an object."""
    document["components"]["schemas"]["UpdateSession"] = {"type": "object"}
    with serve(document=document) as sandbox:
        api = visit(sandbox)
        assert api.result("PUT", f"/sessions/{api.create()['id']}", {"idle_timeout": 7})["idle_timeout"] == 7


def test_an_operation_without_a_body_can_be_hit_by_a_fault(api: Any) -> None:
    """Which looks at what a call says of a session: path, query and body."""
    api.sandbox.faults.add("status", operation="list_sessions", status=503)
    assert api.call("GET", "/sessions/?project_id=p").status == 503


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_content_type_is_refused(api: Any, content_type: str | None) -> None:
    """Even if it would parse."""
    content = json.dumps(body_of(api)).encode()
    assert send(api, content, content_type) == [("body", "value_error.content_type")]


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"]
)
def test_the_content_type_is_read_as_http_has_it(api: Any, content_type: str) -> None:
    """Parameters and case do not matter."""
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": content_type}
    content = json.dumps(body_of(api)).encode()
    assert api.call("POST", "/sessions/", content=content, headers=headers).status == 200


def test_a_body_beyond_all_measure_is_answered_with_413(api: Any) -> None:
    """16 MiB are taken, and not a byte more."""
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": "application/json"}
    content = json.dumps(body_of(api)).encode().ljust(16 * 1024 * 1024)
    assert api.call("POST", "/sessions/", content=content, headers=headers).status == 200
    refused = api.call("POST", "/sessions/", content=content + b" ", headers=headers)
    assert (refused.status, refused.body) == (
        413,
        {"error": {"detail": "The body is larger than 16777216 bytes."}},
    )


def test_a_whole_number_may_be_written_as_a_float(api: Any) -> None:
    """JSON Schema takes 120.0 for the integer 120."""
    content = json.dumps(body_of(api)).replace('"b"', '"b", "idle_timeout": 12e1').encode()
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": "application/json"}
    session = api.result("POST", "/sessions/", content=content, headers=headers)
    assert repr(session["idle_timeout"]) == "120"


def test_a_body_where_none_is_asked_for_is_ignored(api: Any) -> None:
    """Kill takes none."""
    command = api.run(api.running(), "sleep 60")
    path = f"/session_commands/{command['id']}/kill"
    assert api.call("POST", path, content=b"not json").status == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("query.project_id", "value_error.missing")]),
        ("project_id=..", [("query.project_id", "value_error.str.regex")]),
        ("project_id=p&count=x", [("query.count", "type_error.integer")]),
        ("project_id=p&count=", [("query.count", "type_error.integer")]),
        ("project_id=p&count=1.0", [("query.count", "type_error.integer")]),
        ("project_id=p&count=51", [("query.count", "value_error.number.not_le")]),
        ("project_id=p&count=-1", [("query.count", "value_error.number.not_ge")]),
        (f"project_id=p&count={'9' * 5000}", [("query.count", "type_error.integer")]),
        ("count=-1", [("query.count", "value_error.number.not_ge"), ("query.project_id", "value_error.missing")]),
    ],
)
def test_query_parameters_are_checked_by_their_types(api: Any, query: str, expected: list[tuple[str, str]]) -> None:
    """All at once."""
    assert sorted(api.problems("GET", f"/sessions/?{query}")) == expected


@pytest.mark.parametrize(("is_required", "status"), [(False, 501), (True, 422)])
def test_a_body_can_be_left_out_where_the_spec_says_so(
    visit: Any, document: Any, is_required: bool, status: int
) -> None:
    """One that is there is read even so."""
    content = {"application/json": {"schema": {"type": "object"}}}
    body = {"required": is_required, "content": content}
    document["paths"]["/things"] = {"post": {"operationId": "a", "requestBody": body, "responses": {}}}
    with serve(document=document) as sandbox:
        assert visit(sandbox).call("POST", "/things").status == status
        assert visit(sandbox).call("POST", "/things", {}).status == 501
        assert visit(sandbox).call("POST", "/things", []).status == 422


def test_what_is_missing_is_told_alike_everywhere(api: Any) -> None:
    """A parameter, a field and the body itself."""
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": "application/json"}
    responses = [
        api.call("GET", "/sessions/"),
        api.call("POST", "/session_commands/", {"session_id": "ses_1"}),
        api.call("POST", "/sessions/", content=b"", headers=headers),
    ]
    told = [
        problem
        for response in responses
        for problem in response.body["detail"]
        if problem["type"] == "value_error.missing"
    ]
    assert [(problem["loc"], problem["msg"]) for problem in told] == [
        (["query", "project_id"], "field required"),
        (["body", "shell_command"], "field required"),
        (["body"], "field required"),
    ]


def test_query_parameters_that_the_spec_does_not_have_are_ignored(api: Any) -> None:
    """And of a key that stands twice the last counts, as in upstream's server framework."""
    assert api.call("GET", "/sessions/?project_id=p&utm=1&count=x&count=5").status == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("on=true&off=false&ratio=0.5&many=1&many=2&maybe=5", 501),
        ("ratio=-12.25", 501),
        ("ratio=5", 501),
        ("on=false", 422),
        ("on=True", 422),
        ("on=1", 422),
        ("off=true", 422),
        ("ratio=x", 422),
        ("ratio=1e5", 422),
        ("ratio=1.", 422),
        ("many=1&many=x", 422),
        ("maybe=x", 422),
    ],
)
def test_parameters_of_every_type_are_read(visit: Any, document: Any, query: str, status: int) -> None:
    """Also of types that the spec does not use yet; what is valid gets as far as the operation, which is not there."""
    schemas = {
        "on": {"type": "boolean", "const": True},
        "off": {"type": "boolean", "const": False},
        "ratio": {"type": "number"},
        "many": {"type": "array", "items": {"type": "integer"}},
        "maybe": {"type": ["null", "integer"]},
    }
    parameters: Any = [{"name": name, "in": "query", "schema": schema} for name, schema in schemas.items()]
    parameters.append({"name": "size", "in": "query", "required": True, "schema": {"type": "integer", "default": 5}})
    responses = {"200": {"description": "Things."}}
    document["paths"]["/things"] = {"get": {"operationId": "a", "parameters": parameters, "responses": responses}}
    with serve(document=document) as sandbox:
        assert visit(sandbox).call("GET", f"/things?{query}").status == status


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("event_types=running&event_types=nonsense", ("query.event_types.1", "type_error.enum")),
        ("log_level_types=warning", ("query.log_level_types.0", "type_error.enum")),
        ("before=yesterday", ("query.before", "value_error.date-time")),
        ("after=2026-01-01T00:00:00", ("query.after", "value_error.date-time")),
    ],
)
def test_repeated_keys_and_moments_are_checked(api: Any, query: str, expected: tuple[str, str]) -> None:
    """Each item on its own; a moment needs its offset."""
    session = api.create()
    assert api.problems("GET", f"/session_events/?session_id={session['id']}&{query}") == [expected]


@pytest.mark.parametrize("session_id", ["a" * 257, "%20", "...", "a%0A", "\u00e9"])
def test_ids_in_paths_are_checked(api: Any, session_id: str) -> None:
    """Before they are looked up."""
    assert {loc for loc, _ in api.problems("GET", f"/sessions/{session_id}")} == {"path.session_id"}


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
        ({"type": "object"}, {"x": ["\ud800"]}, "text holds half of a surrogate pair", "value_error.unicode"),
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
    """Also the rules that the spec does not use yet."""
    validators = Validators(Spec({"paths": {}, "a/b~1c {d}%": schema}))
    assert [problem[1:] for problem in validators.problems(("a/b~1c {d}%",), value, ())] == [(msg, kind)]


def test_a_value_of_the_wrong_type_has_no_other_problem() -> None:
    """It would break every other rule too."""
    validators = Validators(Spec({"paths": {}, "schema": {"type": "string", "enum": ["a"]}}))
    assert [kind for _, _, kind in validators.problems(("schema",), 5, ())] == ["type_error.str"]


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
    """About which bodies make a session."""
    assert (VALIDATORS.problems(CREATE, body, ("body",)) == []) == ORACLE.is_valid(body)
