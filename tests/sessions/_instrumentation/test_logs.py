"""What is logged: a line for each attempt, of facts that are no secret; and of our requests no more by others."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from anyscale_sessions import AsyncSessionsClient, PermissionDeniedError, UnusableSettingWarning
from anyscale_sessions._instrumentation import logs
from anyscale_sessions._instrumentation.logs import (
    LOGGER,
    AttemptLog,
    configure_from_environment,
    is_logging_enabled,
    redact_logs,
)

from ..conftest import TOKEN, Face, Scripted

Make = Callable[..., Face]
GOOD = {"result": {"id": "ses_1"}}
SECRETS = (TOKEN, "set-cookie-of-the-server")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Everything that is logged, at every level, with the logger's name."""
    caplog.set_level(logging.DEBUG)
    return lambda: [f"{record.name}: {record.getMessage()}" for record in caplog.records]


def echo(scripted: Scripted, status: int = 200) -> None:
    """Answer next with the token in headers, and a cookie."""
    scripted.json(GOOD, status, x_echo=TOKEN, set_cookie="id=set-cookie-of-the-server")


def record(**changes: Any) -> Any:
    """An attempt that ended."""
    facts = {"operation_id": "get_session", "attempt": 1, "method": "GET", "target": "/sessions/ses_1"}
    return SimpleNamespace(**{**facts, "status": 200, "seconds": 0.25, "error": None, "request_id": "r1"} | changes)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "200 OK in 0.250 s"),
        ({"status": 404, "error": "NotFoundError"}, "404 NotFoundError in 0.250 s"),
        ({"status": None, "error": "APITimeoutError"}, "APITimeoutError in 0.250 s"),
    ],
)
def test_an_attempt_is_one_line(lines: Callable[[], list[str]], changes: dict[str, Any], text: str) -> None:
    """The line of an attempt has the operation, the number, method and target, the result and the duration."""
    log = AttemptLog()
    log.on_request(record())
    log.on_response(record(**changes))
    log.on_retry(record())
    assert lines() == [f"anyscale_sessions: get_session attempt 1: GET /sessions/ses_1: {text}"]


@pytest.mark.default_transport
def test_logs_of_libraries_are_reduced_to_events(
    face: Make, scripted: Scripted, lines: Callable[[], list[str]]
) -> None:
    """The loggers of httpcore keep the events of our connections without the headers of responses."""
    client = face(scripted.url)
    echo(scripted)
    client.get_session("ses_1")
    library_lines = [line for line in lines() if line.startswith("httpcore.")]
    assert "httpcore.http11: receive_response_headers.complete" in library_lines
    assert not [line for line in library_lines if len(line.split(" ")) > 2]


def test_logs_of_an_own_http_client_are_redacted(
    face: Make, scripted: Scripted, lines: Callable[[], list[str]]
) -> None:
    """The line of httpx keeps the request and its status without the query and without secrets."""
    is_async = isinstance(face("http://127.0.0.1:1").client, AsyncSessionsClient)
    theirs = httpx.AsyncClient() if is_async else httpx.Client()
    client = face(scripted.url, http_client=theirs)
    scripted.raw(b"HTTP/1.1 403 no %s\r\nx-echo: %s\r\ncontent-length: 0\r\n\r\n" % (TOKEN.encode(), TOKEN.encode()))
    with pytest.raises(PermissionDeniedError):
        client.list_sessions("prj_1", paging_token="secret-place")
    client.done(theirs.aclose() if is_async else theirs.close())
    library_lines = "\n".join(lines())
    assert f'httpx: HTTP Request: GET {scripted.url}/v0/sessions/?*** "HTTP/1.1 403 no ***"' in library_lines
    assert TOKEN not in library_lines
    assert "secret-place" not in library_lines


def test_logs_of_other_requests_stay_as_they_are(
    scripted: Scripted, face: Make, lines: Callable[[], list[str]]
) -> None:
    """The lines of libraries about other requests stay as they are."""
    client = face(scripted.url)
    echo(scripted)
    client.get_session("ses_1")
    echo(scripted)
    with httpx.Client() as theirs:
        theirs.get(f"{scripted.url}/?q=1")
    assert any("set-cookie-of-the-server" in line for line in lines())
    assert any(f"GET {scripted.url}/?q=1" in line for line in lines())


def test_disabled_loggers_are_not_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loggers that are disabled count as not enabled."""
    for logger in logs.LIBRARY_LOGGERS:
        monkeypatch.setattr(logger, "disabled", True)
    assert not is_logging_enabled()


def test_only_the_calling_task_is_redacted(lines: Callable[[], list[str]]) -> None:
    """The lines of another task stay as they are during a call."""
    logger = logging.getLogger("httpcore.http11")

    async def ours(inside: asyncio.Event, go_on: asyncio.Event) -> None:
        with redact_logs((TOKEN,)):
            inside.set()
            await go_on.wait()
            logger.debug("event headers=%s", TOKEN)

    async def scenario() -> None:
        inside, go_on = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(ours(inside, go_on))
        await inside.wait()
        logger.debug("other headers=%s", "theirs")
        go_on.set()
        await task

    asyncio.run(scenario())
    assert [line for line in lines() if line.startswith("httpcore")] == [
        "httpcore.http11: other headers=theirs",
        "httpcore.http11: event",
    ]


@pytest.fixture
def not_followed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As before the first client."""
    monkeypatch.setattr(logs._Configuration, "is_done", False)
    level, handlers = LOGGER.level, list(LOGGER.handlers)
    yield
    LOGGER.setLevel(level)
    LOGGER.handlers[:] = handlers


@pytest.mark.usefixtures("not_followed")
@pytest.mark.parametrize(
    ("value", "level"), [("debug", logging.DEBUG), (" DEBUG ", logging.DEBUG), ("info", logging.INFO), ("", 0)]
)
def test_variable_switches_the_logger_on(value: str, level: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable sets the level and adds one handler, also for a second client."""
    LOGGER.setLevel(0)
    monkeypatch.setenv("ANYSCALE_SESSIONS_LOG", value)
    for _ in range(2):
        configure_from_environment()
    assert (LOGGER.level, len(LOGGER.handlers)) == (level, 1 if level else 0)


@pytest.mark.usefixtures("not_followed")
def test_unknown_level_is_ignored_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown level is ignored with a warning that does not show it."""
    monkeypatch.setenv("ANYSCALE_SESSIONS_LOG", "loud")
    with pytest.warns(
        UnusableSettingWarning, match="ANYSCALE_SESSIONS_LOG is ignored: it must be one of debug, info, warning"
    ) as caught:
        configure_from_environment()
    assert "loud" not in str(caught[0].message)
    assert LOGGER.handlers == []


def test_variable_is_read_when_the_first_client_is_made() -> None:
    """The variable is read when the first client is made, and the lines go to standard error."""
    program = (
        "import os, logging, anyscale_sessions; from anyscale_sessions import SessionsClient; "
        "os.environ['ANYSCALE_SESSIONS_LOG'] = 'debug'; SessionsClient('t'); "
        "logging.getLogger('anyscale_sessions').debug('a line')"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=True, timeout=300, capture_output=True, text=True)
    assert ended.stdout == ""
    assert ended.stderr.endswith(" anyscale_sessions DEBUG a line\n")
