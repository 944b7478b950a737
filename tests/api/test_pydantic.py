"""Models in pydantic and in a FastAPI application: written without secrets, and read by their own rules."""

from __future__ import annotations

import subprocess
import sys
import traceback
from typing import Annotated, Any

import attrs
import pytest
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from anyscale_sessions import CreateSession, Session, SessionOperation, models
from anyscale_sessions_api import pydantic_schema
from anyscale_sessions_api.types import SECRET_FIELDS, Model, Secret

CANARY = "canary-4fd1"
SECRETS = dict.fromkeys(SECRET_FIELDS, CANARY)
SESSION = {
    "id": "ses_1",
    "name": "nightly",
    "project_id": "prj_1",
    "state": "Paused",
    "created_at": "2026-01-01T00:00:00Z",
    "state_data": {"startup": {}},
}
CONFIG = {"name": "nightly", "project_id": "prj_1", "cloud_id": "cld_1", "cluster_config": CANARY}
MODELS = [kind for kind in (getattr(models, name) for name in models.__all__) if issubclass(kind, Model)]


@pytest.fixture(scope="module")
def application() -> TestClient:
    """A client of an application that returns sessions and takes create requests."""
    app = FastAPI()

    @app.get("/session")
    def one() -> Session:
        return Session.from_dict({**SESSION, **SECRETS})

    @app.get("/sessions")
    def several() -> list[Session]:
        return [Session.from_dict({**SESSION, **SECRETS})]

    @app.post("/session")
    def create(body: Annotated[CreateSession, Body()]) -> CreateSession:
        assert type(body) is CreateSession
        assert body.cluster_config == CANARY
        return body

    return TestClient(app)


def as_json(mode: Any, kind: Any) -> dict[str, Any]:
    """The JSON Schema that pydantic has for a model."""
    schema: dict[str, Any] = TypeAdapter(kind).json_schema(mode=mode)
    return schema


