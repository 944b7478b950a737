"""Copies of a recorded request."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from anyscale_sessions_sandbox import Fault, serve
from anyscale_sessions_sandbox.journal import Entry
from anyscale_sessions_sandbox.page.copies import curl_copy, fault_copy, python_copy
from anyscale_sessions_sandbox.spec import Spec

from .conftest import APP, Page

SPEC = Spec.shipped()
BODY = {"name": 'it\'s "a"; $(b) `c` é', **APP}


def entry(**fields: Any) -> Entry:
    """An entry with a body."""
    known: dict[str, Any] = {
        "number": 1,
        "time": "2026-01-01T00:00:00+00:00",
        "method": "POST",
        "target": "/v0/sessions/",
    }
    body = fields.pop("body", None)
    if body is not None:
        fields["request_content"] = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields.setdefault("size", len(fields["request_content"]))
    return Entry(**(known | fields))


def test_the_python_copy_sends_the_same_request(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python copies of requests with a body and with a query are programs that send the same requests."""
    listing = entry(
        method="GET",
        target="/v0/session_events/?session_id=ses_1&count=5&event_types=edited&log_level_types=info&other=1",
        operation="get_session_event_log",
    )
    program = python_copy(entry(operation="create_session", body=BODY), SPEC, page.mask)
    with serve() as sandbox:
        monkeypatch.setenv("ANYSCALE_HOST", sandbox.url)
        monkeypatch.setenv("ANYSCALE_CLI_TOKEN", sandbox.token)
        sandbox.seed({"sessions": [{"id": "ses_1", "name": "a", **APP}]})
        exec(program, {})
        exec(python_copy(listing, SPEC, page.mask), {})
        created, listed = sandbox.journal.entries()
    assert (created.operation, created.body["name"]) == ("create_session", BODY["name"])
    assert listed.query == {
        "session_id": "ses_1", "count": "5", "event_types": "edited", "log_level_types": "info"
    }  # fmt: skip


def test_a_copy_without_its_secrets_says_so(page: Page) -> None:
    """The copies of a request that had a secret say that it must be put in; those of another request do not."""
    secret = entry(operation="create_session", body={"name": "a", "access_token": "a-secret"})
    harmless = entry(operation="create_session", body=BODY)
    copies = [curl_copy(secret, page.mask), python_copy(secret, SPEC, page.mask)]
    assert all(copy.startswith("# Secrets were left out. Replace '***' ") for copy in copies)
    assert "#" not in curl_copy(harmless, page.mask) + python_copy(harmless, SPEC, page.mask)


def test_the_python_copy_has_no_invisible_characters(page: Page) -> None:
    """Terminal sequences and marks of direction are escaped in a Python copy."""
    command = entry(operation="create_session_command", body={"shell_command": "\u202e\x1b[31m"})
    assert r"\u202e\x1b[31m" in python_copy(command, SPEC, page.mask)


def test_the_curl_copy_sends_the_same_request(page: Page) -> None:
    """A shell splits the curl copy into the same body and target, whatever is in them."""
    copy = curl_copy(entry(body=BODY | {"x": "\x1b[31m"}, target="/v0/x'\u202e?a=$(id)&b=`c`\n"), page.mask)
    assert all(character.isprintable() and character.isascii() for character in copy.replace("\n", ""))
    words = subprocess.run(
        ["bash", "-c", f"curl() {{ printf '%s\\0' \"$@\"; }}; {copy}"],
        env={"ANYSCALE_HOST": "http://h", "ANYSCALE_CLI_TOKEN": "t"},
        capture_output=True,
        check=True,
    ).stdout.decode().split("\0")  # fmt: skip
    assert words[:3] == ["-X", "POST", "http://h/v0/x%27%E2%80%AE?a=$(id)&b=%60c%60%0A"]
    assert words[3:5] == ["-H", "Authorization: Bearer t"]
    assert json.loads(words[8]) == BODY | {"x": "\x1b[31m"}


def test_copies_have_no_secrets(page: Page) -> None:
    """The token of the sandbox and secret fields are masked in copies."""
    body = {"user_service_token": "hush", "name": page.app.token}
    secret = entry(operation="create_session", body=body, path={"a": page.app.token})
    shown = python_copy(secret, SPEC, page.mask) + curl_copy(secret, page.mask)
    assert "hush" not in shown
    assert page.app.token not in shown


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"body": b"{", "size": 100_000}, "longer than 65536 bytes"),
        ({"body": b"{"}, "is not JSON"),
        ({}, ""),
        ({"body": b"[" * 60 + b"]" * 60}, "nested too deeply"),
    ],
)
def test_a_body_that_cannot_be_copied_is_left_out(page: Page, fields: Any, note: str) -> None:
    """If the body was not recorded as a whole or is not JSON, a note says so; without a body there is none."""
    recorded = entry(operation="create_session", **fields)
    for copy in (python_copy(recorded, SPEC, page.mask), curl_copy(recorded, page.mask)):
        assert copy.startswith(
            f"# The body {note}" if "JSON" in note else "# The body is" if note else ("from", "curl")
        )
        assert note in copy
        assert "data-raw" not in copy
        assert "body=" not in copy


def test_a_request_without_an_operation_has_no_python_copy(page: Page) -> None:
    """A request for a path that the document does not have has neither a Python copy nor a fault."""
    assert python_copy(entry(), SPEC, page.mask).startswith("# The OpenAPI document has no operation")
    assert fault_copy(entry(), page.mask) is None


def test_a_request_that_worked_becomes_a_fault_with_503(page: Page) -> None:
    """The fault of a request that worked fails the next one of its operation and session with 503."""
    fault = fault_copy(entry(operation="get_session", path={"session_id": "ses_1"}, status=200), page.mask)
    assert fault == {
        "kind": "status", "phase": "before", "times": 1, "status": 503, "operation": "get_session", "session": "ses_1"
    }  # fmt: skip


@pytest.mark.parametrize(("content", "body"), [(b'{"a": 1}', {"a": 1}), (b'{"a": ', None)])
def test_a_request_that_failed_becomes_a_fault_with_its_error(page: Page, content: bytes, body: Any) -> None:
    """The fault of a request that failed has its status and, if it was recorded as a whole, its body."""
    failed = entry(operation="get_session", status=409, response_content=content)
    fault = fault_copy(failed, page.mask) or {}
    assert (fault["status"], fault.get("body")) == (409, body)
    assert Fault.from_dict(fault).operation == "get_session"


def test_a_request_that_a_fault_hit_becomes_that_fault(page: Page) -> None:
    """The fault of a request that was hit is the one that hit it, or an ordinary one if it cannot be read back."""
    hit = entry(operation="get_session", fault=str(Fault("reset", phase="after", keep_bytes=3)))
    assert fault_copy(hit, page.mask) == {
        "kind": "reset", "phase": "after", "times": 1, "keep_bytes": 3, "operation": "get_session"
    }  # fmt: skip
    unreadable = entry(operation="get_session", fault="status; phase=x; phase=y")
    assert (fault_copy(unreadable, page.mask) or {})["status"] == 503
