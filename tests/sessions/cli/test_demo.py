"""`demo`: a session's whole life against a sandbox in this process."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

import anyscale_sessions_sandbox
from anyscale_sessions import CreateSession, Session, SessionCommand, SessionsClient, SessionState
from anyscale_sessions.cli import demo as demo_module

from .conftest import AT_ONCE, Run
from .terminals import on_a_terminal

ERASED_LINE = "\x1b[2K"
STEPS = ["create", "start", "run", "list", "events", "terminate", "refuse"]


@pytest.fixture
def quick(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - for its effect
    """Let the demo's own sandbox start sessions at once."""
    serve = anyscale_sessions_sandbox.serve
    monkeypatch.setattr(anyscale_sessions_sandbox, "serve", lambda **options: serve(timings=AT_ONCE, **options))
    monkeypatch.setattr(demo_module, "POLL_INTERVAL_S", 0.01)
    monkeypatch.delenv("ANYSCALE_CLI_TOKEN")
    monkeypatch.delenv("ANYSCALE_HOST")


@pytest.mark.usefixtures("quick")
def test_demo_tells_the_facts_of_each_step(run: Run) -> None:
    """The demo ends with one JSON object that has the facts of each step and no token."""
    result = run("demo", "--output", "json").result
    steps = {step["name"]: step["facts"] for step in result["steps"]}
    assert list(steps) == STEPS
    session_id = steps["create"]["id"]
    assert steps["create"]["user_service_access"] == "public"
    assert steps["start"]["user_service_url"].startswith("http")
    assert (steps["run"]["status_code"], steps["run"]["stdout"]) == (0, "42")
    assert steps["list"]["session_ids"] == [session_id]
    kinds = [event["event_type"] for event in steps["events"]["events"]]
    assert kinds == ["created", "start_command", "starting", "running"]
    assert steps["terminate"] | {"id": session_id, "state": "Terminated"} == steps["terminate"]
    assert {problem["field"] for problem in steps["refuse"]["problems"]} == {
        "build_id",
        "compute_template_id",
        "idle_timeuot",
    }
    assert "user_service_token" not in str(result)


@pytest.mark.usefixtures("environment")
def test_demo_needs_bash(run_apart: Run, tmp_path: Path) -> None:
    """The demo ends with one line and code 2 if there is no bash."""
    ended = run_apart("demo", env={**os.environ, "PATH": str(tmp_path)})
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "bash, which is not on PATH" in ended.err


@pytest.mark.usefixtures("quick")
def test_demo_shows_the_token_only_if_asked_for(run: Run) -> None:
    """The demo shows the user service token of 43 characters only with `--show-token`."""
    result = run("demo", "--show-token", "--output", "json").result
    assert len(result["steps"][0]["facts"]["user_service_token"]) == 43
    shown = run("demo", "--show-token")
    assert "user_service_token: " in shown.out
    assert "user_service_token" not in run("demo").out


@pytest.mark.usefixtures("quick")
def test_demo_is_readable(run: Run) -> None:
    """The text output of the demo has one line for each step, and the problems of the refused session."""
    ended = run("demo")
    assert ended.code == 0
    names = [line.split()[0] for line in ended.out.splitlines() if not line.startswith(" ")]
    assert names == ["sandbox", *STEPS, "All"]
    assert "did you mean idle_timeout?" in ended.out
    assert "Running" in ended.err


@pytest.mark.parametrize(
    ("method", "result"),
    [
        ("create_session", Session(id="ses_1", name="other")),
        (
            "wait_for_session",
            Session(id="ses_1", state=SessionState.STOPPED, user_service_url="http://x", access_token="t"),
        ),
        ("run_command", SessionCommand(id="cmd_1", status_code=1)),
        ("list_sessions", []),
        ("get_session_event_log", []),
    ],
)
@pytest.mark.usefixtures("quick")
def test_demo_fails_where_a_step_brings_about_something_else(
    run: Run, monkeypatch: pytest.MonkeyPatch, method: str, result: object
) -> None:
    """The demo verifies the result of each call and ends with code 5 if it is wrong."""
    monkeypatch.setattr(SessionsClient, method, lambda *_, **__: result)
    ended = run("demo", "--output", "json")
    assert (ended.code, ended.error["type"]) == (5, "DemoError")


@pytest.mark.usefixtures("quick")
def test_demo_fails_if_the_token_is_not_the_one_that_was_made(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo fails if the created session does not have the token that was sent."""
    create = SessionsClient.create_session

    def forget_token(client: SessionsClient, body: CreateSession) -> Session:
        session = create(client, body)
        session.user_service_token = None
        return session

    monkeypatch.setattr(SessionsClient, "create_session", forget_token)
    assert run("demo", "--output", "json").code == 5


@pytest.mark.usefixtures("quick")
def test_demo_fails_if_the_command_writes_something_else(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo fails if the output of its command is wrong, even with exit code 0."""
    monkeypatch.setattr(demo_module, "SHELL_COMMAND", "true")
    assert run("demo", "--output", "json").code == 5


@pytest.mark.usefixtures("quick")
def test_demo_fails_if_nothing_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo fails if an incomplete CreateSession is accepted."""
    monkeypatch.setattr(CreateSession, "from_dict", lambda _: None)
    ended = run("demo", "--output", "json")
    assert (ended.code, ended.error["type"]) == (5, "DemoError")


@pytest.mark.usefixtures("environment")
def test_demo_on_a_terminal() -> None:
    """On a terminal the demo shows its progress in one line and ends within a minute."""
    began = time.monotonic()
    shown = on_a_terminal("demo")
    assert time.monotonic() - began < 60
    assert "All 7 steps succeeded" in shown
    assert ERASED_LINE in shown
    assert shown.count("\x1b[?25h") == shown.count("\x1b[?25l") > 0  # the cursor is back


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("columns", "variables"),
    [(20, {"NO_COLOR": "1"}), (80, {"NO_COLOR": "1"}), (80, {"LC_ALL": "C", "PYTHONUTF8": "0", "NO_COLOR": "1"})],
)
def test_progress_on_any_terminal(columns: int, variables: dict[str, str], session: Session) -> None:
    """Progress works on a narrow terminal and on one without UTF-8, and has no colours with NO_COLOR."""
    shown = on_a_terminal("start", session.id, "--wait", columns=columns, **variables)
    assert ERASED_LINE in shown
    assert "Running" in shown.rpartition(ERASED_LINE)[2]
    assert not re.search(r"\x1b\[[0-9;]*m", shown)
    assert shown.isascii()


@pytest.mark.usefixtures("environment")
def test_progress_on_a_terminal_that_only_prints(session: Session) -> None:
    """On a terminal without cursor control, progress is one line for each change."""
    shown = on_a_terminal("start", session.id, "--wait", TERM="dumb")
    assert "\x1b" not in shown
    assert f"waiting for session {session.id} to be Running; last seen: Running\r\n" in shown
