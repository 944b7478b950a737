"""Figures of fleets, against the sandbox on this machine: `python benchmarks/fleet.py [--items 10000]`.

Lifecycles: worker processes run the items; one of them is killed at random every few seconds and restarted.
Overhead: CPU time and elapsed time of `Fleet.map` and of the bare calls that it makes, with 100 in flight.
Sweep: a sweep over 100,000 sessions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from anyscale_sessions import AsyncSessionsClient, CreateSession, Session, SessionsClient
from anyscale_sessions.fleet import Fleet, FleetResult, sweep
from anyscale_sessions.fleet.calls import SESSIONS_PER_PAGE
from anyscale_sessions.fleet.decisions import LIVE_STATES
from anyscale_sessions.fleet.names import SessionName, deadline_after, name_prefix
from anyscale_sessions_api.models import PageQuery, SessionsQuery, TextQuery
from anyscale_sessions_sandbox import Sandbox, Timings, serve

PROJECT = "prj_1"
FLEET = "bench"
IN_FLIGHT = 100
WORKERS = 4
KILL_EVERY_S = (2.0, 5.0)
ROUNDS = 3
SWEPT = 100_000
MATCHING = 1_000
MIB = 1024 * 1024


def fleet() -> Fleet:
    """The fleet of all runs."""
    return Fleet(FLEET, PROJECT, lifetime=timedelta(hours=1), idle_timeout=15)


def body(_key: object = None) -> CreateSession:
    """The session of an item."""
    return CreateSession(
        name="any", project_id=PROJECT, uses_app_config=True, build_id="bld_1", compute_template_id="cpt_1"
    )


async def work(_session: Session, key: str) -> str:
    """The work of an item."""
    return key


def resident_bytes() -> int:
    """The memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def worker(file: str, keys_file: str) -> None:
    """Run the keys of one file that are not in the other, and append each with the memory of this process."""
    keys = Path(keys_file).read_text().split()
    done = {line.split()[0] for line in Path(file).read_text().splitlines()}
    waiting = [key for key in keys if key not in done]

    async def main() -> None:
        with Path(file).open("a", buffering=1) as results:  # noqa: ASYNC230 - a line is written at once

            def report(result: FleetResult[str]) -> None:
                outcome = "done" if result.is_done else repr(result.error)
                target = results if result.is_done else sys.stderr
                target.write(f"{result.key} {resident_bytes()} {outcome}\n")

            async with AsyncSessionsClient() as client:
                await fleet().map(client, waiting, body, work, concurrency=IN_FLIGHT // WORKERS, on_result=report)

    asyncio.run(main())


def lifecycles(items: int, *, kills: bool) -> dict[str, Any]:
    """Run many items on worker processes, kill one of them at random every few seconds, and count what is left."""
    chance = random.Random(16)  # noqa: S311 - chooses whom to kill
    with serve(timings=Timings(0.0, 0.0)) as sandbox, tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"ANYSCALE_HOST": sandbox.url, "ANYSCALE_CLI_TOKEN": sandbox.token}
        shares = [Path(folder) / f"keys-{number}" for number in range(WORKERS)]
        results = [Path(folder) / f"done-{number}" for number in range(WORKERS)]
        for number in range(WORKERS):
            shares[number].write_text("\n".join(f"k{key}" for key in range(number, items, WORKERS)))
            results[number].touch()

        size_at_start: dict[int, int] = {}

        def start(number: int) -> subprocess.Popen[bytes]:
            size_at_start[number] = results[number].stat().st_size
            command = [sys.executable, __file__, "--worker", str(results[number]), str(shares[number])]
            return subprocess.Popen(command, env=environment)

        began, killed, failures = time.monotonic(), 0, 0
        processes = {number: start(number) for number in range(WORKERS)}
        kill_at = began + chance.uniform(*KILL_EVERY_S)
        while processes:
            time.sleep(0.05)
            for number, process in list(processes.items()):
                if process.poll() is not None:
                    failures += process.returncode != 0
                    del processes[number]
            # A busy machine starts processes slowly. A worker that could be killed before its first item would not end.
            killable = [number for number in processes if results[number].stat().st_size > size_at_start[number]]
            if kills and killable and time.monotonic() >= kill_at:
                number = chance.choice(killable)
                processes[number].kill()
                processes[number].wait()
                processes[number] = start(number)
                killed += 1
                kill_at = time.monotonic() + chance.uniform(*KILL_EVERY_S)
        seconds = time.monotonic() - began
        lines = [line.split() for file in results for line in file.read_text().splitlines()]
        memory = [int(size) for _, size, *_ in lines]
        with SessionsClient(sandbox.token, host=sandbox.url) as client:
            left = sweep(client, PROJECT, fleet=FLEET, older_than=timedelta(0), dry_run=False)
            alive = sweep(client, PROJECT, fleet=FLEET, older_than=timedelta(0))
        sessions, overlaps = lives(sandbox)
        return {
            "items": items,
            "done": len({key for key, *_ in lines}),
            "seconds": round(seconds, 1),
            "items_per_second": round(items / seconds, 1),
            "workers_killed": killed,
            "workers_failed": failures,
            "sessions_created": sessions,
            "ended_by_sweep": len(left.terminated),
            "alive_after_sweep": len(alive.terminated) + len(alive.kept) + len(left.failed),
            "keys_with_two_live_sessions": overlaps,
            "worker_mib_most": round(max(memory) / MIB, 1),
            "worker_mib_first_and_last_tenth": [round(median(part) / MIB, 1) for part in tenths(memory)],
        }


