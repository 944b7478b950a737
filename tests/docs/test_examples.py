"""The code in README.md and examples/ runs, as it stands there, against a sandbox."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from anyscale_sessions_sandbox import Timings, serve
from anyscale_sessions_sandbox.api.pagination import MAX_COUNT
from anyscale_sessions_sandbox.control.api import MAX_CONTROL_BODY_BYTES
from anyscale_sessions_sandbox.faults.fault import KINDS
from anyscale_sessions_sandbox.gateway.request import MAX_BODY_BYTES
from anyscale_sessions_sandbox.journal.entry import MAX_BODY_BYTES_KEPT
from anyscale_sessions_sandbox.journal.journal import MAX_ENTRIES
from anyscale_sessions_sandbox.runtimes.process import LOG_BYTES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
PROGRAMS = [block for block in BLOCKS if "def test_" not in block]
TESTS = [block for block in BLOCKS if block not in PROGRAMS]
PATIENCE_S = 300


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The environment of a user whose API is a sandbox that starts sessions at once."""
    with serve(timings=Timings(start_s=0.0, terminate_s=0.0)) as sandbox:
        home = str(tmp_path_factory.mktemp("home"))
        yield os.environ | {"ANYSCALE_HOST": sandbox.url, "ANYSCALE_CLI_TOKEN": sandbox.token, "HOME": home}


def output_of(arguments: list[str], environment: Mapping[str, str], folder: Path) -> str:
    """What a Python process prints, which must end well and complain of nothing."""
    command = [sys.executable, "-W", "error", *arguments]
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    return ended.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.splitlines()[-1])
def test_programs_of_the_readme_run(program: str, environment: Mapping[str, str], tmp_path: Path) -> None:
    """Each program of the README runs and prints something."""
    assert output_of(["-c", program], environment, tmp_path)


@pytest.mark.parametrize("text", TESTS, ids=lambda text: text.splitlines()[0])
def test_tests_of_the_readme_pass(text: str, environment: Mapping[str, str], tmp_path: Path) -> None:
    """Each test of the README passes where nothing but this package and pytest is set up."""
    (tmp_path / "test_service.py").write_text(text)
    shown = output_of(["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_service.py"], environment, tmp_path)
    assert f"{text.count('def test_')} passed" in shown


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda example: example.name)
def test_examples_run(example: Path, environment: Mapping[str, str], tmp_path: Path) -> None:
    """Each program in examples/ runs and prints something."""
    assert output_of([str(example)], environment, tmp_path)


def test_readme_begins_with_the_quickstart() -> None:
    """The first program of the README is examples/quickstart.py, which prints how the command ended."""
    quickstart = ast.parse((ROOT / "examples" / "quickstart.py").read_text(encoding="utf-8"))
    assert ast.dump(ast.parse(PROGRAMS[0])) == ast.dump(ast.Module(quickstart.body[1:], []))


def test_programs_do_what_the_readme_says(environment: Mapping[str, str], tmp_path: Path) -> None:
    """The programs print what the sentences around them promise."""
    quickstart, rules, errors, waiting = (output_of(["-c", program], environment, tmp_path) for program in PROGRAMS)
    assert quickstart == "quickstart Running exit code 0\n"
    assert {line.split(" | ")[0] for line in rules.splitlines()} == {"idle_timeuot", "build_id", "compute_template_id"}
    assert errors.startswith("404 1 ")
    assert re.search(r"^ses_\w+ Running$", waiting, re.MULTILINE)


GUIDE = (ROOT / "docs" / "testing-your-service.md").read_text(encoding="utf-8")


def test_the_worked_example_of_testing_passes(environment: Mapping[str, str], tmp_path: Path) -> None:
    """The service of docs/testing-your-service.md and its four tests, as they stand there, on two workers too."""
    for name, text in re.findall(r"^```python file=(\S+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE):
        (tmp_path / name).write_text(text)
    for options in ([], ["-n", "2"]):
        command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", *options, "test_service.py"]
        assert "4 passed" in output_of(command, environment | {"PYTHONPATH": str(tmp_path)}, tmp_path)


def test_programs_and_seeds_of_the_guide_are_good(environment: Mapping[str, str], tmp_path: Path) -> None:
    """Its program runs, and its seed is planted."""
    [program] = re.findall(r"^```python run\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert output_of(["-c", program], environment, tmp_path).startswith("4 rules at http://127.0.0.1:")
    [seed] = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    (tmp_path / "seed.yaml").write_text(seed)
    with serve() as sandbox:
        sandbox.seed(tmp_path / "seed.yaml")
        assert len(sandbox.snapshot()["tables"]["sessions"]) == 1


def test_bounds_of_the_guide_are_those_of_the_code() -> None:
    """Its table of bounds names the real ones."""
    [table] = re.findall(r"^\| what \| limit \|\n(.*?)\n\n", GUIDE, re.DOTALL | re.MULTILINE)
    mib = 1024 * 1024
    assert f"| {MAX_BODY_BYTES // mib} MiB, or {MAX_CONTROL_BODY_BYTES // mib} MiB for a snapshot" in table
    assert f"{MAX_COUNT:,} results of a search" in table
    assert f"| {MAX_ENTRIES:,} requests, with {MAX_BODY_BYTES_KEPT // 1024} KiB of each body |" in table
    assert f"| the last {LOG_BYTES // mib} MiB |" in table


def test_commands_of_the_guide_really_run(environment: Mapping[str, str], tmp_path: Path) -> None:
    """The program for that prints the exit code and the output."""
    [program] = re.findall(r"^```python process\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert output_of(["-c", program], environment, tmp_path) == "3 42\n\n"


def test_the_guide_has_every_kind_of_fault() -> None:
    """Each with its settings."""
    rows = re.findall(r"^\| `(\w+)` \| .* \| (.*) ?\|$", GUIDE.partition("## Faults")[2], re.MULTILINE)
    assert {kind: frozenset(re.findall(r"`(\w+)`", settings)) for kind, settings in rows} == KINDS
