"""Tests for `cli/settings.py`: the options that commands share."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from msgspec.structs import replace

from anyscale_sessions import InvalidCredentialsError, RetryInfo, Session, SessionsClient
from anyscale_sessions.cli.settings import Settings
from anyscale_sessions.client.base import ClientBase
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, serve

from .conftest import Run


def test_options_may_stand_before_or_after_the_command(run: Run, session: Session) -> None:
    """`--output` and `--host` may stand before or after the command's name, and the later one counts."""
    before = run("--output", "json", "get", session.id)
    assert json.loads(before.out)["id"] == session.id
    assert run("get", session.id, "--output", "json") == before
    assert run("--host", "https://127.0.0.1:1", "get", session.id, "--host", os.environ["ANYSCALE_HOST"]).code == 0


def test_unknown_output_format_ends_with_code_2(run: Run) -> None:
    """An unknown output format ends a command with code 2 and a message in text."""
    ended = run("list", "prj_1", "--output", "xml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Error: ")


@pytest.fixture
def sandbox_in_another_container(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Set the host to another machine with plain http, which does not exist."""
    monkeypatch.setenv("ANYSCALE_HOST", "http://sandbox.invalid:8123")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


COMMANDS = [("list", "prj_1"), ("get", "ses_1"), ("sandbox", "reset"), ("sandbox", "fault")]


@pytest.mark.usefixtures("sandbox_in_another_container")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("value", [None, "", "0"])
def test_plain_http_to_another_machine_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], value: str | None
) -> None:
    """A command does not send the token over plain http to another machine, and the error names the option."""
    if value is not None:
        monkeypatch.setenv("ANYSCALE_SESSIONS_ALLOW_HTTP", value)
    monkeypatch.setenv("ANYSCALE_HOST", "http://sandbox.invalid:8123")
    ended = run(*command)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("plain http would show the token to the network; use https, or --allow-http\n")


@pytest.mark.usefixtures("sandbox_in_another_container")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("by", ["option before", "option after", "variable"])
def test_plain_http_to_another_machine_can_be_allowed(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], by: str
) -> None:
    """With `--allow-http`, or with ANYSCALE_SESSIONS_ALLOW_HTTP=1, a command tries to reach such a host."""
    monkeypatch.setenv("ANYSCALE_HOST", "http://sandbox.invalid:8123")
    arguments = {"option before": ("--allow-http", *command), "option after": (*command, "--allow-http")}
    if by == "variable":
        monkeypatch.setenv("ANYSCALE_SESSIONS_ALLOW_HTTP", "1")
    assert run(*arguments.get(by, command)).code == 4


@pytest.mark.usefixtures("sandbox_in_another_container")
def test_another_value_of_the_variable_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value of ANYSCALE_SESSIONS_ALLOW_HTTP other than 1 and 0 is refused; the option takes precedence."""
    monkeypatch.setenv("ANYSCALE_SESSIONS_ALLOW_HTTP", "yes")
    ended = run("list", "prj_1")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "ANYSCALE_SESSIONS_ALLOW_HTTP: must be 1 or 0" in ended.err
    monkeypatch.setenv("ANYSCALE_HOST", "http://sandbox.invalid:8123")
    assert run("list", "prj_1", "--allow-http").code == 4


def test_the_variable_is_read_by_the_command_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """In code, plain http to another machine needs `allow_http=True`, whatever the variable says."""
    monkeypatch.setenv("ANYSCALE_SESSIONS_ALLOW_HTTP", "1")
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "t")
    monkeypatch.delenv("ANYSCALE_HOST", raising=False)
    with pytest.raises(InvalidCredentialsError, match="allow_http=True"):
        SessionsClient("t", host="http://sandbox.invalid:8123")
    Settings(host="http://sandbox.invalid:8123").client().close()


THROTTLED = RetryInfo(
    operation_id="get_session",
    attempt=1,
    method="GET",
    target="/sessions/ses_1",
    wait=5.0,
    status=429,
    error="RateLimitError",
    outcome="THROTTLED",
)


def test_throttled_request_says_when_it_continues(capsys: pytest.CaptureFixture[str]) -> None:
    """A throttled request says when it continues: in a note, or in the progress if there is one."""
    settings = Settings()
    settings._on_retry(THROTTLED)
    assert capsys.readouterr().err == "get_session: throttled by the server; continues in 5 s\n"
    with settings.progress() as report:
        report("waiting")
        settings._on_retry(THROTTLED)
    assert capsys.readouterr().err == "waiting\nget_session: throttled by the server; continues in 5 s\n"
    settings.output_format = "json"
    settings._on_retry(THROTTLED)
    assert json.loads(capsys.readouterr().err)["note"]["continues_in_s"] == 5.0


@pytest.mark.parametrize("change", [{"outcome": "UNKNOWN"}, {"wait": 0.1}])
def test_other_retries_are_not_reported(capsys: pytest.CaptureFixture[str], change: dict[str, Any]) -> None:
    """A retry for another reason, or after a short wait, is not reported."""
    Settings()._on_retry(replace(THROTTLED, **change))
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("token_for_any_host")
def test_throttling_by_a_server_is_reported(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that a server throttles is repeated, and a note says when it continues."""
    with serve(clock=ManualClock()) as frozen:
        monkeypatch.setenv("ANYSCALE_CLI_TOKEN", frozen.token)
        monkeypatch.setattr(ClientBase, "clock", client_clock(frozen.clock))
        frozen.faults.add("throttle", operation="list_sessions", retry_after=7)
        ended = run("list", "prj_1", "--host", frozen.url, "-o", "json")
    assert (ended.code, ended.out) == (0, "[]\n")
    assert json.loads(ended.err)["note"]["message"] == "list_sessions: throttled by the server; continues in 7 s"
