"""Tests of the command line on a pseudo-terminal: following, watching, interrupting, widths and colours."""

from __future__ import annotations

import subprocess

import pytest
from rich.cells import cell_len

from anyscale_sessions import Session, SessionsClient
from anyscale_sessions_sandbox import Sandbox

from .conftest import COMMAND, PATIENCE_S, started
from .session_file_problems import APP_CONFIG
from .terminals import ESCAPE, on_a_terminal, plain, terminal

CTRL_C = "\x03"
INTERVAL = ("--interval", "0.05")

pytestmark = pytest.mark.usefixtures("environment")


def launch(client: SessionsClient, session: Session) -> None:
    """Start a session and wait until it runs."""
    client.start_session(session.id)
    client.wait_for_session(session.id, poll_interval=0.01)


def test_events_are_followed_until_ctrl_c(client: SessionsClient, session: Session) -> None:
    """`events --follow` shows new events as they happen, and Ctrl-C ends it with code 130."""
    with terminal("events", session.id, "--follow", *INTERVAL) as shown:
        shown.wait_for("The session was created.")
        launch(client, session)
        shown.wait_for("The session is running.")
        shown.press(CTRL_C)
        assert shown.end() == 130
    assert shown.seen.count("The session is running.") == 1
    assert "Traceback" not in shown.seen


def test_list_is_watched_until_ctrl_c(client: SessionsClient, session: Session) -> None:
    """`list --watch` shows each session that is new or has changed, and Ctrl-C ends it with code 130."""
    with terminal("list", "prj_1", "--watch", *INTERVAL, columns=120) as shown:
        shown.wait_for(session.id)
        launch(client, session)
        shown.wait_for("Running")
        other = client.create_session({**APP_CONFIG, "name": "another"})
        shown.wait_for(other.id)
        shown.press(CTRL_C)
        assert shown.end() == 130
    header, *_ = plain(shown.seen).splitlines()
    assert header.split() == ["id", "name", "state", "created_at"]


def test_run_is_interrupted_and_resumed(server: Sandbox, client: SessionsClient, session: Session) -> None:
    """Ctrl-C ends the wait of `run` and names the command; `command wait` resumes it and has its exit code."""
    launch(client, session)
    with terminal("run", session.id, "--", "sleep", "1h") as shown:
        shown.wait_for("was started")
        shown.wait_for("last seen: running")
        shown.press(CTRL_C)
        assert shown.end() == 130
    (command,) = client.list_session_commands(session.id)
    assert f"command {command.id} was started" in plain(shown.seen)
    assert f"anyscale-sessions command wait {command.id}" in plain(shown.seen)
    assert command.finished_at is None
    server.clock.advance(hours=1)
    assert "status_code" in on_a_terminal("command", "wait", command.id)


@pytest.mark.parametrize(
    "command",
    [
        ("list", "prj_1"),
        ("get", "ID"),
        ("events", "ID"),
        ("command", "list", "ID"),
        ("api", "get_session", "session_id=ID"),
    ],
)
def test_output_fits_40_columns(client: SessionsClient, session: Session, command: tuple[str, ...]) -> None:
    """No line of a table or an object is wider than a terminal of 40 columns."""
    launch(client, session)
    client.create_session({**APP_CONFIG, "name": "\u591c" * 30})
    client.create_session_command({"session_id": session.id, "shell_command": "echo " + "x" * 100})
    shown = on_a_terminal(*(word.replace("ID", session.id) for word in command), columns=40)
    lines = plain(shown).splitlines()
    assert lines
    assert max(map(cell_len, lines)) <= 40


def test_states_have_colors_on_a_terminal(client: SessionsClient, session: Session) -> None:
    """States have colours on a terminal, but not with --no-color, NO_COLOR or on a dumb terminal."""
    launch(client, session)
    assert "\x1b[32mRunning" in on_a_terminal("list", "prj_1", columns=120)
    assert not ESCAPE.search(on_a_terminal("list", "prj_1", "--no-color"))
    assert not ESCAPE.search(on_a_terminal("list", "prj_1", NO_COLOR="1"))
    assert not ESCAPE.search(on_a_terminal("list", "prj_1", TERM="dumb"))


def test_errors_have_colors_on_a_terminal() -> None:
    """The word Error has a colour on a terminal."""
    for variables, has_color in (({}, True), ({"NO_COLOR": "1"}, False)):
        with terminal("get", "ses_none", **variables) as shown:
            assert shown.end() == 3
        assert bool(ESCAPE.search(shown.seen)) == has_color
        assert plain(shown.seen).startswith("Error: get_session: 404")


def test_reader_that_stops_reading(client: SessionsClient, session: Session) -> None:
    """`list --watch` into a reader that stops, such as `head`, ends quietly with code 1."""
    with started("list", "prj_1", "--watch", *INTERVAL) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith("id")
        process.stdout.close()
        client.update_session(session.id, {"idle_timeout": 9})
        assert process.wait(PATIENCE_S) == 1
        assert process.stderr.read() == ""


def test_pipe_into_head(client: SessionsClient) -> None:
    """A long list into `head` ends quietly, without a traceback."""
    for _ in range(3):
        client.create_session(APP_CONFIG)
    script = 'first=$1; shift; "$@" list prj_1 -o yaml | head -n 1'
    ended = subprocess.run(
        ["sh", "-c", script, "sh", "x", *COMMAND], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("\n") == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("list prj_1", 0),
        ("events ses_none --follow", 3),
        ("run ses_none ls", 125),
        ("api get_session", 2),
        ("version -o name", 0),
    ],
)
def test_closed_output(closed: str, arguments: str, code: int) -> None:
    """A command whose standard streams are closed ends with its usual exit code."""
    script = f'exec "$@" {closed}'
    ended = subprocess.run(
        ["sh", "-c", script, "sh", *COMMAND, *arguments.split()], capture_output=True, timeout=PATIENCE_S, check=False
    )
    assert ended.returncode == code
    assert b"Traceback" not in ended.stderr
