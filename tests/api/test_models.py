"""Every generated model: plain data in, plain data out, and an ordinary Python value in between."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anyscale_sessions_api import models
from anyscale_sessions_api.models import (
    CreateSession,
    OperationResult,
    PageQuery,
    Session,
    SessionEvent,
    SessionListResponse,
    SessionOperation,
    SessionsQuery,
    SessionState,
    StartSessionOptions,
    TerminateSessionOptions,
    TextQuery,
    UpdateSession,
)
from anyscale_sessions_api.types import SECRET_FIELDS, DecodeError, Model, OpenEnum, field_names

ALL: list[type[Any]] = [getattr(models, name) for name in models.__all__]
MODELS = [kind for kind in ALL if issubclass(kind, Model)]
SMALL = {"id": "ses_1"}

Instances = Callable[[type[Model]], st.SearchStrategy[Any]]

of_every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
quick = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def test_every_schema_with_properties_or_values_is_a_class(spec: dict[str, Any]) -> None:
    """Each object and each enum of the spec is a class of the same name, and there are no others."""
    schemas = spec["components"]["schemas"]
    assert {name for name, schema in schemas.items() if "properties" in schema} == {model.__name__ for model in MODELS}
    assert set(models.__all__) == {
        name for name, schema in schemas.items() if "properties" in schema or "enum" in schema
    }


@of_every_model
def test_fields_are_the_specs(spec: dict[str, Any], model: type[Model]) -> None:
    """A model has the properties of its schema, each with its description as documentation in the source."""
    properties = spec["components"]["schemas"][model.__name__]["properties"]
    assert set(field_names(model)) == set(properties)


@of_every_model
@quick
@given(data=st.data())
def test_model_survives_every_way_out_and_in(instances_of: Instances, model: type[Model], data: st.DataObject) -> None:
    """A model equals what comes back from JSON, a dict, a copy, a deep copy and a pickle of it, and sends no null."""
    instance = data.draw(instances_of(model))
    for again in (
        model.from_json(instance.to_json()),
        model.from_dict(instance.to_dict()),
        copy.copy(instance),
        copy.deepcopy(instance),
        attrs.evolve(instance),
        *(pickle.loads(pickle.dumps(instance, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)),
    ):
        assert again == instance
        assert type(again) is model
    assert json.loads(instance.to_json()) == instance.to_dict()
    # Null is never sent for what is not given, at any depth; nothing else is left out.
    assert msgspec.to_builtins(shaped(instance)) == instance.to_dict()
    # A deep copy shares no list, dict or model with the original.
    for name in field_names(model):
        value = getattr(copy.deepcopy(instance), name)
        assert value is not getattr(instance, name) or not isinstance(value, (list, dict, Model))


def shaped(value: Any) -> Any:
    """What a model holds, and each model in it, by the names of the fields that are given."""
    if isinstance(value, Model):
        return {name: shaped(inner) for name in field_names(type(value)) if (inner := getattr(value, name)) is not None}
    return [shaped(item) for item in value] if isinstance(value, list) else value


@of_every_model
def test_models_are_keyword_only(model: type[Model]) -> None:
    """A model takes its fields by name only, and none that it does not have."""
    with pytest.raises(TypeError, match="positional argument"):
        model("a")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'no_such_field'"):
        model(no_such_field=1)  # type: ignore[call-arg]


@of_every_model
def test_models_are_slotted(model: type[Model]) -> None:
    """A model has no room for an attribute that is no field, so that a misspelt one is an error."""
    instance = model.__new__(model)
    assert not hasattr(instance, "__dict__")
    with pytest.raises(AttributeError):
        instance.no_such_field = 1  # type: ignore[attr-defined]


@of_every_model
def test_models_differ_by_class(model: type[Model]) -> None:
    """A model never equals one of another class, nor anything else."""

    class Another(Model):
        pass

    assert Another() != model.__new__(model)
    assert model.__new__(model) != 5


def defaults(spec: dict[str, Any], name: str) -> dict[str, Any]:
    """The defaults that the spec gives to the fields of a model, by name."""
    properties = spec["components"]["schemas"][name]["properties"]
    return {field: schema["default"] for field, schema in properties.items() if "default" in schema}


def test_spec_defaults_hold_when_constructed(spec: dict[str, Any]) -> None:
    """A field that is not given has the spec's default, or else None."""
    session = CreateSession(name="a", project_id="p")
    assert (session.idle_timeout, session.uses_app_config, session.allow_public_internet_traffic) == (120, False, False)
    assert session.cluster_config is session.user_service_access is session.ha_job_id is None
    assert session.to_dict() == {
        **defaults(spec, "CreateSession"),
        "name": "a",
        "project_id": "p",
        "idle_timeout": 120,
        "uses_app_config": False,
        "allow_public_internet_traffic": False,
    }
    assert TerminateSessionOptions().to_dict() == {
        **defaults(spec, "TerminateSessionOptions"),
        "workers_only": False,
        "keep_min_workers": False,
        "delete": False,
        "take_snapshot": True,
    }
    assert SessionsQuery(paging=PageQuery()).to_dict() == {"paging": {"count": 10}, "state_filter": []}
    assert UpdateSession().to_dict() == StartSessionOptions().to_dict() == {}


