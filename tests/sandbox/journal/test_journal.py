"""The journal: what was asked and answered, and what can be asserted of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, serve
from anyscale_sessions_sandbox.journal.entry import MOST_BYTES
from anyscale_sessions_sandbox.journal.journal import MOST_ENTRIES
from anyscale_sessions_sandbox.journal.redaction import Masking, secret_names
from anyscale_sessions_sandbox.spec import Spec

TOKEN = "A" * 43


@pytest.fixture
def api(visit: Any) -> Iterator[Any]:
    """A sandbox of the test's own."""
    with serve(clock=ManualClock()) as sandbox:
        yield visit(sandbox)


def test_every_request_is_written_down_with_its_response(api: Any) -> None:
    """Also one that is refused, and one to no route; the time is the sandbox's."""
    session = api.create()
    api.call("GET", f"/sessions/{session['id']}", headers={})
    api.call("GET", "/nothing")
    journal = api.sandbox.journal
    created, refused, lost = journal.entries()
    assert (created.operation, created.method, created.status) == ("create_session", "POST", 200)
    assert created.body["name"] == "a"
    assert created.response["result"]["id"] == session["id"]
    assert created.time == session["created_at"]
    assert created.duration_s > 0
    assert (refused.operation, refused.path, refused.status) == ("get_session", {"session_id": session["id"]}, 401)
    assert (lost.operation, lost.target, lost.status) == (None, "/v0/nothing", 404)
    assert [entry.number for entry in journal.entries()] == [1, 2, 3]


def test_entries_are_found_by_conditions(api: Any) -> None:
    """By what stands in the path, the query, the body and the response, and by the status."""
    session = api.create(name="x")
    api.create(name="y")
    api.get(session)
    api.call("GET", "/sessions/", params={"project_id": "p", "count": 5})
    body = {"paging": {"count": 3}, "state_filter": ["Running"]}
    api.call("POST", "/sessions/p/search", body)
    journal = api.sandbox.journal
    assert journal.count() == 5
    assert journal.count("create_session") == 2
    assert journal.count("create_session", body__name="x") == 1
    assert journal.count(path__session_id=session["id"]) == 1
    assert journal.count(query__count=5) == 1
    assert journal.count(body__paging__count=3, body__state_filter__0="Running") == 1
    assert journal.count(body__state_filter__1=None, body__state_filter__0="Running") == 1
    assert journal.count(body__name__first=None) == 5
    assert journal.count(response__result__id=session["id"]) == 2
    assert journal.count(status=200, method="GET") == 2
    with pytest.raises(TypeError, match="begins with one of"):
        journal.find(header__a="b")
    journal.clear()
    assert journal.entries() == []


def test_what_was_called_can_be_asserted(api: Any) -> None:
    """At least once, so many times, or not at all; the entries come back."""
    api.create(name="x")
    journal = api.sandbox.journal
    [entry] = journal.assert_called("create_session", times=1, body__name="x")
    assert entry.status == 200
    assert journal.assert_called("create_session") == [entry]
    journal.assert_not_called("create_session", body__name="y")
    journal.assert_not_called("terminate_session")


def message(journal: Any, *arguments: Any, **conditions: Any) -> list[str]:
    """What a failed assertion says."""
    with pytest.raises(AssertionError) as caught:
        journal.assert_called(*arguments, **conditions)
    return str(caught.value).splitlines()


def test_a_failed_assertion_tells_what_came_nearest(api: Any) -> None:
    """And what of it was not as asked for; without a secret."""
    journal = api.sandbox.journal
    assert message(journal, "create_session") == [
        "create_session was to be called at least once",
        "and was called 0 times.",
        "No request came near. These came last:",
    ]
    api.create(name="x", user_service_access="public", user_service_token=TOKEN)
    api.create(name="y")
    lines = message(journal, "create_session", body__name="z", body__project_id=api.project_id)
    assert lines[:4] == [
        "create_session was to be called at least once",
        '  with body.name: "z"',
        f'  with body.project_id: "{api.project_id}"',
        "and was called 0 times so.",
    ]
    assert lines[4] == "These came nearest:"
    assert lines[5].startswith("  #1 2026-01-01T00:00:00.000000+00:00 create_session POST /v0/sessions/ -> 200")
    assert lines[6] == '    body.name: "x"'
    assert lines[8] == '    body.name: "y"'
    lines = message(journal, "create_session", times=1, body__project_id=api.project_id)
    assert lines[2] == "and was called 2 times so."
    assert len(lines) == 6
    assert message(journal, "get_session")[-1].startswith("  #2 ")
    lines = message(journal, "create_session", body__user_service_token="B" * 43)
    assert TOKEN not in "\n".join(lines)
    assert "B" * 43 not in "\n".join(lines)
    assert '    body.user_service_token: "***"' in lines


def test_secrets_are_masked_wherever_it_is_shown(api: Any) -> None:
    """In entries, lines and archives: tokens of the sandbox, of users and of sessions."""
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
    """Marked themselves, by reference, or null, in a list or a map, or deep within another field."""
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
        '{"access_token": ["SECRET"]}',
        '{"access_token": {"a": "SECRET"}}',
        '{"access_token": SECRET}',
        "the token is 0123456789",
    ],
)
def test_masking_reaches_broken_and_nested_texts(text: str) -> None:
    """Whatever is left of a value is not shown."""
    shown = Masking({"access_token"}, ["0123456789"]).text(text)
    assert "CRET" not in shown
    assert "0123456789" not in shown
    assert "***" in shown


def test_masking_without_names_masks_the_secrets_alone() -> None:
    """As where a spec has no secret fields."""
    assert Masking((), ("abc",)).text('{"name": "abc"}') == '{"name": "***"}'


def test_it_is_a_ring_of_capped_entries(api: Any) -> None:
    """The last 1,000 requests, with the first 64 KiB of each body."""
    journal = api.sandbox.journal
    api.create(cluster_config="x" * 100_000, cloud_id="c", uses_app_config=False)
    [entry] = journal.entries()
    assert len(entry.request_content) == MOST_BYTES
    assert entry.size > 100_000
    assert len(entry.response_content) == MOST_BYTES
    assert (entry.body, entry.response) == (None, None)
    for _ in range(MOST_ENTRIES):
        journal.open("GET", "/")
    assert len(journal.entries()) == MOST_ENTRIES
    assert journal.entries()[0].number == 2


def test_it_can_be_taken_away_as_an_archive(api: Any) -> None:
    """HAR 1.2, which browsers read."""
    api.create()
    api.call("GET", "/sessions/", params={"project_id": "p"})
    log = api.sandbox.journal.to_har()["log"]
    assert (log["version"], len(log["entries"])) == ("1.2", 2)
    first, second = log["entries"]
    assert first["request"]["postData"]["mimeType"] == "application/json"
    assert json.loads(first["request"]["postData"]["text"])["name"] == "a"
    assert first["response"]["content"]["mimeType"] == "application/json"
    assert "postData" not in second["request"]
    assert second["request"]["queryString"] == [{"name": "project_id", "value": "p"}]
    assert (second["response"]["status"], second["response"]["statusText"]) == (200, "OK")
    entry = api.sandbox.journal.open("GET", "/x")
    entry.fault = "stall"
    last = api.sandbox.journal.to_har()["log"]["entries"][-1]
    assert (last["response"]["status"], last["response"]["comment"]) == (0, "fault: stall")
    assert api.sandbox.journal.text(1).endswith("GET /x -> no response (fault: stall)")
