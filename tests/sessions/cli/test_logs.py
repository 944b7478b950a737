"""Tests for `cli/logs.py`: the output of commands in a sandbox."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from anyscale_sessions import SessionsClient
from anyscale_sessions.cli import logs as logs_module
from anyscale_sessions.cli import polling
from anyscale_sessions_sandbox import Sandbox, serve
from anyscale_sessions_sandbox.remote import RemoteSandbox

from .conftest import AT_ONCE, Run, answering, response_of
from .session_file_problems import APP_CONFIG
from .terminals import FakeTerminal

PRINTS = "echo one; echo two >&2; printf three"


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch, environment: None) -> Iterator[Sandbox]:  # noqa: ARG001 - for its effect
    """Serve a sandbox whose commands really run."""
    with serve(timings=AT_ONCE, runtime="process") as sandbox:
        monkeypatch.setenv("ANYSCALE_HOST", sandbox.url)
        monkeypatch.setenv("ANYSCALE_CLI_TOKEN", sandbox.token)
        yield sandbox


def finished(sandbox: Sandbox, shell_command: str) -> str:
    """Run a command in a new session and return its id when it has finished."""
    with SessionsClient(sandbox.token, host=sandbox.url) as client:
        session = client.launch_session(APP_CONFIG, poll_interval=0.01)
        return client.run_command(session.id, shell_command, poll_interval=0.01).id


def test_output_of_a_command_is_shown(run: Run, process: Sandbox) -> None:
    """`logs` writes standard output and standard error of a command to those of its own, or both as JSON."""
    command_id = finished(process, PRINTS)
    ended = run("logs", command_id)
    assert (ended.code, ended.out, ended.err) == (0, "one\nthree\n", "two\n")
    assert run("logs", command_id, "-o", "json").result == {"stdout": "one\nthree", "stderr": "two\n"}
    assert run("logs", command_id, "--query", "stderr").out == "two\\n\n"


def test_follow_writes_what_is_new(run: Run, process: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--follow` writes each line once, and ends when the command has finished."""
    command_id = finished(process, PRINTS)
    parts = iter([("", ""), ("one\nthr", ""), ("one\nthree", "two\n")])

    def ends(_client: SessionsClient, _id: str) -> object:
        state = next(states)
        return type("Command", (), {"finished_at": state, "killed_at": None})()

    states = iter([None, None, None, "now"])
    monkeypatch.setattr(polling.time, "sleep", lambda _: None)
    monkeypatch.setattr(SessionsClient, "get_session_command", ends)
    monkeypatch.setattr(RemoteSandbox, "logs", lambda *_: dict(zip(("stdout", "stderr"), next(parts), strict=True)))
    ended = run("logs", command_id, "--follow")
    assert (ended.code, ended.out, ended.err) == (0, "one\nthree\n", "two\n")


def test_long_output_whose_beginning_was_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """If the beginning of the output is missing, the lines after the last known ones are written, else all of them."""
    tail = logs_module._Tail(sys.stdout)
    beginning, known = "x" * 5000, "y" * logs_module.OVERLAP
    tail.update(f"{beginning}\n{known}\n")
    capsys.readouterr()
    tail.update(f"{known}\nnew\n")
    assert capsys.readouterr().out == "new\n"
    tail.update("other\n")
    assert capsys.readouterr().out == "other\n"


def test_output_cannot_control_a_terminal() -> None:
    """On a terminal, control characters in the output of a command are written as escapes."""
    shown = FakeTerminal()
    tail = logs_module._Tail(shown)
    tail.update("a\x1b[2Jb\tc\n")
    assert shown.getvalue().startswith("a\\x1b[2Jb ")
    assert "\t" not in shown.getvalue()


@pytest.mark.parametrize("arguments", [("-o", "yaml"), ("--query", "stdout")])
def test_follow_is_text_only(run: Run, arguments: tuple[str, ...]) -> None:
    """`--follow` with another output than text is refused."""
    ended = run("logs", "scd_1", "--follow", *arguments)
    assert (ended.code, "leave out --output and --query" in ended.err) == (2, True)


def test_missing_command_is_refused(run: Run) -> None:
    """A command that does not exist ends with code 3 and its id."""
    ended = run("logs", "scd_none", "-o", "json")
    assert (ended.code, ended.error["command_id"]) == (3, "scd_none")


@pytest.mark.usefixtures("token_for_any_host")
def test_other_servers_have_no_logs(run: Run) -> None:
    """A server that is not a sandbox does not return the output, and the message says what to do."""

    def answer(request: bytes) -> bytes:
        if b"/_sandbox/" in request:
            return response_of(b'{"error": {"detail": "no such path"}}', "404 Not Found")
        return response_of(json.dumps({"result": {"id": "scd_1"}}).encode())

    with answering(answer) as host:
        ended = run("logs", "scd_1", "--host", host)
    assert (ended.code, ended.out) == (2, "")
    assert "has no operation that returns the output" in ended.err
    assert "anyscale-sessions run ID" in ended.err
