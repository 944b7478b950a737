"""Tests that the code in README.md, docs/ and examples/ runs unchanged against a sandbox."""

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
from anyscale_sessions_sandbox.proxy import Limits
from anyscale_sessions_sandbox.runtimes.process import LOG_BYTES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
PROGRAMS = [block for block in BLOCKS if "def test_" not in block]
TESTS = [block for block in BLOCKS if block not in PROGRAMS]
TIMEOUT_S = 300
SEEDED_SESSION = {
    "id": "ses_1",
    "name": "nightly",
    "project_id": "prj_1",
    "cloud_id": "cld_1",
    "cluster_config": "cluster_name: nightly",
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Yield an environment that leads to a sandbox that starts sessions at once."""
    with serve(timings=Timings(start_s=0.0, terminate_s=0.0)) as sandbox:
        home = str(tmp_path_factory.mktemp("home"))
        yield os.environ | {"ANYSCALE_HOST": sandbox.url, "ANYSCALE_CLI_TOKEN": sandbox.token, "HOME": home}


def output_of(arguments: list[str], environment: Mapping[str, str], folder: Path) -> str:
    """Return what a Python process prints. It must exit with 0 and write nothing to standard error."""
    command = [sys.executable, "-W", "error", *arguments]
    completed = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert (completed.returncode, completed.stderr) == (0, ""), completed.stdout
    return completed.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.splitlines()[-1])
def test_programs_of_the_readme_run(program: str, environment: Mapping[str, str], tmp_path: Path) -> None:
    """Each program of the README runs and prints something."""
    assert output_of(["-c", program], environment, tmp_path)


@pytest.mark.parametrize("text", TESTS, ids=lambda text: text.splitlines()[0])
def test_tests_of_the_readme_pass(text: str, environment: Mapping[str, str], tmp_path: Path) -> None:
    """Each test of the README passes with only this package and pytest."""
    (tmp_path / "test_service.py").write_text(text)
    output = output_of(["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_service.py"], environment, tmp_path)
    assert f"{text.count('def test_')} passed" in output


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda example: example.name)
def test_examples_run(example: Path, environment: Mapping[str, str], tmp_path: Path) -> None:
    """Each program in examples/ runs and prints something."""
    assert output_of([str(example)], environment, tmp_path)


def test_readme_begins_with_the_quickstart() -> None:
    """The first program of the README is the same as examples/quickstart.py."""
    quickstart = ast.parse((ROOT / "examples" / "quickstart.py").read_text(encoding="utf-8"))
    assert ast.dump(ast.parse(PROGRAMS[0])) == ast.dump(ast.Module(quickstart.body[1:], []))


def test_programs_do_what_the_readme_says(environment: Mapping[str, str], tmp_path: Path) -> None:
    """The programs of the README print what the text around them says."""
    quickstart, rules, errors, waiting = (output_of(["-c", program], environment, tmp_path) for program in PROGRAMS)
    assert quickstart == "quickstart Running exit code 0\n"
    assert {line.split(" | ")[0] for line in rules.splitlines()} == {"idle_timeuot", "build_id", "compute_template_id"}
    assert errors.startswith("404 1 ")
    assert re.search(r"^ses_\w+ Running$", waiting, re.MULTILINE)


GUIDE = (ROOT / "docs" / "testing-your-service.md").read_text(encoding="utf-8")


def test_example_of_the_guide_passes(environment: Mapping[str, str], tmp_path: Path) -> None:
    """The example tests of docs/testing-your-service.md pass in one process and on two workers."""
    for name, text in re.findall(r"^```python file=(\S+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE):
        (tmp_path / name).write_text(text)
    for options in ([], ["-n", "2"]):
        command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", *options, "test_service.py"]
        assert "4 passed" in output_of(command, environment | {"PYTHONPATH": str(tmp_path)}, tmp_path)


def test_program_and_seed_of_the_guide_are_valid(environment: Mapping[str, str], tmp_path: Path) -> None:
    """The transition rules of the guide are accepted, and its seed adds one session."""
    [program] = re.findall(r"^```python run\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert output_of(["-c", program], environment, tmp_path).startswith("4 rules at http://127.0.0.1:")
    [seed] = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    (tmp_path / "seed.yaml").write_text(seed)
    with serve() as sandbox:
        sandbox.seed(tmp_path / "seed.yaml")
        assert len(sandbox.snapshot()["tables"]["sessions"]) == 1


def test_limits_of_the_guide_are_those_of_the_code() -> None:
    """The table of limits in the guide has the limits of the code."""
    [table] = re.findall(r"^\| what \| limit \|\n(.*?)\n\n", GUIDE, re.DOTALL | re.MULTILINE)
    mib = 1024 * 1024
    assert f"| {MAX_BODY_BYTES // mib} MiB; {MAX_CONTROL_BODY_BYTES // mib} MiB of a snapshot" in table
    assert f"of a search {MAX_COUNT:,} however" in table
    assert f"| {MAX_ENTRIES:,} requests, and {MAX_BODY_BYTES_KEPT // 1024} KiB of each body |" in table
    assert f"| {LOG_BYTES // mib} MiB, its end |" in table


def test_commands_of_the_guide_run(environment: Mapping[str, str], tmp_path: Path) -> None:
    """The program of the guide with the process runtime prints the exit code and the output of its command."""
    [program] = re.findall(r"^```python process\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert output_of(["-c", program], environment, tmp_path) == "3 42\n\n"


def test_user_service_of_the_guide_can_be_used(environment: Mapping[str, str], tmp_path: Path) -> None:
    """The program of the guide with a user service prints its response, and the status of a request without a token."""
    [program] = re.findall(r"^```python user-service\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert output_of(["-c", program], environment, tmp_path) == "hello\n 401\n"


def test_limits_of_proxies_in_the_guide_are_those_of_the_code() -> None:
    """The table of statuses in the guide has the limits of the code."""
    limits = Limits()
    assert f"took over {limits.head_s:.0f} s, or its body paused for over {limits.body_s:.0f} s" in GUIDE
    assert f"or {limits.connections} clients are connected" in GUIDE
    assert f"did not begin to respond within {limits.response_s:.0f} s" in GUIDE


RELIABILITY = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_raw_response_program_runs(environment: Mapping[str, str], tmp_path: Path) -> None:
    """The program of docs/reliability.md that sends an operation prints the status, the name and no unknown field."""
    [program] = re.findall(r"^```python\n(.*?)^```$", RELIABILITY, re.DOTALL | re.MULTILINE)
    with serve() as sandbox:
        sandbox.seed({"sessions": [SEEDED_SESSION]})
        seeded = {"ANYSCALE_HOST": sandbox.url, "ANYSCALE_CLI_TOKEN": sandbox.token}
        assert output_of(["-c", program], {**environment, **seeded}, tmp_path) == "200 nightly ()\n"


def test_the_guide_has_every_kind_of_fault() -> None:
    """The guide lists every kind of fault with its settings."""
    rows = re.findall(r"^\| `(\w+)` \| .* \| (.*) ?\|$", GUIDE.partition("## Faults")[2], re.MULTILINE)
    assert {kind: frozenset(re.findall(r"`(\w+)`", settings)) for kind, settings in rows} == KINDS
