"""`sandbox`: a Sessions API to work against, until it is stopped."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from anyscale_sessions import CreateSession, SessionsClient
from anyscale_sessions.cli import sandboxes
from anyscale_sessions_sandbox import runtimes

from .conftest import PATIENCE_S, Run, started


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """`sandbox --output json` in a process of its own, and what it says of itself."""
    with started("sandbox", "--output", "json", *arguments) as process:
        assert process.stdout
        yield process, json.loads(process.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("environment")
def test_sandbox_serves_until_a_signal(number: signal.Signals) -> None:
    """The first line has the URL and the token, and a signal ends the sandbox with code 0 and no further output."""
    with serving() as (process, printed):
        assert set(printed) == {"url", "token", "page_url"}
        with SessionsClient(printed["token"], host=printed["url"]) as client:
            assert list(client.list_sessions("prj_1")) == []
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.usefixtures("environment")
def test_sandbox_keeps_its_file(tmp_path: Path) -> None:
    """With `--db`, sessions are still there after a restart."""
    file = str(tmp_path / "sandbox.db")
    body = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1")
    with serving("--db", file) as (_, printed), SessionsClient(printed["token"], host=printed["url"]) as client:
        session_id = client.create_session(body).id
    with serving("--db", file) as (_, printed), SessionsClient(printed["token"], host=printed["url"]) as client:
        assert client.get_session(session_id).name == "a"


@pytest.mark.usefixtures("environment")
def test_sandbox_tells_people_how_to_use_it() -> None:
    """The text output has the environment variables to set."""
    with started("sandbox") as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(3)]
    assert lines[1].startswith("  export ANYSCALE_HOST=http://127.0.0.1:")
    assert lines[2].startswith("  export ANYSCALE_CLI_TOKEN=")


@pytest.mark.usefixtures("environment")
def test_sandbox_can_really_run_commands() -> None:
    """With `--runtime process` commands run, and the option offers all runtimes of the sandbox."""
    body = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1")
    with (
        serving("--runtime", "process") as (_, printed),
        SessionsClient(printed["token"], host=printed["url"]) as client,
        client.session_scope(body) as session,
    ):
        assert client.run_command(session.id, "exit 7", poll_interval=0.05).status_code == 7
    assert sandboxes.RUNTIMES == runtimes.NAMES


@pytest.mark.usefixtures("environment")
def test_sandbox_says_what_it_finds(tmp_path: Path) -> None:
    """A sandbox warns about a session that a killed sandbox left running, and terminates it."""
    file = str(tmp_path / "sandbox.db")
    body = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1")
    arguments = ("--db", file, "--runtime", "process")
    with serving(*arguments) as (process, printed), SessionsClient(printed["token"], host=printed["url"]) as client:
        session = client.launch_session(body, poll_interval=0.05)
        process.kill()
        process.wait(PATIENCE_S)
    with serving(*arguments) as (process, printed), SessionsClient(printed["token"], host=printed["url"]) as client:
        assert client.get_session(session.id).state == "Terminated"
        assert process.stderr
        warning = json.loads(process.stderr.readline())["warning"]
    assert warning["type"] == "SandboxStartup"
    assert session.id in warning["message"]


@pytest.mark.parametrize("output", ["table", "json"])
def test_sandbox_warns_that_others_can_reach_it(output: str) -> None:
    """On an address that is not a loopback one, the first line on standard error says what the sandbox opens."""
    arguments = ("--output", output, "sandbox", "--host", "0.0.0.0", "--runtime", "process")
    with started(*arguments) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        line = process.stderr.readline()
    message = json.loads(line)["warning"]["message"] if output == "json" else line.removeprefix("Warning: ")
    assert message.startswith("the sandbox listens on all network addresses of this machine (0.0.0.0), port ")
    assert "can run any command on this machine as the user who started it" in message


def test_names_of_the_sandbox_can_be_allowed(run_apart: Run) -> None:
    """With `--allow-host`, requests for that name are served; a name that cannot be one is refused."""
    with serving("--allow-host", "kit.test", "--allow-host", "other.test") as (_, printed):
        for host, status in (("kit.test", 401), ("other.test:80", 401), ("evil.test", 421)):
            response = httpx.get(f"{printed['url']}/v0/sessions/x", headers={"host": host}, trust_env=False)
            assert response.status_code == status
    ended = run_apart("sandbox", "--allow-host", "http://kit.test")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "'http://kit.test' is not a host name" in ended.err


def test_only_ray_sessions_can_be_strict(run_apart: Run) -> None:
    """`--strict` with another runtime than `ray` is refused in one line with code 2."""
    ended = run_apart("sandbox", "--strict")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "strict needs the runtime ray, not virtual" in ended.err


def test_file_that_cannot_be_used(run_apart: Run, tmp_path: Path) -> None:
    """A file that is not a sandbox database is refused in one line with code 2 and is not changed."""
    file = tmp_path / "notes.txt"
    file.write_text("x" * 200)
    ended = run_apart("sandbox", "--db", str(file))
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert str(file) in ended.err
    assert file.read_text() == "x" * 200


def test_file_in_use(run_apart: Run, tmp_path: Path) -> None:
    """A file that another sandbox uses is refused with code 2."""
    file = str(tmp_path / "sandbox.db")
    with serving("--db", file):
        ended = run_apart("sandbox", "--db", file, "--output", "json")
    assert ended.code == 2
    assert file in ended.error["message"]


def test_damaged_file_is_kept_under_another_name(tmp_path: Path) -> None:
    """A damaged file is renamed with one warning, and a new one is created."""
    file = tmp_path / "sandbox.db"
    with serving("--db", str(file)):
        pass
    content = file.read_bytes()[:4096]
    file.write_bytes(content)
    with serving("--db", str(file)) as (process, _):
        process.terminate()
        warning = json.loads(process.communicate(timeout=PATIENCE_S)[1])["warning"]
    [kept] = tmp_path.glob("sandbox.db.damaged-*")
    assert kept.read_bytes() == content
    assert kept.name in warning["message"]


@pytest.mark.parametrize("options", [["--frozen"], ["--speed", "1e6"]])
def test_time_can_stand_still_or_fly(options: list[str]) -> None:
    """`--frozen` stops the clock, and `--speed` makes it faster."""
    with serving(*options) as (_, printed), SessionsClient(printed["token"], host=printed["url"]) as client:
        body = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1", idle_timeout=-1)
        session = client.create_session(body)
        client.start_session(session.id)
        assert client.get_session(session.id).state == ("StartingUp" if options == ["--frozen"] else "Running")


@pytest.mark.parametrize("speed", ["0", "-1", "inf", "nan", "x"])
def test_speed_that_is_none(run_apart: Run, speed: str) -> None:
    """A speed that is not a finite number above 0 is refused."""
    ended = run_apart("sandbox", "--speed", speed)
    assert (ended.code, ended.out) == (2, "")


def test_port_in_use(run_apart: Run) -> None:
    """A port in use is refused in one line with code 2."""
    with serving() as (_, printed):
        ended = run_apart("sandbox", "--port", printed["url"].rpartition(":")[2])
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)


def test_address_that_is_not_ours(run_apart: Run) -> None:
    """An address that this machine does not have is refused in one line with code 2."""
    ended = run_apart("sandbox", "--host", "192.0.2.1")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)


def test_stop_before_it_serves_is_not_lost(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal during the start stops the sandbox once it serves, and the signal handlers are restored."""
    import anyscale_sessions_sandbox

    serve = anyscale_sessions_sandbox.serve

    def signal_and_serve(**options: Any) -> Any:
        signal.raise_signal(signal.SIGTERM)
        return serve(**options)

    monkeypatch.setattr(anyscale_sessions_sandbox, "serve", signal_and_serve)
    former = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    signal.alarm(PATIENCE_S)  # which ends the process if this test waits for ever
    assert set(run("sandbox", "--output", "json").result) == {"url", "token", "page_url"}
    signal.alarm(0)
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == former


