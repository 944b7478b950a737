"""Tests for `cli/errors.py`: the exit code and the message of each kind of error."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from anyscale_sessions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    InvalidCredentialsError,
    InvalidRequestError,
    InvalidSessionError,
    MissingCredentialsError,
    OperationFailedError,
    OutcomeUnknownError,
    PermissionDeniedError,
    Problem,
    ResponseDecodeError,
    Session,
    SessionsClient,
    SessionsError,
    UnprocessableEntityError,
    UnreachableStateError,
    WaitTimeoutError,
)
from anyscale_sessions.cli.session_files import InvalidSessionFileError
from anyscale_sessions.client.base import ClientBase
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, Timings, serve

from .conftest import APP_CONFIG_EXAMPLE, Run, answering, one_line_of_json, raise_, response_of

PROBLEM = Problem("name", "must be given", "pass name")
CODES: dict[type[SessionsError], int] = {
    InvalidRequestError: 2,
    MissingCredentialsError: 2,
    InvalidCredentialsError: 2,
    APIStatusError: 3,
    APIConnectionError: 4,
    APITimeoutError: 4,
    ResponseDecodeError: 4,
    OperationFailedError: 5,
    UnreachableStateError: 5,
    WaitTimeoutError: 5,
    OutcomeUnknownError: 6,
}


def error_classes(kind: type[SessionsError] = SessionsError) -> Iterator[type[SessionsError]]:
    """Yield every error class below `kind`."""
    for below in kind.__subclasses__():
        yield below
        yield from error_classes(below)


def make_error(kind: type[SessionsError]) -> SessionsError:
    """Make an error as a user may get it."""
    if issubclass(kind, InvalidRequestError):
        return kind.of("create_session", [PROBLEM])
    return kind("it went wrong:\nbadly", request_id="req_1", status=418)


@pytest.mark.parametrize("kind", sorted(set(error_classes()), key=lambda kind: kind.__name__))
def test_every_error_has_a_message_and_an_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, kind: type[SessionsError]
) -> None:
    """Each error class ends a command with its exit code, a message for people, and JSON for programs."""
    error = make_error(kind)

    def refuse(_client: SessionsClient, _session_id: str) -> Session:
        raise error

    monkeypatch.setattr(SessionsClient, "get_session", refuse)
    (code,) = {code for root, code in CODES.items() if issubclass(kind, root)}
    ended = run("get", "ses_1")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith(f"Error: {error}\n")
    ended = run("get", "ses_1", "--output", "json")
    assert ended.code == code
    assert ended.error["type"] == kind.__name__
    assert ended.error["message"].startswith(str(error))
    assert (ended.error["status"], ended.error["request_id"]) == (error.status, error.request_id)
    assert ended.error["problems"] == ([msgspec.to_builtins(PROBLEM)] if issubclass(kind, InvalidRequestError) else [])


def test_problems_of_the_server_are_in_the_output(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The problems of a 422 response are in the JSON output, each with its field."""
    error = UnprocessableEntityError("create_session: 422")
    error.problems = (PROBLEM,)
    monkeypatch.setattr(SessionsClient, "get_session", lambda *_: raise_(error))
    (problem,) = run("get", "ses_1", "--output", "json").error["problems"]
    assert problem["field"] == "name"


@pytest.mark.parametrize("kind", [WaitTimeoutError, UnreachableStateError, OperationFailedError, PermissionDeniedError])
def test_the_ids_of_an_error_are_in_the_output(
    run: Run, monkeypatch: pytest.MonkeyPatch, kind: type[SessionsError]
) -> None:
    """The ids of what any error is about are in the JSON output."""
    error, ids = kind("not there"), {"session_id": "ses_9", "operation_id": "sop_9", "command_id": "scd_9"}
    for name, value in ids.items():
        setattr(error, name, value)
    monkeypatch.setattr(SessionsClient, "get_session", lambda *_: raise_(error))
    assert run("get", "ses_1", "--output", "json").error.items() >= ids.items()