@pytest.mark.parametrize("kind", [*MODELS, CreateSession], ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_the_schema_of_the_output_has_every_public_field(kind: type[Model]) -> None:
    """The JSON Schema of a written model is valid, and has all of its fields except the secret ones."""
    schema = as_json("serialization", kind)
    Draft202012Validator.check_schema(schema)
    names = {field.name for field in attrs.fields(kind)}
    assert schema["title"] == kind.__name__
    assert set(schema["properties"]) == names - SECRET_FIELDS
    assert set(schema["required"]) <= set(schema["properties"])


@pytest.mark.parametrize("kind", [*MODELS, CreateSession], ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_the_schema_of_the_input_has_every_field(kind: type[Model]) -> None:
    """The JSON Schema of a model that is read is valid, and has all of its fields."""
    schema = as_json("validation", kind)
    Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == {field.name for field in attrs.fields(kind)}


@pytest.mark.parametrize("mode", ["python", "json"])
def test_a_model_is_written_without_secrets(mode: Any) -> None:
    """Pydantic writes a model as `public_dict` does, and the result fits the JSON Schema."""
    session = Session.from_dict({**SESSION, **SECRETS})
    written = TypeAdapter(Session).dump_python(session, mode=mode)
    assert written == session.public_dict()
    assert written.keys() >= SESSION.keys()
    assert not written.keys() & SECRET_FIELDS
    Draft202012Validator(as_json("serialization", Session)).validate(written)
    assert TypeAdapter(list[Session]).dump_json([session]).count(CANARY.encode()) == 0


def test_secrets_are_left_out_at_any_depth() -> None:
    """`public_dict` leaves out secret fields in nested models, lists and free-form values, and no other field."""
    data = {"sessions": [{"access_token": CANARY, "kept": 1}]}
    operation = SessionOperation.from_dict({"id": "sop_1", "completed": True, "result": {"data": data}})
    assert operation.to_dict()["result"]["data"] == data
    assert operation.public_dict()["result"]["data"] == {"sessions": [{"kept": 1}]}


def test_an_instance_is_read_as_it_is() -> None:
    """Pydantic takes an instance of a model unchanged."""
    session = Session.from_dict(SESSION)
    assert TypeAdapter(Session).validate_python(session) is session


@pytest.mark.parametrize(
    ("kind", "data", "locations"),
    [
        (Session, {**SESSION, **SECRETS, "idle_timeout": CANARY}, [("idle_timeout",)]),
        (Session, CANARY, [()]),
        (CreateSession, {**CONFIG, "name": "", "idle_timeout": CANARY}, [("name",), ("idle_timeout",)]),
        (CreateSession, [CANARY], [()]),
    ],
)
def test_an_error_names_each_field_and_quotes_nothing(kind: Any, data: Any, locations: list[Any]) -> None:
    """What pydantic reports has the place of each problem and no value, and no frame of ours holds one."""
    adapter = TypeAdapter(kind)
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(data)
    assert [error["loc"] for error in caught.value.errors()] == locations
    assert CANARY not in f"{caught.value} {caught.value.errors()}"
    for frame, _ in traceback.walk_tb(caught.value.__traceback__):
        if frame.f_globals["__name__"].startswith("anyscale"):
            assert CANARY not in repr(frame.f_locals)


def test_an_error_of_another_rule_is_reported_as_a_whole() -> None:
    """The text of a ValueError without problems, which a subclass can raise, is the only problem."""

    class Refusing(Session):
        @classmethod
        def from_dict(cls, _: Any) -> Any:
            raise ValueError("no session today")

    with pytest.raises(ValidationError, match="no session today"):
        TypeAdapter(Refusing).validate_python(SESSION)


def test_models_that_name_each_other_in_a_ring_have_a_schema() -> None:
    """A reference within the schema that it refers to is an object without properties."""
    components = {"A": {"properties": {"b": {"$ref": "B"}}}, "B": {"properties": {"a": {"$ref": "A"}}}}
    schema = pydantic_schema._inlined({"$ref": "A"}, components, (), hidden=None)
    assert schema == {"properties": {"b": {"properties": {"a": {"title": "A", "type": "object"}}}}}


def test_an_endpoint_returns_sessions_without_secrets(application: TestClient) -> None:
    """An endpoint that returns a session, or a list of them, returns what `public_dict` has."""
    shown = Session.from_dict(SESSION).public_dict()
    assert application.get("/session").json() == shown
    assert application.get("/sessions").json() == [shown]


def test_the_openapi_page_documents_the_models(application: TestClient) -> None:
    """The OpenAPI document of the application has the models by name, and the returned ones without secrets."""
    document = application.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    returned = document["paths"]["/session"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert returned == {"$ref": "#/components/schemas/Session"}
    assert not schemas["Session"]["properties"].keys() & SECRET_FIELDS
    assert "cluster_config" in schemas["CreateSession-Input"]["properties"]
    assert "cluster_config" not in schemas["CreateSession-Output"]["properties"]
    assert application.get("/docs").status_code == 200


def test_an_endpoint_takes_a_valid_session(application: TestClient) -> None:
    """A create request that keeps the rules reaches the endpoint as a `CreateSession`."""
    response = application.post("/session", json=CONFIG)
    assert (response.status_code, response.json()) == (200, CreateSession(**CONFIG).public_dict())


def test_an_endpoint_refuses_an_invalid_session(application: TestClient) -> None:
    """A create request that breaks rules is answered with a 422 that has each problem and no value."""
    invalid = {**CONFIG, "cloud_id": " ", "user_service_token": CANARY, "idle_timeuot": CANARY}
    response = application.post("/session", json=invalid)
    assert response.status_code == 422
    fields = [problem["loc"] for problem in response.json()["detail"]]
    assert fields == [["body", "idle_timeuot"], ["body", "cloud_id"], ["body", "user_service_token"]]
    assert CANARY not in response.text


def test_nothing_needs_pydantic() -> None:
    """Neither an import nor the use of a model loads pydantic."""
    program = (
        "import sys; sys.modules['pydantic'] = sys.modules['pydantic_core'] = None\n"
        "from anyscale_sessions import Session; Session.from_dict({'id': 'a'}).public_dict()"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert ended.stderr == ""


def test_a_secret_is_not_shown() -> None:
    """The repr of a secret does not show its value."""
    secret = Secret(CANARY)
    assert secret.value == CANARY
    assert repr(secret) == str(secret) == "<not shown>"
