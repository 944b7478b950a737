"""Tests for `cli/informational.py`: help, version and completion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from anyscale_sessions._provenance import provenance

from .conftest import PATIENCE_S, Run


@pytest.mark.parametrize("words", [[], ["run"], ["sandbox", "fault", "add"], ["api"], ["api", "get_session"]])
def test_help_is_that_of_the_option(run: Run, words: list[str]) -> None:
    """`help COMMAND` shows what `COMMAND --help` shows."""
    ended = run("help", *words)
    assert (ended.code, ended.out) == (0, run(*words, "--help").out)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["creat"], "Did you mean 'create'?"),
        (["sandbox", "rest"], "'reset'"),
        (["get", "x"], "No such command 'x'."),
        (["api", "get_sesion"], "'get_session'"),
    ],
)
def test_help_for_an_unknown_command(run: Run, words: list[str], part: str) -> None:
    """`help` for an unknown command ends with code 2 and suggests the nearest one."""
    ended = run("help", *words)
    assert (ended.code, ended.out) == (2, "")
    assert part in ended.err


def test_version_is_a_command_too(run: Run) -> None:
    """`version` shows what `--version` shows."""
    assert run("version").out == run("--version").out
    assert run("version", "-o", "json").result == provenance.to_dict()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(run: Run, shell: str) -> None:
    """`completion` prints a script that asks this program."""
    ended = run("completion", shell)
    assert ended.code == 0
    assert f"_ANYSCALE_SESSIONS_COMPLETE={shell}_complete" in ended.out
    assert run("completion", "cmd").code == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_completion_works_in_bash(run: Run, tmp_path: Path) -> None:
    """In bash, the script completes commands, options and operations."""
    script = tmp_path / "completion"
    script.write_text(run("completion", "bash").out)
    program = tmp_path / "anyscale-sessions"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m anyscale_sessions.cli "$@"\n')
    program.chmod(0o755)
    ask = f"""source {script}
    complete_words() {{
        COMP_WORDS=(anyscale-sessions "$@"); COMP_CWORD=$#; COMPREPLY=()
        _anyscale_sessions_completion anyscale-sessions; echo "${{COMPREPLY[@]}}"
    }}
    complete_words termi
    complete_words api get_session_o
    complete_words list prj_1 --so
    """
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    shown = subprocess.run(
        ["bash", "-c", ask], capture_output=True, text=True, env=environment, timeout=PATIENCE_S, check=True
    )
    assert shown.stdout.splitlines() == ["terminate", "get_session_operation", "--sort"]
