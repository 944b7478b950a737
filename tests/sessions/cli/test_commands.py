"""Tests for `cli/commands.py`: commands in sessions, and their exit codes."""

from __future__ import annotations

import json

import pytest

from anyscale_sessions import Session, SessionsClient
from anyscale_sessions.cli.commands import exit_code_for
from anyscale_sessions.client.base import ClientBase
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, serve

from .conftest import Run, one_line_of_json, raise_
from .session_file_problems import APP_CONFIG


@pytest.fixture
def running(client: SessionsClient, session: Session) -> str:
    """Start the session and return its id."""
    client.start_session(session.id)
    client.wait_for_session(session.id, poll_interval=0.01)
    return session.id


@pytest.mark.parametrize(
    ("words", "shell_command"),
    [
        (["echo a | wc"], "echo a | wc"),
        (["--", "echo", "a b", "|"], "echo 'a b' '|'"),
        (["--", "ls", "-l", "--timeout"], "ls -l --timeout"),
        (["--", "echo", "n\u00e4chtlich"], "echo 'n\u00e4chtlich'"),
        (["--", ""], ""),
    ],
)
def test_words_become_a_shell_command(
    run: Run, client: SessionsClient, running: str, words: list[str], shell_command: str
) -> None:
    """One argument is shell text; several are quoted and joined; those after -- are never options."""
    shown = run("run", running, "--detach", *words, "-o", "json") if "--" not in words else None
    if shown is None:
        shown = run("run", running, "--detach", "-o", "json", *words)
    assert (shown.code, shown.err) == (0, "")
    assert client.get_session_command(json.loads(shown.out)["id"]).shell_command == shell_command


@pytest.mark.parametrize(
    ("status_code", "exit_code"),
    [(0, 0), (3, 3), (127, 127), (255, 255), (-9, 137), (-15, 143), (256, 125), (None, 137)],
)
def test_exit_code_is_that_of_the_command(status_code: int | None, exit_code: int) -> None:
    """A status code is passed through, a signal n becomes 128 + n, and a code that no process can have 125."""
    assert exit_code_for(status_code) == exit_code


def test_id_is_written_at_once(run: Run, running: str) -> None:
    """`run` writes the id of the command to standard error before it waits."""
    ended = run("run", running, "--", "exit", "4")
    first, *_, last = ended.err.splitlines()
    command_id = first.split()[1]
    assert (ended.code, first) == (4, f"command {command_id} was started")
    assert last == f"waiting for command {command_id} to finish; last seen: finished with status code 4"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "ses_1"],
        ["run", "ses_1", "--"],
        ["run", "ses_1", "ls", "--bogus"],
        ["run", "a/b", "ls"],
        ["run", "ses_none", "ls"],
        ["run", "ses_1", "ls", "--timeout", "soon"],
        ["command", "wait"],
        ["command", "wait", "scd_none"],
    ],
)
def test_own_failures_have_one_code(run: Run, arguments: list[str]) -> None:
    """Failures of `run` and `command wait` themselves end with code 125, whatever their reason."""
    ended = run(*arguments, "-o", "json") if arguments[-1] != "--" else run("-o", "json", *arguments)
    assert (ended.code, ended.out) == (125, "")


def test_run_names_the_command_that_it_leaves_behind(run: Run, running: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted `run` ends with code 130 and says how to wait for the command again."""
    with monkeypatch.context() as patch:
        patch.setattr(SessionsClient, "wait_for_session_command", lambda *_, **__: raise_(KeyboardInterrupt()))
        ended = run("run", running, "--", "exit", "5", "-o", "json")
        assert ended.code == 130
        ended = run("run", running, "-o", "json", "exit 5")
    note, error = map(json.loads, ended.err.splitlines())
    command_id = note["note"]["command_id"]
    assert (ended.code, error["error"]["command_id"], error["error"]["session_id"]) == (130, command_id, running)
    assert error["error"]["message"].endswith(f"anyscale-sessions command wait {command_id}")
    again = run("command", "wait", command_id, "--query", "status_code")
    assert (again.code, again.out) == (5, "5\n")


@pytest.mark.usefixtures("token_for_any_host")
def test_run_that_times_out_leaves_the_command_running(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `run` that times out ends with code 125; the command still runs and can be killed."""
    with serve(clock=ManualClock()) as frozen, SessionsClient(frozen.token, host=frozen.url) as client:
        monkeypatch.setenv("ANYSCALE_CLI_TOKEN", frozen.token)
        monkeypatch.setattr(ClientBase, "clock", client_clock(frozen.clock))
        session_id = client.launch_session(APP_CONFIG).id
        ended = run("--host", frozen.url, "run", session_id, "-o", "json", "--timeout", "5", "sleep 1h")
        error = json.loads(ended.err.splitlines()[-1])["error"]
        assert (ended.code, error["type"]) == (125, "WaitTimeoutError")
        at = ("--host", frozen.url)
        assert run("command", "get", error["command_id"], "--query", "finished_at", *at).out == "-\n"
        assert run("command", "kill", error["command_id"], "-o", "name", *at).out == f"{error['command_id']}\n"
        assert run("command", "wait", error["command_id"], *at).code == 137


def test_commands_of_a_session_are_listed(run: Run, running: str) -> None:
    """`command list` lists the commands of a session with their status codes."""
    run("run", running, "exit 3")
    header, row = run("command", "list", running).out.splitlines()
    assert header.split() == ["id", "shell_command", "status_code", "created_at"]
    assert row.split()[1:4] == ["exit", "3", "3"]
    (listed,) = run("command", "list", running, "-o", "json").result
    assert listed["shell_command"] == "exit 3"


def test_progress_says_that_a_command_was_killed(run: Run, running: str, client: SessionsClient) -> None:
    """The progress of a wait for a command says whether it runs, has finished or was killed."""
    command_id = run("run", running, "--detach", "-o", "name", "sleep 1h").out.strip()
    client.kill_session_command(command_id)
    ended = run("command", "wait", command_id, "-o", "table")
    assert (ended.code, ended.err) == (137, f"waiting for command {command_id} to finish; last seen: killed\n")
    assert one_line_of_json(run("command", "get", command_id, "-o", "json").out)["killed_at"]