TOKEN = "sss_told_by_a_file_or_variable"


def test_the_token_of_a_sandbox_can_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token comes from `--token-file`, else from the variable, else from the file of `--db`."""
    file = tmp_path / "token.txt"
    file.write_text(f"{TOKEN}\n")
    db = str(tmp_path / "sandbox.db")
    monkeypatch.delenv("ANYSCALE_SESSIONS_SANDBOX_TOKEN", raising=False)
    with serving("--db", db) as (_, first), serving() as (_, other):
        assert other["token"] != first["token"]
    with serving("--db", db) as (_, again):
        assert again["token"] == first["token"]
    monkeypatch.setenv("ANYSCALE_SESSIONS_SANDBOX_TOKEN", TOKEN[::-1])
    with serving("--db", db) as (_, printed):
        assert printed["token"] == TOKEN[::-1]
    with serving("--token-file", str(file)) as (_, printed):
        assert printed["token"] == TOKEN
    monkeypatch.setenv("ANYSCALE_SESSIONS_SANDBOX_TOKEN", "")
    with serving() as (_, printed):
        assert len(printed["token"]) >= 43


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "does not contain a token"),
        (b"\xff" * 20, "does not contain a token"),
        (b"short", "the token must have at least 16 characters"),
        (b"two lines of text\nare no token", "the token must have at least 16 characters"),
    ],
)
def test_a_file_without_a_token_is_refused(run_apart: Run, tmp_path: Path, content: bytes | None, message: str) -> None:
    """A file that cannot be read, or has no usable token, is refused in one line that does not repeat its content."""
    file = tmp_path / "token.txt"
    if content is not None:
        file.write_bytes(content)
    ended = run_apart("sandbox", "--token-file", str(file))
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert message in ended.err
    assert "two lines" not in ended.err
    assert "short" not in ended.err


def test_a_variable_without_a_usable_token_is_refused(run_apart: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token in the variable that is too short is refused in one line."""
    monkeypatch.setenv("ANYSCALE_SESSIONS_SANDBOX_TOKEN", "x")
    ended = run_apart("sandbox")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "the token must have at least 16 characters" in ended.err