@pytest.mark.parametrize("absent", [{}, {"idle_timeout": None, "uses_app_config": None, "build_id": None}])
def test_spec_defaults_hold_in_responses(absent: dict[str, Any]) -> None:
    """In a response, absent and null both give the spec's default, or else None."""
    for session in (Session.from_dict(SMALL | absent), Session.from_json(json.dumps(SMALL | absent).encode())):
        assert (session.idle_timeout, session.uses_app_config, session.build_id) == (120, False, None)


def test_default_lists_are_not_shared() -> None:
    """Each query has a list of its own."""
    SessionsQuery().state_filter.append(SessionState.RUNNING)
    assert SessionsQuery().state_filter == []


@pytest.mark.parametrize("data", [SMALL, SMALL | {"state": None, "created_at": None, "ssh_authorized_keys": None}])
def test_broken_promises_do_not_cost_the_response(data: dict[str, Any]) -> None:
    """A field that the spec promises, but the server leaves out, or null, reads None; only the id is indispensable."""
    session = Session.from_dict(data)
    assert (session.id, session.state, session.created_at, session.ssh_authorized_keys) == ("ses_1", None, None, None)
    with pytest.raises(DecodeError, match="missing required field `id`"):
        Session.from_dict({"name": "a"})


def test_unknown_fields_of_a_response_are_ignored() -> None:
    """The server may add fields before this client knows them."""
    assert Session.from_dict(SMALL | {"later": {"a": 1}}) == Session.from_dict(SMALL)
    assert Session.from_json(b'{"id":"ses_1","later":[1]}') == Session.from_dict(SMALL)


def test_models_nest() -> None:
    """Models, lists of models and free-form objects nest, on the way in and on the way out."""
    data = {
        "results": [
            SMALL
            | {"state_data": {"startup": {"startup_error": "none"}}, "activity_details": {"a": [1, None, {"b": 2.5}]}},
            {"id": "ses_2", "ssh_authorized_keys": ["k"]},
        ],
        "metadata": {"total": 2},
    }
    page = SessionListResponse.from_dict(data)
    first = page.results[0]
    assert first.state_data is not None
    assert first.state_data.startup is not None
    assert first.state_data.startup.startup_error == "none"
    assert first.activity_details == {"a": [1, None, {"b": 2.5}]}
    assert page.to_dict()["results"][0]["activity_details"] == {"a": [1, None, {"b": 2.5}]}
    assert page.to_dict()["results"][1]["ssh_authorized_keys"] == ["k"]
    assert page.to_dict()["metadata"] == {"total": 2}


