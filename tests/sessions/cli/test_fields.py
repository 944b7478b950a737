"""Tests for `cli/fields.py`: secrets are left out of what a command shows."""

from __future__ import annotations

import json
from importlib.resources import files

import attrs
import pytest

from anyscale_sessions import OperationResult, Session, SessionOperation
from anyscale_sessions.cli.fields import secret_field_names, visible_fields
from anyscale_sessions_api import models
from anyscale_sessions_api.types import Model


def test_fields_marked_in_the_spec_are_secret() -> None:
    """A field that the spec marks as secret in any model is secret, and other fields are not."""
    assert {
        "access_token",
        "anyscaled_config",
        "cluster_config",
        "connect_url",
        "ssh_private_key",
        "user_service_token",
        "webterminal_auth_url",
    } <= secret_field_names()
    assert {"id", "name", "state", "user_service_url"}.isdisjoint(secret_field_names())


@pytest.mark.parametrize("show_token", [False, True])
def test_no_model_shows_a_secret(show_token: bool) -> None:
    """The visible fields of every model leave out its secrets, except a user service token with `show_token`."""
    secret = "planted"
    for name in models.__all__:
        kind = getattr(models, name)
        if not (isinstance(kind, type) and issubclass(kind, Model)):
            continue
        secrets = {field.name: secret for field in attrs.fields(kind) if not field.repr}
        needed = {field.name: "a" for field in attrs.fields(kind) if field.default is attrs.NOTHING}
        facts = visible_fields(kind(**needed | secrets), show_token=show_token)
        shown = {field for field, value in facts.items() if value == secret}
        assert shown == ({"user_service_token"} & set(secrets) if show_token else set())


def test_secrets_in_open_objects_are_left_out() -> None:
    """Secrets inside objects and lists whose fields the spec does not list are left out by their names."""
    data = {"id": "ses_1", "access_token": "planted", "nodes": [{"ssh_private_key": "planted", "ip": "10.0.0.1"}, 3]}
    operation = SessionOperation(id="op_1", result=OperationResult(data=data))
    facts = visible_fields(operation)
    assert "planted" not in str(facts)
    assert facts["result"] == {"data": {"id": "ses_1", "nodes": [{"ip": "10.0.0.1"}, 3]}}


def test_visible_fields_have_the_names_of_the_api() -> None:
    """Visible fields have the names and values of the API, and fields without a value or a default are left out."""
    spec = json.loads(files("anyscale_sessions_api").joinpath("openapi.json").read_text(encoding="utf-8"))
    fields = spec["components"]["schemas"]["Session"]["properties"].items()
    given = {"id": "ses_1", "created_at": "2026-01-02T03:04:05Z", "state": "New"}
    defaults = {name: field["default"] for name, field in fields if field.get("default") is not None}
    assert defaults.items() >= {"idle_timeout": 120, "uses_app_config": False}.items()
    assert visible_fields(Session.from_dict(given)) == given | defaults
