"""Fixtures that run the command line, in this process or in a new one, against a sandbox without start-up times."""

from __future__ import annotations

import json
import socketserver
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

EXAMPLES = Path(__file__).parents[3] / "examples"
APP_CONFIG_EXAMPLE = EXAMPLES / "app-config.yaml"
AT_ONCE = Timings(start_s=0.0, terminate_s=0.0)
COMMAND = [sys.executable, "-m", "anyscale_sessions.cli"]
PATIENCE_S = 300


@dataclass(frozen=True)
class Ended:
    """The exit code and the output of a run of the command line."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Any:
        """The one line of JSON on standard output, after a run without errors."""
        assert (self.code, self.err) == (0, "")
        return one_line_of_json(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error in the one line of JSON on standard error. Standard output is empty."""
        assert self.out == ""
        document: dict[str, Any] = one_line_of_json(self.err)
        assert set(document) == {"error"}
        error: dict[str, Any] = document["error"]
        return error


Run: TypeAlias = Callable[..., Ended]
Write: TypeAlias = Callable[[str | bytes], str]


def one_line_of_json(text: str) -> Any:
    """Return the JSON value of a text that must be exactly one line."""
    assert text.count("\n") == 1
    assert text.endswith("\n")
    return json.loads(text)


@contextmanager
def started(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run the command line in a new process. It is stopped at the end of the block, or after `PATIENCE_S`."""
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


def raise_(error: BaseException) -> Any:
    """Raise an exception from an expression, such as a lambda."""
    raise error


@contextmanager
def answering(response: bytes | Callable[[bytes], bytes]) -> Iterator[str]:
    """Serve the same response to each request, or the result of a function of the request. Yields the URL."""

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            request = self.request.recv(65536)
            if request.startswith(b"POST") and request.endswith(b"\r\n\r\n"):  # the body is in the next segment
                request += self.request.recv(65536)
            self.request.sendall(response if isinstance(response, bytes) else response(request))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as tcp_server:
        thread = threading.Thread(target=tcp_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{tcp_server.server_address[1]}"
        finally:
            tcp_server.shutdown()
            thread.join()


def response_of(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """Return an HTTP response with this body."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


@pytest.fixture
def server() -> Iterator[Sandbox]:
    """Serve a sandbox whose sessions start and terminate at once."""
    with serve(timings=AT_ONCE) as sandbox:
        yield sandbox


@pytest.fixture
def environment(server: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment variables of the sandbox, and a home directory without a credentials file."""
    monkeypatch.setenv("ANYSCALE_HOST", server.url)
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", server.token)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def token_for_any_host(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - for its effect
    """Unset the host, so that the token in the environment may be sent to any host."""
    monkeypatch.delenv("ANYSCALE_HOST")


@pytest.fixture
def run(environment: None, capsys: pytest.CaptureFixture[str]) -> Run:  # noqa: ARG001 - for its effect
    """Return a function that runs the command line with its arguments in this process."""

    def run_here(*arguments: str) -> Ended:
        code = main(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run_here


@pytest.fixture
def run_apart(environment: None) -> Run:  # noqa: ARG001 - for its effect
    """Return a function that runs the command line with its arguments in a new process."""

    def run_in_process(*arguments: str, **options: Any) -> Ended:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        ended = subprocess.run([*COMMAND, *arguments], text=True, timeout=PATIENCE_S, check=False, **streams)
        return Ended(ended.returncode, ended.stdout or "", ended.stderr or "")

    return run_in_process


@pytest.fixture
def client(server: Sandbox) -> Iterator[SessionsClient]:
    """Return a client of the sandbox, to check what the command line did."""
    with SessionsClient(server.token, host=server.url) as sessions_client:
        yield sessions_client


@pytest.fixture
def session(client: SessionsClient) -> Session:
    """Create a session with a public user service. It is not started."""
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


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a session file and returns its path."""

    def write_file(content: str | bytes) -> str:
        file = tmp_path / "session.yaml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(file)

    return write_file