@pytest.mark.usefixtures("environment")
def test_sandbox_prints_the_address_of_its_page() -> None:
    """The fourth line has the address of the live page with the token; with `--no-page` there is none."""
    with started("sandbox") as process:
        assert process.stdout
        *_, token, page = [process.stdout.readline() for _ in range(4)]
        assert page.startswith("To watch it, open http://127.0.0.1:")
        assert page.endswith(f"/#token={token.partition('=')[2]}")
    with serving("--no-page") as (_, printed):
        assert printed["page_url"] is None
        assert httpx.get(printed["url"], trust_env=False).status_code == 404


@pytest.mark.parametrize("opens", [True, False])
@pytest.mark.usefixtures("environment")
def test_sandbox_opens_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opens: bool) -> None:
    """With `--open` a browser gets the address of the page; a warning says if there is no browser."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\nexit {0 if opens else 1}\n')
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(browser))
    monkeypatch.setenv("PATH", str(tmp_path))
    with serving("--open") as (process, printed):
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert (tmp_path / "opened").read_text() == f"{printed['page_url']}\n"
    assert ("no browser was found" in err) is not opens


def test_sandbox_cannot_open_a_page_that_it_does_not_serve(run_apart: Run) -> None:
    """`--open` with `--no-page` is refused."""
    ended = run_apart("sandbox", "--open", "--no-page")
    assert (ended.code, ended.out) == (2, "")
    assert "--open needs the page" in ended.err