def test_an_interruption_names_what_is_left(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption with a note, as of a command that may still run, shows it."""
    error = KeyboardInterrupt()
    error.add_note("command scd_1 of session ses_1 may still run")
    monkeypatch.setattr(SessionsClient, "create_session_command", lambda *_, **__: raise_(error))
    ended = run("run", "ses_1", "true")
    assert ended.code == 130
    assert ended.err.endswith("Error: interrupted\ncommand scd_1 of session ses_1 may still run\n")


def test_unexpected_exception_is_raised(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that is not one of the expected errors is raised with its traceback."""
    monkeypatch.setattr(SessionsClient, "get_session", lambda *_: raise_(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        run("get", "ses_1")


def test_missing_token_ends_with_code_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command without a token ends with code 2 and names the places where a token is looked up."""
    monkeypatch.delenv("ANYSCALE_CLI_TOKEN")
    ended = run("get", "ses_1")
    assert (ended.code, ended.out) == (2, "")
    assert all(place in ended.err for place in ("ANYSCALE_CLI_TOKEN", "~/.anyscale/credentials.json"))


def test_error_response_ends_with_code_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that the server refuses ends a command with code 3 and the HTTP status."""
    ended = run("get", "ses_none", "--output", "json")
    assert (ended.code, ended.error["type"], ended.error["status"]) == (3, "NotFoundError", 404)
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "sss_wrong")
    ended = run("get", "ses_none", "--output", "json")
    assert (ended.code, ended.error["type"], ended.error["status"]) == (3, "PermissionDeniedError", 403)


@pytest.mark.usefixtures("token_for_any_host")
def test_unreachable_server_ends_with_code_4(run: Run) -> None:
    """A server that cannot be reached ends a command with code 4."""
    with serve() as stopped:
        host = stopped.url
    ended = run("get", "ses_1", "--host", host, "--output", "json")
    assert (ended.code, ended.error["type"]) == (4, "APIConnectionError")


HTML = b"<html><h1>Bad Gateway \x1b[2J</h1></html>"
HOSTILE = {
    "a gateway's page": (response_of(HTML, "502 Bad Gateway", "text/html"), 3),
    "a page": (response_of(HTML, kind="text/html"), 4),
    "no response": (b"", 4),
    "a response of TLS": (b"\x15\x03\x01\x00\x02\x02\x16", 4),
    "a response that breaks off": (response_of(b'{"result": {"id": "ses_1"}}')[:-5], 4),
    "another shape": (response_of(b'{"result": 5}'), 4),
}


@pytest.mark.usefixtures("token_for_any_host")
@pytest.mark.parametrize(("response", "code"), HOSTILE.values(), ids=HOSTILE)
def test_unusable_response_ends_with_one_error(
    run: Run, tmp_path: Path, response: bytes, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unusable response ends a command with one error, and a create request with code 6 (outcome unknown)."""
    monkeypatch.setattr(ClientBase, "clock", client_clock(ManualClock()))
    file = tmp_path / "session.yaml"
    file.write_text("name: a\nproject_id: p\ncloud_id: c\ncluster_config: 'x: 1'\n")
    with answering(response) as host:
        ended = run("get", "ses_1", "--host", host)
        assert (ended.code, ended.out, ended.err[:7]) == (code, "", "Error: ")
        assert "\x1b" not in ended.err
        assert run("get", "ses_1", "--host", host, "--output", "json").error["message"]
        ended = run("create", "-f", str(file), "--host", host, "--output", "json")
        assert (ended.code, ended.error["type"]) == (6, "CreateOutcomeUnknownError")


@pytest.mark.usefixtures("token_for_any_host")
def test_server_without_tls_ends_with_code_4(run: Run) -> None:
    """A server that does not speak TLS ends a command with code 4 if the host says https."""
    with answering(HOSTILE["a page"][0]) as host:
        ended = run("get", "ses_1", "--host", host.replace("http:", "https:"), "--output", "json")
    assert (ended.code, ended.error["type"]) == (4, "APIConnectionError")


@pytest.mark.usefixtures("token_for_any_host")
def test_create_request_that_was_not_sent_ends_with_code_4(run: Run) -> None:
    """A create request that could not be sent ends with code 4, because no session can exist."""
    with serve() as stopped:
        host = stopped.url
    file = APP_CONFIG_EXAMPLE
    assert run("create", "-f", str(file), "--host", host).code == 4


@pytest.mark.usefixtures("token_for_any_host")
def test_wait_timeout_ends_with_code_5(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A start that does not finish in time ends with code 5 and names the session that was created."""
    file = tmp_path / "session.yaml"
    file.write_text(APP_CONFIG_EXAMPLE.read_text())
    with serve(timings=Timings(start_s=3600.0)) as slow, SessionsClient(slow.token, host=slow.url) as client:
        monkeypatch.setenv("ANYSCALE_CLI_TOKEN", slow.token)
        arguments = ("--host", slow.url, "create", "-f", str(file), "--wait", "--timeout", "0.01")
        ended = run(*arguments, "--output", "json")
        (session,) = client.list_sessions("prj_FJkTV25ySHC1GE9XAeJ5TUxe")
        assert (ended.code, ended.error["type"], ended.error["session_id"]) == (5, "WaitTimeoutError", session.id)
        ended = run(*arguments)
        assert "was created" in ended.err


@pytest.mark.usefixtures("token_for_any_host")
@pytest.mark.parametrize("form", ["table", "json"])
def test_secrets_in_an_error_response_are_redacted(run: Run, tmp_path: Path, form: str) -> None:
    """An error response that quotes the request is shown without its secrets, also with `--show-token`."""
    file = tmp_path / "session.json"
    secrets = [os.environ["ANYSCALE_CLI_TOKEN"], "Zk9" * 14 + "A", "cloud-key-of-the-cluster"]
    fields = {"name": "a", "project_id": "p", "cloud_id": "c", "user_service_access": "public"}
    file.write_text(json.dumps(fields | {"user_service_token": secrets[1], "cluster_config": f"key: {secrets[2]}"}))
    requests: list[str] = []

    def quote_request(request: bytes) -> bytes:
        requests.append(request.decode())
        detail = [{"loc": ["body", "name"], "msg": requests[-1], "type": "x"}]
        return response_of(json.dumps({"detail": detail}).encode(), "422 Unprocessable Entity")

    with answering(quote_request) as host:
        ended = run("create", "-f", str(file), "--host", host, "--output", form, "--show-token")
    assert ended.code == 3
    assert [secret in "".join(requests) for secret in secrets] == [True, True, True]
    assert [secret in ended.out + ended.err for secret in secrets] == [False, False, False]


def test_session_file_error_is_an_invalid_session_error() -> None:
    """The error for a session file can be caught as an `InvalidSessionError`."""
    assert issubclass(InvalidSessionFileError, InvalidSessionError)


def test_json_error_is_one_object(run_apart: Run) -> None:
    """With `--output json` an error is one object on standard error, and standard output is empty."""
    ended = run_apart("get", "ses_none", "--output", "json")
    assert ended.out == ""
    assert set(one_line_of_json(ended.err)) == {"error"}
