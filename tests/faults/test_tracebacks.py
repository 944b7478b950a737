"""Tracebacks that show the variables of functions: no function of ours holds a secret once an error is raised."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import anyio
import httpcore
import httpcore2
import httpx
import httpx2
import pytest
from rich.pretty import pretty_repr
from rich.traceback import Traceback

from .situations import CANARY, SITUATIONS

REPOSITORY = Path(__file__).resolve().parents[2]
OURS = ("anyscale_sessions", "anyscale_sessions_api", "anyscale_sessions_sandbox")


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and all errors that it was raised from or in the handling of."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def leaks(error: BaseException) -> list[str]:
    """The variables of our functions that show a secret in the traceback of an error or of one before it."""
    frames = [frame for link in chain(error) for frame, _ in traceback.walk_tb(link.__traceback__)]
    return sorted({leak for frame in frames if is_ours(frame) for leak in shown(frame)})


def is_ours(frame: FrameType) -> bool:
    """Whether a function is in one of our packages."""
    return str(frame.f_globals.get("__name__")).partition(".")[0] in OURS


def shown(frame: FrameType) -> Iterator[str]:
    """The variables of a function that show a secret, by their repr or to rich."""
    for name, value in frame.f_locals.items():
        if CANARY in repr(value) or CANARY in pretty_repr(value):
            yield f"{frame.f_globals['__name__']}.{frame.f_code.co_name}: {name} ({type(value).__name__})"


@pytest.mark.parametrize("name", SITUATIONS)
def test_no_function_of_ours_holds_a_secret(name: str) -> None:
    """Once an error is raised, no variable and no argument of a function of ours shows a secret."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - KeyboardInterrupt and CancelledError among them
        SITUATIONS[name]()
    assert leaks(caught.value) == []
    texts = [(str(link), repr(link), getattr(link, "__notes__", ())) for link in chain(caught.value)]
    assert CANARY not in repr(texts)
    hidden = [str(Path(__file__).parent)]  # where the source has the secrets in it
    if "httpx" in name:  # the client is the caller's, and so are the frames of its libraries
        hidden += [
            str(Path(inspect.getfile(library)).parent)
            for library in (anyio, asyncio, httpcore, httpcore2, httpx, httpx2)
        ]
    assert list(shown_by_rich(caught.value, hidden)) == []


def shown_by_rich(error: BaseException, hidden: list[str]) -> Iterator[str]:
    """What rich shows of the variables of any function, ours or not, that has a secret in it."""
    trace = Traceback.extract(type(error), error, error.__traceback__, show_locals=True)
    for frame in (frame for stack in trace.stacks for frame in stack.frames):
        if not frame.filename.startswith(tuple(hidden)):
            for name, node in (frame.locals or {}).items():
                if CANARY in str(node):
                    yield f"{frame.filename}:{frame.lineno} {frame.name}: {name}"


# The others differ in the operation alone, or have the frames of an HTTP client that is the caller's.
REPORTED = {
    "refused": [name for name in SITUATIONS if name.startswith("refused: ")],
    "failed": [
        name
        for name in SITUATIONS
        if name.startswith(("httpcore: ", "async httpcore: ", "async aiohttp: "))
        and (name.endswith(": create_session") or name.count(": ") == 1)
    ],
}


@pytest.mark.parametrize("kind", REPORTED)
def test_the_report_of_pytest_shows_no_secret(tmp_path: Path, kind: str) -> None:
    """The report of pytest for these errors, with the variables of functions, shows no secret."""
    (tmp_path / "test_report.py").write_text(
        "import pytest\n"
        "from tests.faults.situations import SITUATIONS\n"
        f"@pytest.mark.parametrize('name', {REPORTED[kind]})\n"
        "def test_it(name):\n"
        "    try:\n"
        "        SITUATIONS[name]()\n"
        "    except KeyboardInterrupt as error:\n"
        "        raise RuntimeError('interrupted') from error\n"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--showlocals", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        cwd=tmp_path,
    )
    assert f"{len(REPORTED[kind])} failed" in ended.stdout
    assert [line for line in ended.stdout.splitlines() if CANARY in line] == []
