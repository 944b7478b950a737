"""Measure how fast a sandbox starts and its memory, compared with moto_server: `tox -e bench-sandbox`.

Each is started by its own command, in turns, and polled until its first response. Both run on the same Python and in
the same environment, with compiled modules.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

ROUNDS = 10
BIN = Path(sys.executable).parent
POLL_INTERVAL_S = 0.002
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
LIMIT_S, LIMIT_MIB = 0.5, 60.0


class StartCost(NamedTuple):
    """The cost of a start until the first response: seconds, seconds of CPU, and MiB of memory."""

    seconds: float
    cpu_s: float
    mib: float


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def sandbox() -> StartCost:
    """Start a sandbox and list the sessions of a project."""
    with started("anyscale-sessions", "sandbox", "--output", "json") as (process, began):
        line = json.loads(first_line(process))
        port = int(line["url"].rpartition(":")[2])
        headers = {"Cookie": f"cli_token={line['token']}"}
        return first_answer(process, began, port, "/v0/sessions/?project_id=p", headers)


def moto() -> StartCost:
    """Start moto and get its data, which is its simplest response."""
    port = free_port()
    with started("moto_server", "-H", "127.0.0.1", "-p", str(port)) as (process, began):
        return first_answer(process, began, port, "/moto-api/data.json", {})


@contextmanager
def started(program: str, *arguments: str) -> Generator[tuple[subprocess.Popen[str], float], None, None]:
    """A running program, and the time of its start."""
    began = time.perf_counter()
    command = [str(BIN / program), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process, began
    finally:
        process.terminate()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> str:
    """The first line that a program prints."""
    return process.stdout.readline() if process.stdout else ""


def first_answer(
    process: subprocess.Popen[str], began: float, port: int, path: str, headers: dict[str, str]
) -> StartCost:
    """The cost of a program until its first response with status 200."""
    while True:
        connection = HTTPConnection("127.0.0.1", port)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
        except ConnectionRefusedError:
            if process.poll() is not None:
                raise SystemExit(f"{process.args!r} ended unexpectedly") from None
            time.sleep(POLL_INTERVAL_S)
            continue
        finally:
            connection.close()
        if response.status != 200:
            raise SystemExit(f"{process.args!r} answers {response.status}")
        return StartCost(time.perf_counter() - began, cpu_s(process.pid), resident_mib(process.pid))


def cpu_s(pid: int) -> float:
    """The CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def resident_mib(pid: int) -> float:
    """The resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def main() -> None:
    """Print the medians, and exit with 1 if ours is above a limit."""
    contenders: dict[str, Callable[[], StartCost]] = {"anyscale-sessions sandbox": sandbox, "moto_server": moto}
    for measure in contenders.values():
        measure()  # warm up the file cache
    found: dict[str, list[StartCost]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, measure in contenders.items():
            found[name].append(measure())
    print(f"until the first response, median (least to most) of {ROUNDS} starts in turns:")
    for name, answers in found.items():
        medians = [
            f"{statistics.median(values):.3g} {unit} ({min(values):.3g} to {max(values):.3g})"
            for values, unit in zip(zip(*answers, strict=True), ("s", "s of CPU", "MiB"), strict=True)
        ]
        print(f"  {name}: {', '.join(medians)}")
    ours = [statistics.median(values) for values in zip(*found["anyscale-sessions sandbox"], strict=True)]
    if ours[0] > LIMIT_S or ours[2] > LIMIT_MIB:
        raise SystemExit(f"above the limit: {LIMIT_S} s, {LIMIT_MIB} MiB")


if __name__ == "__main__":
    main()