def test_lists_may_be_tuples_and_maps_may_hold_models() -> None:
    """What a caller nests is sent without nulls, also in a tuple and in a free-form object."""
    query = SessionsQuery(state_filter=(SessionState.RUNNING,), name=TextQuery(contains="a"))  # type: ignore[arg-type]
    assert query.to_json() == b'{"name":{"contains":"a"},"state_filter":["Running"]}'
    assert OperationResult(data={"session": PageQuery(count=1)}).to_dict() == {"data": {"session": {"count": 1}}}


def test_naive_date_is_refused() -> None:
    """A date without a time zone is not sent: nobody could tell which moment it means."""
    event = SessionEvent.from_dict({"id": "e"})
    event.timestamp = datetime(2026, 1, 31)  # noqa: DTZ001 - what is to be refused
    for send in (event.to_json, event.to_dict):
        with pytest.raises(ValueError, match=r"a date needs a time zone, as in datetime\(2026, 1, 31, tzinfo="):
            send()
    event.timestamp = datetime(2026, 1, 31, tzinfo=UTC)
    assert event.to_dict() == {"id": "e", "timestamp": "2026-01-31T00:00:00Z"}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_number_that_is_none_is_refused(number: float) -> None:
    """What JSON has no number for is not sent as null."""
    with pytest.raises(ValueError, match="a number must be finite: JSON has neither infinity nor NaN"):
        OperationResult(data={"a": [number]}).to_json()


# Secrets.


def with_secrets(model: type[Model]) -> Model:
    """An instance with a text in every field: one text for secret fields, and another for the rest."""
    instance = model.__new__(model)
    for name in field_names(model):
        setattr(instance, name, "hidden" if name in SECRET_FIELDS else "shown")
    return instance


@of_every_model
def test_no_secret_shows(spec: dict[str, Any], model: type[Model]) -> None:
    """A field that the spec marks as secret shows neither its value nor its name in repr and str; the others do."""
    secret = {
        name
        for name, schema in spec["components"]["schemas"][model.__name__]["properties"].items()
        if schema.get("format") == "password"
    }
    instance = with_secrets(model)
    shown_fields = ", ".join(f"{name}='shown'" for name in field_names(model) if name not in secret)
    for shown in (repr(instance), str(instance), f"{instance}"):
        assert shown == f"{model.__name__}({shown_fields})"


def test_secret_fields_are_the_specs(spec: dict[str, Any]) -> None:
    """The list of secret names holds those that the spec marks, and these are the ones known to be secret."""
    marked = {
        name
        for schema in spec["components"]["schemas"].values()
        for name, inner in schema.get("properties", {}).items()
        if inner.get("format") == "password"
    }
    assert set(SECRET_FIELDS) == marked
    assert {"user_service_token", "access_token", "ssh_private_key", "webterminal_auth_url", "connect_url"} <= marked


def test_secrets_in_free_form_data_do_not_show() -> None:
    """What stands under a secret's name does not show either where the spec leaves the shape open."""
    operation = SessionOperation.from_dict(
        {
            "id": "o",
            "result": {"data": {"id": "ses_1", "access_token": "hidden", "l": [{"ssh_private_key": {"a": "hidden"}}]}},
        }
    )
    assert "hidden" not in repr(operation)
    assert "'id': 'ses_1', 'access_token': '***'" in repr(operation)
    assert operation.result is not None
    assert operation.to_dict()["result"]["data"]["access_token"] == "hidden"


def test_repr_of_deeply_nested_data_is_no_error() -> None:
    """Whatever a response holds can be printed."""
    nested: list[Any] = []
    nested.append(nested)
    assert repr(OperationResult(data={"a": nested})) == "OperationResult(data=<nested too deeply>, error=None)"


def test_enums_are_no_models() -> None:
    """Every public class is a model or an open enum."""
    assert all(issubclass(kind, (Model, OpenEnum)) for kind in ALL)
