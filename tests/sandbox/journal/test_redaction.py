"""Redaction of secrets in everything that the journal shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from anyscale_sessions_sandbox.journal.redaction import Redactor, secret_names
from anyscale_sessions_sandbox.spec import Spec

from .conftest import TOKEN


def test_secrets_are_masked_wherever_it_is_shown(api: Any) -> None:
    """Entries, lines and archives contain no token of the sandbox, of users or of sessions."""
    created = api.create(user_service_access="public", user_service_token=TOKEN)
    api.call("GET", f"/sessions/{created['id']}", headers={"authorization": f"Bearer {api.sandbox.token}"})
    api.call("POST", "/sessions/", {"user_service_token": 5, "name": f"a{TOKEN}"[:3]})
    api.call("GET", f"/sessions/{api.sandbox.token}?cli={api.sandbox.token}")
    journal = api.sandbox.journal
    shown = json.dumps([journal.to_dicts(), journal.to_har(), journal.text(), repr(journal.entries())])
    for secret in (TOKEN, api.sandbox.token, created["access_token"], created["ssh_private_key"]):
        assert secret not in shown.replace(f"sessions/{api.sandbox.token}", "")
    assert "***" in shown


def test_fields_are_secret_however_the_spec_says_it(document: Any) -> None:
    """A field is secret if it is marked itself, by reference, as nullable, in a container, or nested."""
    schemas = document["components"]["schemas"]
    before = secret_names(Spec(document))
    key: Any = {"type": "string", "format": "password"}
    schemas["Key"] = key | {"examples": [{"properties": ["k"]}]}
    reference = {"$ref": "#/components/schemas/Key"}
    ring = {"$ref": "#/components/schemas/Ring"}
    schemas["Ring"] = {"anyOf": [ring, {"type": "null"}]}
    schemas["Session"]["properties"] |= {
        "by_reference": reference,
        "or_null": {"anyOf": [{"type": "null"}, key]},
        "in_a_list": {"type": "array", "items": reference},
        "in_a_map": {"type": "object", "additionalProperties": reference},
        "to_write": {"type": "string", "writeOnly": True},
        "around": {"type": "object", "additionalProperties": False, "properties": {"deep": reference}},
        "ring": ring,
    }
    added = {"by_reference", "or_null", "in_a_list", "in_a_map", "to_write", "deep"}
    assert secret_names(Spec(document)) - before == added


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token": "SECRET", "a": 1}',
        '{"access_token":"SE\\"CRET"}',
        '{"access_token": "SECRET',
        "{'access_token': 'SECRET'}",
        '{"a": "{\\"access_token\\": \\"SECRET\\"}"}',
        '{"a": "{\\"b\\": \\"{\\\\\\"access_token\\\\\\": \\\\\\"SECRET\\\\\\"}\\"}"}',
        '{"a": "\\\\\\"access_token\\": \\"SECRET\\"}',
        '{"access_token": ["SECRET"]}',
        '{"access_token": {"a": "SECRET"}}',
        '{"access_token": SECRET}',
        "the token is 0123456789",
    ],
)
def test_masking_reaches_broken_and_nested_texts(text: str) -> None:
    """Redaction also removes secrets from truncated and nested JSON."""
    shown = Redactor({"access_token"}, ["0123456789"]).text(text)
    assert "CRET" not in shown
    assert "0123456789" not in shown
    assert "***" in shown


def test_masking_without_names_masks_the_secrets_alone() -> None:
    """Without secret fields, only the given secrets are redacted."""
    assert Redactor((), ("abc",)).text('{"name": "abc"}') == '{"name": "***"}'
