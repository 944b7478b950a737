"""Tests that every block of Python and of the shell in README.md and docs/ runs as it is, against a sandbox.

Each block runs in a folder of its own, with the `file=NAME` blocks of its page beside it:

- a Python block with `def test_` is run by pytest;
- a Python block `notebook` may have `await` at the top level;
- any other Python block is a program;
- a console block is run by bash and ends at the first command that fails.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from anyscale_sessions_sandbox import Timings, serve

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TIMEOUT_S = 100  # less than faulthandler_timeout
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NOTEBOOK = """\
import ast, asyncio, inspect, pathlib, sys
code = compile(pathlib.Path(sys.argv[1]).read_text(), "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
async def main():
    cell = eval(code, {"__name__": "__main__"})
    if inspect.iscoroutine(cell):
        await cell
asyncio.run(main())
"""
SESSION = {"id": "ses_1", "name": "a", "project_id": "prj_0", "cloud_id": "c", "cluster_config": "x: 1"}

# The blocks that are not run, by page and first line, with the reason. At most ten.
EXCEPTIONS = {
    ("README.md", "pip install '.[sandbox,cli]' && anyscale-sessions demo"): ".ci/run runs it in a fresh environment",
    ("docs/quickstart.md", "pip install 'anyscale-sessions[cli,sandbox]'"): "the package is not released yet",
}
# Pages whose Python blocks are run elsewhere.
RUN_ELSEWHERE = {
    "docs/fleets.md": "tests/recipes, because it needs Ray, Dask and Temporal",
    "docs/guides/ray.md": "tests/ray/test_page.py, because it needs Ray",
    "docs/migration.md": "tests/upstream/test_migration.py, because it needs the upstream SDK",
}


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def file(self) -> str | None:
        """The name of the file that the block is the content of."""
        return next((word.removeprefix("file=") for word in self.words if word.startswith("file=")), None)

    @property
    def is_test(self) -> bool:
        """Whether pytest runs the block."""
        return self.language == "python" and "def test_" in self.text


def blocks() -> Iterator[Block]:
    """Every fenced block of README.md and of the pages in docs/."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            language, *words = match[1].split() or [""]
            yield Block(path.relative_to(ROOT).as_posix(), line, language, tuple(words), match[2])


BLOCKS = list(blocks())
RUN = [
    block
    for block in BLOCKS
    if block.language in {"python", "console"}
    and (block.page, block.text.partition("\n")[0]) not in EXCEPTIONS
    and block.page not in RUN_ELSEWHERE
]


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Yield an environment that leads to a sandbox which starts and terminates sessions at once."""
    with serve(timings=Timings(start_s=0.0, terminate_s=0.0)) as sandbox:
        sandbox.seed({"sessions": [SESSION]})
        home = tmp_path_factory.mktemp("home")
        yield os.environ | {
            "ANYSCALE_HOST": sandbox.url,
            "ANYSCALE_CLI_TOKEN": sandbox.token,
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }


@pytest.mark.parametrize("block", RUN, ids=lambda block: f"{block.page}:{block.line}")
def test_block_runs(block: Block, environment: Mapping[str, str], tmp_path: Path) -> None:
    """A block of a page runs without an error or a warning."""
    for other in BLOCKS:
        if other.page == block.page and other.file:
            (tmp_path / other.file).write_text(other.text, encoding="utf-8")
    name = block.file or ("test_block.py" if block.is_test else "block.py")
    (tmp_path / name).write_text(block.text, encoding="utf-8")
    python = [sys.executable, "-W", "error"]
    if block.language == "console":
        command = ["bash", "-e", "-o", "pipefail", "-c", block.text]
    elif block.is_test:
        command = [*python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", name]
    elif "notebook" in block.words:
        command = [*python, "-c", NOTEBOOK, name]
    else:
        command = [*python, name]
    folders = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    variables = {**environment, "PYTHONPATH": os.pathsep.join(folders)}
    run = subprocess.run(
        command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    if block.is_test:
        assert f"{block.text.count('def test_')} passed" in run.stdout
    if block.language == "python":
        assert run.stderr == ""


def test_exceptions_are_few_and_in_use() -> None:
    """At most ten blocks are not run, and each of them is on its page."""
    assert len(EXCEPTIONS) <= 10
    assert set(EXCEPTIONS) <= {(block.page, block.text.partition("\n")[0]) for block in BLOCKS}


def test_no_block_of_the_shell_has_another_language() -> None:
    """Every block of a page is Python, a script, or something that is not a program."""
    languages = {block.language for block in BLOCKS if not block.language.startswith("{")}
    assert languages <= {"", "console", "diff", "json", "python", "text", "yaml"}


def test_no_fence_is_missed() -> None:
    """Every fence of a page begins or ends a block, so that no block of code is left out."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        assert len(re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE)) == 2 * len(FENCE.findall(text)), path
