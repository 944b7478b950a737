"""Measure every contender side by side, and write docs/benchmarks.md and docs/benchmarks.svg.

`--quick` takes a minute and writes nothing. Every figure is the median of rounds; within a round each contender has its
turn before the next row comes, so that what disturbs the machine disturbs all of them.
"""

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import grown_spec
import report
import server
from environments import CONTENDERS, OURS, ROOT, Contender, made

HERE = Path(__file__).parent
CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE, SERVER_CORE = (CORES[0], CORES[1]) if len(CORES) > 1 else (CORES[0], None)
ROUNDS = 5
Figures = dict[str, dict[str, list[float]]]


class Row(NamedTuple):
    """One row of the table: a job for a worker, with its arguments in a quick run and in a full one."""

    key: str
    kind: str
    quick: dict[str, Any] | None
    full: dict[str, Any]


ROWS = (
    Row("build", "build", {"times": 3000}, {"times": 20000}),
    Row("decode", "decode", {"times": 2, "are_nulls_sent": True}, {"times": 5, "are_nulls_sent": True}),
    Row("decode_absent", "decode", {"times": 2, "are_nulls_sent": False}, {"times": 5, "are_nulls_sent": False}),
    *(
        Row(key, "create", {"times": 100, "by": by}, {"times": 1000, "by": by})
        for key, by in (("create", "connect"), ("create_given", "connect_given"))
    ),
    Row("create_idle", "create_idle", {"times": 2}, {"times": 10}),
    *(
        Row(
            f"in_flight_{width}",
            "in_flight",
            {"times": 100, "width": width} if width <= 100 else None,
            {"times": 1000, "width": width},
        )
        for width in (1, 10, 100, 1000)
    ),
    Row(
        "in_flight_given",
        "in_flight",
        {"times": 100, "width": 1, "by": "connect_async_given"},
        {"times": 1000, "width": 1, "by": "connect_async_given"},
    ),
)


