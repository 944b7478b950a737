"""tools/mutation.py: what survives is told, unless it is known to change nothing; nothing is left changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mutation

PLAN = """
[targets.code.files]
"overrides/demo.py" = ["tests/test_demo.py"]

[targets.schema]
schemas = ["A"]
[targets.schema.files]
"generated/spec.json" = ["tests/test_spec.py"]

[targets.broken.files]
"overrides/demo.py" = ["tests/test_none.py"]
"""
DEMO = "def is_many(number):\n    return number > 1\n"
TESTS = "from demo import is_many\n\n\ndef test_many():\n    assert is_many(5) and not is_many(0)\n"
SPEC = '{"components": {"schemas": {"A": {"minimum": 1}}}}'
SPEC_TESTS = "def test_spec():\n    assert 'minimum' in open('generated/spec.json').read()\n"
BOUNDARY = "overrides/demo.py: is_many: number > 1 -> number >= 1"
TWO = "overrides/demo.py: is_many: 1 -> 2"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose tests miss what happens at the boundary, and which needs no plugin."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    content = {
        "overrides/demo.py": DEMO,
        "generated/spec.json": SPEC,
        "tests/test_demo.py": TESTS,
        "tests/test_spec.py": SPEC_TESTS,
        "tools/mutation.toml": PLAN,
        "pyproject.toml": "",
    }
    for name, text in content.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def forgive(root: Path, *mutants: str) -> None:
    """Add mutants that change nothing to the plan."""
    lines = [f'[[equivalent]]\nmutant = "{mutant}"\nreason = "nobody asks"\n' for mutant in mutants]
    (root / "tools" / "mutation.toml").write_text(PLAN + "\n".join(lines), encoding="utf-8")


def test_what_no_test_notices_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The mutants at the boundary survive, and the run fails; the project itself is not touched."""
    forgive(root, BOUNDARY)
    assert mutation.main(["code", "--root", str(root)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"  line 2 survived: {BOUNDARY}",
        "    it changes nothing: nobody asks",
        f"  line 2 survived: {TWO}",
        "code: 2 of 4 mutants killed, 1 change nothing, 1 survived",
    ]
    assert (root / "overrides" / "demo.py").read_text(encoding="utf-8") == DEMO


def test_a_part_of_the_mutants_can_be_run_and_a_target_of_rules(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every second mutant of what is named so; a rule that is left out of a schema is noticed."""
    forgive(root, BOUNDARY, TWO)
    arguments = ["--jobs", "1", "--root", str(root)]
    assert mutation.main(["code", "schema", "--part", "1/2", "--file", "spec", *arguments]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "code: 0 of 0 mutants killed, 0 change nothing, 0 survived",
        "schema: 1 of 1 mutants killed, 0 change nothing, 0 survived",
    ]
    assert mutation.main(["code", "--part", "2/2", *arguments]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "code: 0 of 2 mutants killed, 2 change nothing, 0 survived"


def test_tests_that_do_not_end_do_not_pass(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mutant that hangs is killed when the patience is at an end."""
    (root / "overrides" / "demo.py").write_text("def is_many(number):\n    while number == 7:\n        pass\n", "utf-8")
    tests = "import demo\n\n\ndef test_one():\n    demo.is_many(1)\n"
    (root / "tests" / "test_demo.py").write_text(tests, encoding="utf-8")
    assert mutation.main(["code", "--part", "1/2", "--patience", "0.1", "--root", str(root)]) == 0
    assert capsys.readouterr().out == "code: 1 of 1 mutants killed, 0 change nothing, 0 survived\n"


def test_it_is_a_program(root: Path) -> None:
    """It ends as its run does, and says what it is for."""
    command = [sys.executable, mutation.__file__, "schema", "--root", str(root)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "schema: 1 of 1 mutants killed, 0 change nothing, 0 survived\n"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("cod", "mutation: no target cod; there are code, schema, broken"),
        ("broken", "mutation: the tests of overrides/demo.py fail without any mutant: tests/test_none.py"),
    ],
)
def test_a_run_that_would_tell_nothing_is_refused(
    root: Path, capsys: pytest.CaptureFixture[str], target: str, message: str
) -> None:
    """A target that is none, and tests that fail anyway, are told in one line."""
    assert mutation.main([target, "--root", str(root)]) == 1
    assert capsys.readouterr().err == f"{message}\n"
