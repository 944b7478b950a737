"""The token of a client in the report of a test that fails, without and with the variables of functions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import asyncio
import pytest
from anyscale_sessions import AsyncSessionsClient, SessionsClient, api
from anyscale_sessions_sandbox import serve

TOKEN = "CANARY-cli-token-0123456789"
CALLS = {
    "get": lambda client: client.get_session("ses_nope"),
    "send": lambda client: client.send(api.get_session("ses_nope")),
    "terminate": lambda client: client.terminate_session("ses_nope"),
    "wait": lambda client: client.wait_for_session("ses_nope"),
    "argument": lambda client: client.get_session(".."),
}

@pytest.fixture(scope="module")
def sandbox():
    with serve() as served:
        yield served

@pytest.mark.parametrize("name", CALLS)
def test_sync(sandbox, name):
    CALLS[name](SessionsClient(token=TOKEN, host=sandbox.url))

@pytest.mark.parametrize("transport", ["httpcore", "aiohttp"])
@pytest.mark.parametrize("name", CALLS)
def test_async(sandbox, name, transport):
    async def run():
        async with AsyncSessionsClient(token=TOKEN, host=sandbox.url, transport=transport) as client:
            await CALLS[name](client)
    asyncio.run(run())

@pytest.mark.parametrize("option", [{"timeout": -1}, {"host": "x"}, {"ca_file": "/nonexistent"}])
@pytest.mark.parametrize("kind", [SessionsClient, AsyncSessionsClient])
def test_constructor(kind, option):
    kind(token=TOKEN, **option)
"""


@pytest.mark.parametrize("options", [(), ("--showlocals",)], ids=["plain", "locals"])
def test_the_report_of_a_failed_test_has_no_token(tmp_path: Path, options: tuple[str, ...]) -> None:
    """The report of pytest for calls that fail, and for clients that cannot be made, does not show the token."""
    (tmp_path / "test_calls.py").write_text(TESTS)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANYSCALE_")}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env=environment,
        cwd=tmp_path,
    )
    assert "21 failed" in ended.stdout, ended.stdout + ended.stderr
    assert [line for line in ended.stdout.splitlines() if "CANARY" in line] == []
