"""The command line run in this process or in one of its own, against a sandbox whose sessions start at once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from anyscale_sessions import CreateSession, Session, SessionsClient
from anyscale_sessions.cli import main
from anyscale_sessions_sandbox import Sandbox, Timings, serve

AT_ONCE = Timings(start_s=0.0, terminate_s=0.0)
COMMAND = [sys.executable, "-m", "anyscale_sessions.cli"]
PATIENCE_S = 300


@dataclass(frozen=True)
class Ended:
    """How a run of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Any:
        """The one line of JSON on standard output, where all went well."""
        assert (self.code, self.err) == (0, "")
        return one_line_of_json(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error in the one line of JSON on standard error; standard output is clean."""
        assert self.out == ""
        told: dict[str, Any] = one_line_of_json(self.err)
        assert set(told) == {"error"}
        error: dict[str, Any] = told["error"]
        return error


Run: TypeAlias = Callable[..., Ended]


def one_line_of_json(text: str) -> Any:
    """The value that a text of one line holds as JSON."""
    assert text.count("\n") == 1
    assert text.endswith("\n")
    return json.loads(text)


@contextmanager
def started(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """The command line in a process of its own, which is ended with the block, and at the latest when patience ends."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    with subprocess.Popen([*COMMAND, *arguments], text=True, **streams) as process:
        guard = threading.Timer(PATIENCE_S, process.kill)
        guard.start()
        try:
            yield process
            process.terminate()
            process.wait(PATIENCE_S)
        finally:
            guard.cancel()
            process.kill()


@pytest.fixture
def server() -> Iterator[Sandbox]:
    """A sandbox whose sessions start and terminate at once."""
    with serve(timings=AT_ONCE) as sandbox:
        yield sandbox


@pytest.fixture
def environment(server: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that leads to the sandbox and to nobody's credentials file."""
    monkeypatch.setenv("ANYSCALE_HOST", server.url)
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", server.token)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def token_for_any_host(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - for its effect
    """No host in the environment, to which alone its token would be sent."""
    monkeypatch.delenv("ANYSCALE_HOST")


@pytest.fixture
def run(environment: None, capsys: pytest.CaptureFixture[str]) -> Run:  # noqa: ARG001 - for its effect
    """Run the command line with these arguments in this process."""

    def run_here(*arguments: str) -> Ended:
        code = main(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run_here


@pytest.fixture
def run_apart(environment: None) -> Run:  # noqa: ARG001 - for its effect
    """Run the command line with these arguments in a process of its own."""

    def run_in_process(*arguments: str, **options: Any) -> Ended:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        ended = subprocess.run([*COMMAND, *arguments], text=True, timeout=PATIENCE_S, check=False, **streams)
        return Ended(ended.returncode, ended.stdout or "", ended.stderr or "")

    return run_in_process


@pytest.fixture
def client(server: Sandbox) -> Iterator[SessionsClient]:
    """A client of the sandbox, to look at what the command line did."""
    with SessionsClient(server.token, host=server.url) as sessions_client:
        yield sessions_client


@pytest.fixture
def session(client: SessionsClient) -> Session:
    """A session with a public user service, not started."""
    return client.create_session(
        CreateSession(
            name="nightly",
            project_id="prj_1",
            uses_app_config=True,
            build_id="bld_1",
            compute_template_id="cpt_1",
            user_service_access="public",
        )
    )
