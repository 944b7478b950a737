"""`anyscale-sessions login`: a token goes into the credentials file, and nowhere else."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Sandbox

from .conftest import COMMAND, PATIENCE_S, Run

TOKEN = "sss_canary-of-login"


@pytest.fixture
def stdin(environment: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:  # noqa: ARG001 - for its effect
    """Return a function that sets standard input. No token is in the environment."""
    monkeypatch.delenv("ANYSCALE_CLI_TOKEN")
    return lambda data: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_first_line_of_standard_input_is_saved(
    run: Run, stdin: Callable[[bytes], None], server: Sandbox, tmp_path: Path
) -> None:
    """The first line of standard input is saved for the host with mode 0600, and clients then use it."""
    stdin(f"{server.token}\r\nmore\n".encode())
    ended = run("login", "--output", "json")
    file = tmp_path / ".anyscale" / "credentials.json"
    assert ended.result == {"file": str(file), "host": server.url, "replaced": False}
    assert json.loads(file.read_text()) == {"cli_token": server.token, "host": server.url}
    assert file.stat().st_mode & 0o777 == 0o600
    with SessionsClient() as client:
        assert client.list_sessions("prj_1").results == []


def test_text_output_says_saved_or_replaced(run: Run, stdin: Callable[[bytes], None]) -> None:
    """The text output says whether the token was saved or replaced, without showing it."""
    stdin(TOKEN.encode())
    ended = run("login", "--host", "https://console.example.com")
    assert ended.out == "Saved the token for https://api.example.com in ~/.anyscale/credentials.json.\n"
    stdin(TOKEN.encode())
    ended = run("--host", "https://console.example.com", "login")
    assert ended.out == "Replaced the token for https://api.example.com in ~/.anyscale/credentials.json.\n"
    assert (ended.code, ended.err) == (0, "")


def test_environment_variable_that_takes_precedence_is_a_warning(
    run: Run, stdin: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If ANYSCALE_CLI_TOKEN is set, a warning says that the saved token is not used."""
    stdin(TOKEN.encode())
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "another")
    ended = run("login")
    assert ended.code == 0
    assert "Warning: ANYSCALE_CLI_TOKEN is set" in ended.err


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"sss canary", b"sss_canary\xff", "sss_canaryé".encode(), b"canary;" * 20_000]
)
def test_invalid_token_is_refused(run: Run, stdin: Callable[[bytes], None], tmp_path: Path, data: bytes) -> None:
    """A text that cannot be a token is refused without showing it, and no file is written."""
    stdin(data)
    ended = run("login")
    assert (ended.code, ended.out) == (2, "")
    assert "the token: must be printable ASCII" in ended.err
    assert "canary" not in ended.err
    assert not (tmp_path / ".anyscale").exists()


def test_login_without_standard_input_is_refused(
    run: Run, stdin: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process without standard input has no token to save and ends with code 2."""
    stdin(b"")
    monkeypatch.setattr(sys, "stdin", None)
    assert run("login").code == 2


def test_file_that_others_can_read_is_refused(run: Run, stdin: Callable[[bytes], None], tmp_path: Path) -> None:
    """A credentials file that others can read is not written, and the message says how to fix its mode."""
    (tmp_path / ".anyscale").mkdir(mode=0o700)
    (tmp_path / ".anyscale" / "credentials.json").write_text("{}")
    (tmp_path / ".anyscale" / "credentials.json").chmod(0o644)
    stdin(TOKEN.encode())
    ended = run("login")
    assert ended.code == 2
    assert "chmod 600 ~/.anyscale/credentials.json" in ended.err


def test_token_is_not_an_argument(run: Run) -> None:
    """`login` refuses a token as an argument, because every user of a machine can see arguments."""
    assert run("login", "--token", TOKEN).code == 2
    assert run("login", TOKEN).code == 2


@pytest.mark.parametrize(
    ("keys", "code"), [(f"{TOKEN}\n".encode(), 0), (b"\x04", 2), (b"\x03", 130)], ids=["typed", "end", "Ctrl-C"]
)
@pytest.mark.usefixtures("environment")
def test_terminal_does_not_show_the_token(tmp_path: Path, keys: bytes, code: int) -> None:
    """The terminal asks for the token and does not show it."""
    controller, terminal = pty.openpty()
    environment = {**os.environ, "HOME": str(tmp_path)}
    # In the child process: opening a terminal makes it the controlling terminal of the new session.
    open_controlling_terminal = lambda: os.close(os.open(os.ttyname(0), os.O_RDWR))  # noqa: E731
    streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    process = subprocess.Popen(
        [*COMMAND, "login"],
        **streams,
        env=environment,
        start_new_session=True,
        preexec_fn=open_controlling_terminal,  # noqa: PLW1509
    )
    os.close(terminal)
    seen = b""
    try:
        while b"(not shown): " not in seen:
            seen += os.read(controller, 4096)
        os.write(controller, keys)
        while True:
            seen += os.read(controller, 4096)
    except OSError:
        pass  # the process has closed its side
    finally:
        os.close(controller)
    assert process.wait(PATIENCE_S) == code
    assert TOKEN.encode() not in seen
    assert (tmp_path / ".anyscale" / "credentials.json").exists() == (code == 0)


def test_logout_removes_the_token(run: Run, stdin: Callable[[bytes], None], tmp_path: Path) -> None:
    """`logout` removes the token and its host from the file, and keeps its other keys."""
    stdin(TOKEN.encode())
    run("login")
    file = tmp_path / ".anyscale" / "credentials.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "other": 1}))
    ended = run("logout")
    assert (ended.code, ended.out, ended.err) == (0, "Removed the token from ~/.anyscale/credentials.json.\n", "")
    assert json.loads(file.read_text()) == {"other": 1}
    assert run("logout", "-o", "json").result == {"file": str(file), "removed": False}


@pytest.mark.usefixtures("environment")
def test_logout_warns_of_the_variable(run: Run) -> None:
    """`logout` warns that ANYSCALE_CLI_TOKEN is still used, and says that the file has no token."""
    ended = run("logout")
    assert (ended.code, ended.out) == (0, "~/.anyscale/credentials.json has no token.\n")
    assert "ANYSCALE_CLI_TOKEN is set and is still used" in ended.err
