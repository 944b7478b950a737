"""tools/compatibility.py: what the baseline promised is kept, and a change that breaks it is named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import compatibility

SPEC = """
openapi: 3.1.0
info: {title: T, version: 0.1.0}
paths:
  /a/: {get: {operationId: get_a, tags: [a], responses: {'204': {description: Done.}}}}
"""
FILES = {
    "openapi.yaml": SPEC,
    "pyproject.toml": "[tool.mypy]\nstrict = true\n",
    "generated/anyscale_sessions_api/__init__.py": '"""Generated."""\n',
    "generated/anyscale_sessions_api/py.typed": "",
    "overrides/anyscale_sessions/__init__.py": "from .client import Client as Client\n",
    "overrides/anyscale_sessions/py.typed": "",
    "overrides/anyscale_sessions/version.py": '"""The version."""\n\n__version__ = "0.1.0"\n',
    "overrides/anyscale_sessions/client.py": (
        "class Client:\n    def get(self, name: str) -> int:\n        return len(name)\n"
    ),
    "tests/typing/accepted.py": (
        "from anyscale_sessions import Client\n\nClient().get('a')\nClient().get(3)  # type: ignore[arg-type]\n"
    ),
}
CLIENT, VERSION = "overrides/anyscale_sessions/client.py", "overrides/anyscale_sessions/version.py"
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")
Edit = tuple[str, str, str]
Check = Callable[..., tuple[int, str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project of the same layout in a git repository, whose first commit is the baseline."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "Release"]):
        subprocess.run([*GIT, *arguments], cwd=tmp_path, check=True)
    commit = subprocess.run([*GIT, "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "baseline.txt").write_bytes(commit.stdout)
    return tmp_path


@pytest.fixture
def check(root: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """A function that edits files, checks the project, and returns the exit status and the output."""

    def run(*edits: Edit) -> tuple[int, str]:
        for name, old, new in edits:
            content = (root / name).read_text("utf-8")
            assert old in content
            (root / name).write_text(content.replace(old, new), "utf-8")
        status = compatibility.main(["--root", str(root)])
        output = capsys.readouterr()
        return status, output.out + output.err

    return run


def test_baseline_is_compatible_with_itself(check: Check) -> None:
    """The check of an unchanged project prints nothing and exits with 0."""
    assert check() == (0, "")


def test_the_projects_own_baseline_can_be_checked(repository: Path) -> None:
    """The baseline of this project is a commit, and the comparison with it is possible."""
    assert compatibility.main(["--root", str(repository)]) in (0, 1)


def test_removed_name_is_a_failure(check: Check) -> None:
    """A removed method is reported once by its name and once by each typing test that uses it."""
    status, output = check((CLIENT, "def get(", "def _get("))
    assert status == 1
    assert "Client.get: Public object was removed" in output
    assert 'tests/typing/accepted.py:3: error: "Client" has no attribute "get"' in output
    assert output.endswith("breaking changes of the Python API between 0.1.0 and 0.1.0\n")


def test_call_that_type_checkers_refused_must_stay_refused(check: Check) -> None:
    """A wider argument type is no breaking change of the surface, but the typing tests of the baseline report it."""
    status, output = check((CLIENT, "name: str)", "name: str | int)"), (CLIENT, "len(name)", "len(str(name))"))
    assert status == 1
    assert 'tests/typing/accepted.py:4: error: Unused "type: ignore" comment' in output


def test_breaking_change_of_the_spec_is_a_failure(check: Check) -> None:
    """A breaking change of the spec is reported, and fails the check, as long as its version is not raised."""
    removed = ("openapi.yaml", "get_a", "get_b")
    status, output = check(removed)
    assert status == 1
    assert "renamed from get_a to get_b" in output
    assert check(("openapi.yaml", "version: 0.1.0", "version: 0.2.0"))[0] == 0


@pytest.mark.parametrize("version", ["0.2.0", "0.2.0.dev0", "1.0.0"])
def test_raised_version_accepts_breaking_changes(version: str, check: Check) -> None:
    """A version that is raised as a breaking change needs makes it no failure; it is still reported."""
    status, output = check((CLIENT, "def get(", "def _get("), (VERSION, "0.1.0", version))
    assert status == 0
    assert output.endswith(f"breaking changes of the Python API between 0.1.0 and {version}\n")


def test_baseline_that_is_not_in_the_clone_is_one_line(root: Path, check: Check) -> None:
    """A commit that a shallow clone does not have is a failure with one line that says what to do."""
    (root / "tools" / "baseline.txt").write_text("0" * 40 + "\n", "utf-8")
    message = (
        f"compatibility: commit '{'0' * 40}' of tools/baseline.txt is not in this clone; run: git fetch --unshallow"
    )
    assert check() == (2, message + "\n")


def test_missing_baseline_file_is_one_line(root: Path, check: Check) -> None:
    """A project without the file is a failure with one line that names the file."""
    (root / "tools" / "baseline.txt").unlink()
    assert check() == (2, "compatibility: tools/baseline.txt cannot be read: No such file or directory\n")


def test_baseline_of_another_layout_is_one_line(root: Path, check: Check) -> None:
    """A baseline without the files to compare with is a failure with one line."""
    tree = subprocess.run([*GIT, "mktree"], cwd=root, input=b"", check=True, capture_output=True).stdout.decode()
    commit = subprocess.run(
        [*GIT, "commit-tree", "-m", "Empty", tree.strip()], cwd=root, check=True, capture_output=True
    )
    (root / "tools" / "baseline.txt").write_bytes(commit.stdout)
    status, output = check()
    assert status == 2
    assert output.startswith("compatibility: the baseline cannot be read: ")
    assert len(output.splitlines()) == 1


def test_check_outside_of_git_is_skipped(
    root: Path, check: Check, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Outside of a git repository there is no baseline: the check says that it is skipped, and succeeds."""
    (root / ".git").rename(root / "git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert check() == (0, "compatibility: skipped, because this is not a git repository\n")


def test_failure_of_mypy_is_one_line(root: Path, check: Check) -> None:
    """A failure of mypy itself is not a breaking change: the comparison was not possible."""
    (root / "pyproject.toml").write_text("[tool.mypy]\nplugins = ['nowhere']\n", "utf-8")
    status, output = check()
    assert status == 2
    assert output.startswith("compatibility: mypy failed: ")
    assert len(output.splitlines()) == 1


def test_program_exits_with_the_status(root: Path) -> None:
    """Run as a program, the check exits with its status."""
    finished = subprocess.run(
        [sys.executable, compatibility.__file__, "--root", str(root)], capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