class Worker:
    """A contender's process."""

    def __init__(self, python: Path, contender: Contender, host: str) -> None:
        command = [str(python), str(HERE / "worker.py"), contender.adapter, host]
        self.name = contender.name
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def figure(self, kind: str, arguments: dict[str, Any]) -> Any:
        """What it measured; `None` where the contender has nothing of the kind."""
        jobs, figures = self._process.stdin, self._process.stdout
        if jobs is None or figures is None:
            raise LookupError("no pipes")
        jobs.write(json.dumps({"kind": kind, "arguments": arguments}) + "\n")
        jobs.flush()
        line = figures.readline()
        if not line:
            raise LookupError(f"{self.name} ended in {kind} {arguments}")
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def main() -> None:
    """Make the environments, measure, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round; nothing is written")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", nargs="*", help="adapters of the contenders to run")
    parser.add_argument("--environments", type=Path, help="a folder to keep the contenders' environments in")
    arguments = parser.parse_args()
    wheel = os.environ.get("TOX_PACKAGE", str(ROOT))
    os.sched_setaffinity(0, {CLIENT_CORE})
    figures: Figures = defaultdict(lambda: defaultdict(list))
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        kept = (arguments.environments or Path(folder)).absolute()
        pythons = dict(_environments(kept, wheel, arguments.only, notes))
        with server.running(Path(folder) / "server", 3 if arguments.quick else 100, SERVER_CORE) as host:
            _starts(pythons, host, defaultdict(lambda: defaultdict(list)))  # so that all is compiled
            for number in range(1 if arguments.quick else arguments.rounds):
                _say(f"round {number + 1}")
                _starts(pythons, host, figures)
                _round(pythons, host, figures, notes, is_quick=arguments.quick)
    start = time.perf_counter()
    subprocess.run([sys.executable, str(ROOT / "tools" / "regenerate.py"), "--check"], check=True)
    figures["regenerate"][OURS.name].append(time.perf_counter() - start)
    growth = grown_spec.measured()
    for key, figure in zip(("generate", "check", "import", "resolve"), growth, strict=True):
        figures[f"grown_{key}"][OURS.name].append(figure)
    about = f"{platform.python_implementation()} {platform.python_version()}, {len(CORES)} cores, {platform.system()}"
    text = report.table(figures, [contender.name for contender in pythons], about, notes)
    print(text)
    if not arguments.quick:
        (ROOT / "docs" / "benchmarks.md").write_text(text)
        (ROOT / "docs" / "benchmarks.svg").write_text(report.chart(figures))


def _environments(
    folder: Path, wheel: str, only: list[str] | None, notes: list[str]
) -> Iterator[tuple[Contender, Path]]:
    for contender in CONTENDERS:
        if only and contender.adapter not in only:
            continue
        _say(f"environment of {contender.name}")
        try:
            yield contender, made(contender, folder, wheel)
        except LookupError as error:
            notes.append(f"{contender.name} is left out: {error}")


def _starts(pythons: dict[Contender, Path], host: str, figures: Figures) -> None:
    """The rows whose every turn is a process of its own."""
    for contender, python in pythons.items():
        code = _codes(contender)
        idle_ms = _cpu_ms(python, "pass")[0]
        for key in ("IMPORT", "RESOLVE"):
            if key in code:
                figures[key.lower()][contender.name].append(_cpu_ms(python, code[key])[0] - idle_ms)
        if "COLD" in code:
            cpu_ms, wall_ms = _cpu_ms(python, code["COLD"], host)
            figures["cold"][contender.name].append(wall_ms)
            figures["cold_cpu"][contender.name].append(cpu_ms)


def _codes(contender: Contender) -> dict[str, Any]:
    """The programs that an adapter names; it is not imported, as what it imports is not here."""
    tree = ast.parse((HERE / "adapters" / f"{contender.adapter}.py").read_text())
    named = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
    return {ast.unparse(node.targets[0]): ast.literal_eval(node.value) for node in named}


def _cpu_ms(python: Path, code: str, *arguments: str) -> tuple[float, float]:
    start = time.perf_counter()
    process = subprocess.Popen([str(python), "-c", code, *arguments], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall_ms = (time.perf_counter() - start) * 1e3
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise LookupError(f"{python.parent.parent.name}: this failed: {code}")
    return (usage.ru_utime + usage.ru_stime) * 1e3, wall_ms


def _round(pythons: dict[Contender, Path], host: str, figures: Figures, notes: list[str], *, is_quick: bool) -> None:
    with _workers(pythons, host) as workers:
        for row in ROWS:
            arguments = row.quick if is_quick else row.full
            for worker in list(workers) if arguments else ():
                _measured(worker, workers, notes, figures[row.key], row.kind, arguments)
        for worker in list(workers):
            _measured(worker, workers, notes, figures["memory"], "memory", {})
    with _workers(pythons, host) as workers:  # anew, since the memory that a process took stays with it
        for worker in list(workers):
            times = {"times": 1000 if is_quick else 98_000}
            got: dict[str, list[Any]] = defaultdict(list)
            _measured(worker, workers, notes, got, "pages", times)
            for cpu_us, grown_mib in got[worker.name]:
                figures["pages"][worker.name].append(cpu_us)
                figures["pages_grown"][worker.name].append(grown_mib)


def _measured(
    worker: Worker, workers: list[Worker], notes: list[str], row: dict[str, list[Any]], kind: str, arguments: Any
) -> None:
    try:
        figure = worker.figure(kind, arguments)
    except LookupError as error:
        notes.append(str(error))
        workers.remove(worker)
        return
    if figure is not None:
        row[worker.name].append(figure)


@contextmanager
def _workers(pythons: dict[Contender, Path], host: str) -> Generator[list[Worker], None, None]:
    with ExitStack() as stack:
        workers = [Worker(python, contender, host) for contender, python in pythons.items()]
        for worker in workers:
            stack.callback(worker.close)
        yield workers


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
