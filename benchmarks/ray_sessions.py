"""Measure how fast a session that is a Ray cluster starts and ends, compared with `ray start --head` by hand.

    python benchmarks/ray_sessions.py [ROUNDS]

It needs the extra `ray` and Linux. By hand means `ray start --head` and the first `ray.init()` of a driver. Both run in
turns. The script fails if a limit is not kept.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from anyscale_sessions import CreateSession, SessionsClient, SessionState
from anyscale_sessions_sandbox import RayRuntime, Timings, serve
from anyscale_sessions_sandbox.runtimes.processes import end, marked, working_in

ROUNDS = 5
POLL_INTERVAL_S = 0.02
TIMEOUT_S = 300
START_RATIO, TERMINATE_S, MEMORY_MIB = 1.3, 2.0, 750.0
MARK = "RAY_SESSIONS_BENCHMARK"
BODY = CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")


def session() -> tuple[float, float, float]:
    """The seconds of a start until Running and of a termination, and the MiB of memory in between."""
    directory = tempfile.mkdtemp(prefix="rb")
    runtime = RayRuntime(directory)
    timings = Timings(start_s=0.0, terminate_s=0.0)
    with serve(runtime=runtime, timings=timings) as sandbox, SessionsClient(sandbox.token, host=sandbox.url) as client:
        session_id = client.create_session(BODY).id
        began = time.perf_counter()
        client.start_session(session_id)
        wait(client, session_id, SessionState.RUNNING)
        started = time.perf_counter()
        mib = memory_of(working_in(Path(directory)))
        ending = time.perf_counter()
        client.terminate_session(session_id)
        wait(client, session_id, SessionState.TERMINATED)
        ended = time.perf_counter()
    Path(directory).rmdir()
    return started - began, ended - ending, mib


def wait(client: SessionsClient, session_id: str, state: SessionState) -> None:
    """Wait for a state of a session."""
    client.wait_for_session(session_id, state, timeout=TIMEOUT_S, poll_interval=POLL_INTERVAL_S)


def by_hand() -> float:
    """The seconds of `ray start --head`, and of the first `ray.init()`."""
    with tempfile.TemporaryDirectory(prefix="rh") as directory:
        environment = {**os.environ, "HOME": directory, MARK: directory, "RAY_USAGE_STATS_ENABLED": "0"}
        start = [
            sys.executable,
            "-m",
            "ray.scripts.scripts",
            "start",
            "--head",
            "--port=0",
            f"--temp-dir={directory}/r",
        ]
        began = time.perf_counter()
        try:
            for command in ([*start, "--dashboard-port=0"], [sys.executable, "-c", "import ray; ray.init('auto')"]):
                subprocess.run(command, env=environment, cwd=directory, check=True, capture_output=True)
            return time.perf_counter() - began
        finally:
            mark = f"{MARK}={directory}"
            end(lambda: marked(mark) | working_in(Path(directory)), lambda: None, grace_s=0.0)


def memory_of(process_ids: set[int]) -> float:
    """The memory of processes, where each shared page counts once in all."""
    kib = 0
    for process_id in process_ids:
        lines = Path(f"/proc/{process_id}/smaps_rollup").read_text(encoding="ascii").splitlines()
        kib += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kib / 1024


def row(name: str, value: float, limit: float, text: Callable[[float], str]) -> bool:
    """Print a figure beside its limit. Returns whether it is kept."""
    print(f"{name:<52}{text(value):>10}{text(limit):>10}")
    return value <= limit


def main() -> None:
    """Measure both in turns, and print the medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    manual: list[float] = []
    sessions: list[tuple[float, float, float]] = []
    for _ in range(rounds):
        manual.append(by_hand())
        sessions.append(session())
    started, ended, mib = (statistics.median(values) for values in zip(*sessions, strict=True))
    hand = statistics.median(manual)
    print(f"{rounds} rounds, medians{'':<34}{'measured':>10}{'limit':>10}")
    print(f"{'ray start --head, and the first ray.init()':<52}{hand:>8.2f} s")
    kept = [
        row("a session from its start to Running", started, hand * START_RATIO, "{:.2f} s".format),
        row("  the same, relative to the start by hand", started / hand, START_RATIO, "{:.2f} x".format),
        row("a termination", ended, TERMINATE_S, "{:.2f} s".format),
        row("memory of a cluster (PSS)", mib, MEMORY_MIB, "{:.0f} MiB".format),
    ]
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
