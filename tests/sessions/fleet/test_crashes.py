"""Killed worker processes: every key is done, on one live session at a time, and no session is left alive."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions import SessionsClient
from anyscale_sessions.fleet import Fleet, sweep
from anyscale_sessions.fleet.names import SessionName
from anyscale_sessions_sandbox import Fault, Sandbox

from .conftest import PROJECT, body, live

WORKER = Path(__file__).with_name("worker.py")
MAX_WAIT_S = 120.0


@contextmanager
def worker(server: Sandbox, fleet: Fleet, keys: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A worker process that runs these items. It is killed at the end of the block."""
    environment = os.environ | {"ANYSCALE_HOST": server.url, "ANYSCALE_CLI_TOKEN": server.token}
    command = [sys.executable, str(WORKER), fleet.name, *keys]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for another process."""
    ends_at = time.monotonic() + MAX_WAIT_S
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def overlaps(server: Sandbox) -> list[tuple[str, str]]:
    """Pairs of sessions of one key that were alive at the same time, according to the events in the sandbox."""
    tables = server.snapshot()["tables"]
    documents = {name: [_document(row) for row in tables[name]] for name in ("sessions", "events")}
    ended: dict[str, str] = {}
    for event in documents["events"]:
        if event["event_type"] in ("terminating", "terminated"):
            ended.setdefault(event["session_id"], event["timestamp"])
    lives: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for session in documents["sessions"]:
        name = SessionName.parse(session["name"])
        assert name is not None
        lives[name.key].append((session["created_at"], ended.get(session["id"], "9999"), session["id"]))
    pairs: list[tuple[str, str]] = []
    for of_key in lives.values():
        of_key.sort()
        pairs += [(first[2], second[2]) for first, second in pairwise(of_key) if second[0] < first[1]]
    return pairs


def _document(row: list[Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(row[-1])
    return document


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize(
    "operation",
    ["search_sessions", "create_session", "start_session", "get_session_operation", "get_session", "terminate_session"],
)
def test_a_worker_killed_at_any_call_leaves_a_key_that_another_finishes(
    server: Sandbox, client: SessionsClient, fleet: Fleet, operation: str, phase: str
) -> None:
    """A key whose worker is killed in a call is finished by the next worker, and no session is left alive."""
    fault = server.faults.add(Fault("stall", phase=phase, operation=operation))
    with worker(server, fleet, ["k1"]) as process:
        wait_until(lambda: fault.used == 1)
        process.kill()
        process.wait(MAX_WAIT_S)
    assert fleet.run_one(client, "k1", body, lambda session: session.state.value) == "Running"
    sweep(client, PROJECT, fleet=fleet.name, older_than=timedelta(0), dry_run=False)
    assert live(client) == []
    assert overlaps(server) == []


def test_workers_killed_at_random_leave_every_key_done_and_nothing_alive(
    server: Sandbox, client: SessionsClient, fleet: Fleet
) -> None:
    """Two workers that are killed and restarted many times finish every key, and leave no session alive."""
    chance = random.Random(16)
    keys = [f"seed-{number}" for number in range(60)]
    done: set[str] = set()
    kills = 0
    while len(done) < len(keys):
        waiting = [key for key in keys if key not in done]
        with worker(server, fleet, waiting[::2]) as first, worker(server, fleet, waiting[1::2]) as second:
            for process in (first, second):
                dies_after = chance.randrange(1, 12)
                assert process.stdout is not None
                for line in process.stdout:
                    key, outcome = line.split(maxsplit=1)
                    if outcome == "done\n":
                        done.add(key)
                    dies_after -= 1
                    if dies_after == 0:
                        process.kill()
                        kills += 1
    assert kills >= 6
    sweep(client, PROJECT, fleet=fleet.name, older_than=timedelta(0), dry_run=False)
    assert live(client) == []
    assert overlaps(server) == []