def median(values: list[int]) -> int:
    """The middle of some values."""
    return sorted(values)[len(values) // 2]


def tenths(values: list[int]) -> tuple[list[int], list[int]]:
    """The first and the last tenth of some values."""
    count = max(1, len(values) // 10)
    return values[:count], values[-count:]


def server() -> None:
    """Serve a sandbox until standard input ends, and print its URL and its token."""
    with serve(timings=Timings(0.0, 0.0)) as sandbox:
        print(json.dumps({"url": sandbox.url, "token": sandbox.token}), flush=True)
        sys.stdin.read()


def lives(sandbox: Sandbox) -> tuple[int, int]:
    """The number of sessions, and the number of pairs of them with one key that were alive at the same time."""
    tables = sandbox.snapshot()["tables"]
    ended: dict[str, str] = {}
    for row in tables["events"]:
        event = json.loads(row[-1])
        if event["event_type"] in ("terminating", "terminated"):
            ended.setdefault(event["session_id"], event["timestamp"])
    of_key: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in tables["sessions"]:
        session = json.loads(row[-1])
        name = SessionName.parse(session["name"])
        if name is not None:
            of_key[name.key].append((session["created_at"], ended.get(session["id"], "9999")))
    overlaps = sum(second[0] < first[1] for pairs in of_key.values() for first, second in pairwise(sorted(pairs)))
    return len(tables["sessions"]), overlaps


async def bare(client: AsyncSessionsClient, keys: list[str]) -> None:
    """Make only the calls that `Fleet.map` makes for each item."""
    waiting = iter(keys)

    async def run_waiting() -> None:
        for key in waiting:
            query = SessionsQuery(
                name=TextQuery(contains=name_prefix(FLEET, key)),
                state_filter=list(LIVE_STATES),
                paging=PageQuery(count=SESSIONS_PER_PAGE),
            )
            await client.search_sessions(PROJECT, query)
            session = body()
            session.name = str(SessionName(FLEET, key, deadline_after(client.clock.now(), timedelta(hours=1))))
            created = await client.ensure_session(session)
            operation = await client.start_session(created.id)
            await client.wait_for_session_operation(operation.id)
            await client.wait_for_session(created.id)
            await client.terminate_session(created.id)

    await asyncio.gather(*(run_waiting() for _ in range(IN_FLIGHT)))


def overhead(items: int) -> dict[str, Any]:
    """CPU time and elapsed time of `map` and of the bare calls, with a sandbox in another process."""
    command = [sys.executable, __file__, "--server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        address = json.loads(process.stdout.readline() if process.stdout else "")

        async def measure(run: Callable[[AsyncSessionsClient], Awaitable[object]]) -> tuple[float, float]:
            async with AsyncSessionsClient(address["token"], host=address["url"]) as client:
                cpu, began = time.process_time(), time.monotonic()
                await run(client)
                return time.process_time() - cpu, time.monotonic() - began

        figures: dict[str, list[tuple[float, float]]] = {"map": [], "bare": []}
        for number in range(ROUNDS):
            keys = [f"map{number}-{item}" for item in range(items)]
            runs: dict[str, Callable[[AsyncSessionsClient], Awaitable[object]]] = {
                "bare": partial(bare, keys=[f"bare{number}-{item}" for item in range(items)]),
                "map": partial(fleet().map, items=keys, body=body, work=work, concurrency=IN_FLIGHT),
            }
            for name, run in runs.items():
                figures[name].append(asyncio.run(measure(run)))
        process.communicate()
    cpu = {name: min(cpu for cpu, _ in values) for name, values in figures.items()}
    wall = {name: min(wall for _, wall in values) for name, values in figures.items()}
    return {
        "items": items,
        "cpu_ms_an_item": {name: round(value / items * 1000, 2) for name, value in cpu.items()},
        "cpu_ratio": round(cpu["map"] / cpu["bare"], 2),
        "wall_ratio": round(wall["map"] / wall["bare"], 2),
    }


def sweeping() -> dict[str, Any]:
    """A sweep over many sessions of which few match."""
    with serve(timings=Timings(0.0, 0.0)) as sandbox, SessionsClient(sandbox.token, host=sandbox.url) as client:
        client.create_session(body())
        snapshot = sandbox.snapshot()
        [row] = snapshot["tables"]["sessions"]
        document = json.loads(row[-1])
        name = str(SessionName(FLEET, "k", client.clock.now() - timedelta(minutes=1)))
        rows: list[list[Any]] = []
        for number in range(SWEPT):
            changed = document | {"id": f"ses_{number}", "state": "Stopped"}
            changed["name"] = name if number % (SWEPT // MATCHING) == 0 else f"other-{number}"
            values = [changed["id"] if cell == document["id"] else cell for cell in row[1:-1]]
            values = [changed["name"] if cell == document["name"] else cell for cell in values]
            rows.append([number + 1, *values, json.dumps(changed, separators=(",", ":"))])
        snapshot["tables"]["sessions"] = rows
        sandbox.restore(snapshot)
        sandbox.journal.clear()
        began = time.monotonic()
        swept = sweep(client, PROJECT, fleet=FLEET)
        dry_s = time.monotonic() - began
        received = sum(entry["response_bytes"] for entry in sandbox.journal.to_dicts())
        searches = sandbox.journal.count("search_sessions")
        began = time.monotonic()
        swept = sweep(client, PROJECT, fleet=FLEET, dry_run=False)
        return {
            "sessions": SWEPT,
            "matching": len(swept.terminated),
            "failed": len(swept.failed),
            "searches": searches,
            "mib_received_by_them": round(received / MIB, 2),
            "dry_run_s": round(dry_s, 2),
            "sweep_s": round(time.monotonic() - began, 2),
            "most_mib_with_the_sandbox": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--only", choices=("lifecycles", "overhead", "sweep"))
    parser.add_argument("--worker", nargs=2, metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--server", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.server:
        server()
        return
    if arguments.worker:
        worker(*arguments.worker)
        return
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "lifecycles": lambda: lifecycles(arguments.items, kills=True),
        "overhead": lambda: overhead(min(arguments.items, 300)),
        "sweep": sweeping,
    }
    for name, part in parts.items():
        if arguments.only in (None, name):
            print(json.dumps({name: part()}), flush=True)


if __name__ == "__main__":
    main()
