"""Tests for `cli/app.py`: arguments, warnings, interruption, and output that cannot be written."""

from __future__ import annotations

import subprocess
import warnings
from pathlib import Path

import pytest

from anyscale_sessions import Session, SessionsClient
from anyscale_sessions._provenance import provenance

from .conftest import COMMAND, PATIENCE_S, Run, raise_, started


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "Missing command"),
        (["creat"], "creat"),
        (["create"], "--file"),
        (["create", "--bogus"], "--bogus"),
        (["get"], "ID"),
        (["get", "a", "b"], "b"),
        (["get", "a/b"], "session_id"),
        (["get", ".."], "session_id"),
        (["start", "ses_1", "--timeout", "soon"], "soon"),
        (["start", "ses_1", "--timeout", "0"], "above 0"),
        (["start", "ses_1", "--timeout", "nan"], "above 0"),
        (["start", "ses_1", "--timeout", "inf"], "above 0"),
        (["sandbox", "--port", "65536"], "65535"),
        (["get", "ses_1", "--host", "http://example.com"], "https"),
        (["get", "ses_1", "--host", "example.com"], "scheme"),
    ],
)
def test_invalid_arguments_end_with_code_2(run: Run, arguments: list[str], part: str) -> None:
    """Invalid arguments end a command with code 2 and a message that names them, as text and as JSON."""
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Error: ")
    assert part in ended.err
    for form in (["--output", "json"], ["--output=json"]):
        ended = run(*form, *arguments)
        assert ended.code == 2
        assert part in ended.error["message"]


def test_no_option_takes_the_token(run: Run) -> None:
    """No command takes the token as an argument, because every user of a machine can see arguments."""
    for command in ([], ["create"], ["get"], ["list"], ["run"], ["start"], ["terminate"], ["demo"], ["sandbox"]):
        ended = run(*command, "--help")
        assert (ended.code, ended.err) == (0, "")
        assert "--token " not in ended.out


def test_version_shows_the_provenance(run: Run) -> None:
    """`--version` shows the versions of the package and of its spec, and as JSON the whole provenance."""
    expected = provenance.to_dict()
    assert run("--version").out == f"anyscale-sessions {expected['version']}, spec {expected['spec']['version']}\n"
    assert run("--version", "--output", "json").result == expected
    assert run("--output", "json", "--version").result == expected


def test_ctrl_c_ends_a_command_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with code 130 and without a traceback."""
    monkeypatch.setattr(SessionsClient, "get_session", lambda *_: raise_(KeyboardInterrupt()))
    assert (run("get", "ses_1").code, run("get", "ses_1").err) == (130, "Error: interrupted\n")
    ended = run("get", "ses_1", "--output", "json")
    assert (ended.code, ended.error["type"]) == (130, "KeyboardInterrupt")


@pytest.mark.usefixtures("environment")
def test_broken_pipe_ends_quietly() -> None:
    """A command whose output pipe is closed by the reader ends with code 1 and prints nothing."""
    with started("--help") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 1
        assert process.stderr.read() == ""


def test_full_disk_is_one_line(run_apart: Run) -> None:
    """A full disk is reported in one line, and the command ends with code 1 if that line cannot be written either."""
    with Path("/dev/full").open("w") as full:
        ended = run_apart("--version", stdout=full)
        assert (ended.code, ended.err) == (1, "Error: the output cannot be written: No space left on device\n")
        assert run_apart("--version", stdout=full, stderr=full).code == 1


@pytest.mark.usefixtures("environment")
def test_command_without_standard_streams_ends_with_its_code() -> None:
    """A command that is started without standard streams ends with its usual exit code."""
    closed = 'exec "$@" <&- >&- 2>&-'
    for arguments, code in ((["--version"], 0), (["bogus"], 2), (["create", "-f", "-"], 2), (["get", "ses_none"], 3)):
        ended = subprocess.run(["sh", "-c", closed, "sh", *COMMAND, *arguments], timeout=PATIENCE_S, check=False)
        assert ended.returncode == code


def test_foreign_warnings_are_left_to_python(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning of another package is handled by Python as usual."""

    def warn(_client: SessionsClient, _session_id: str) -> Session:
        warnings.warn("not ours", UserWarning, stacklevel=1)
        return Session(id="ses_1")

    monkeypatch.setattr(SessionsClient, "get_session", warn)
    with pytest.warns(UserWarning, match="not ours"):
        assert run("get", "ses_1").code == 0
