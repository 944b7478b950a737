"""Measure what the live page costs the sandbox, without a browser: `tox -e bench-sandbox`.

A sandbox runs in its own process, and a client reads its feed as the page does. It exits with 1 above a limit.
"""

import json
import statistics
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NamedTuple

from sandbox_start import cpu_s, first_line, resident_mib, started

from anyscale_sessions_sandbox.remote import RemoteSandbox

SIZES = (1_000, 10_000)
ROUNDS = 5
IDLE_S = 20.0
FIRST_ROWS_LIMIT_S = 0.5
IDLE_LIMIT = 0.05
STATES = ("Stopped", "Running", "Terminated", "StartupErrored")


class Sandbox(NamedTuple):
    """A sandbox in another process."""

    pid: int
    port: int
    token: str
    remote: RemoteSandbox


class Opened(NamedTuple):
    """How long a page waited for its first rows and for all rows, in seconds, and the size of all messages."""

    first_rows_s: float
    all_rows_s: float
    size: int


@contextmanager
def serving(sessions: int) -> Generator[Sandbox]:
    """A sandbox with so many sessions."""
    with started("anyscale-sessions", "sandbox", "--frozen", "--output", "json") as (process, _):
        line = json.loads(first_line(process))
        remote = RemoteSandbox(line["url"], line["token"])
        fields = {"project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}
        for begin in range(0, sessions, 1000):
            seeded = [
                {**fields, "id": f"ses_{number}", "name": f"session-{number}", "state": STATES[number % len(STATES)]}
                for number in range(begin, begin + 1000)
            ]
            remote.seed({"sessions": seeded})
        yield Sandbox(process.pid, int(line["url"].rpartition(":")[2]), line["token"], remote)


@contextmanager
def feed(sandbox: Sandbox) -> Generator[HTTPResponse]:
    """An open feed."""
    connection = HTTPConnection("127.0.0.1", sandbox.port)
    connection.request("GET", "/_sandbox/feed", headers={"Authorization": f"Bearer {sandbox.token}"})
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def messages(response: HTTPResponse) -> Iterator[tuple[str, dict[str, Any], int]]:
    """The messages of a feed: the event, the data, and the size."""
    event = ""
    while line := response.readline():
        if line.startswith(b"event: "):
            event = line[7:].decode().strip()
        elif line.startswith(b"data: "):
            yield event, json.loads(line[6:]), len(line)


def open_page(sandbox: Sandbox) -> Opened:
    """Read a feed until everything has been sent."""
    began = time.perf_counter()
    first_rows_s, size = 0.0, 0
    with feed(sandbox) as response:
        for event, data, length in messages(response):
            size += length
            if data.get("sessions") and not first_rows_s:
                first_rows_s = time.perf_counter() - began
            if event == "ready":
                break
    return Opened(first_rows_s, time.perf_counter() - began, size)


def change_s(sandbox: Sandbox) -> float:
    """How long a change of one session takes to reach a page."""
    with feed(sandbox) as response:
        found = messages(response)
        while next(found)[0] != "ready":
            pass
        time.sleep(0.2)  # a change directly after another one waits for the next message
        began = time.perf_counter()
        sandbox.remote.transition("ses_1", "Updating")
        while not any(row["id"] == "ses_1" for row in next(found)[1].get("sessions", ())):
            pass
        waited_s = time.perf_counter() - began
    sandbox.remote.transition("ses_1", "Running")
    return waited_s


def idle_share(sandbox: Sandbox) -> float:
    """The share of a core that a sandbox uses while a page is open and nothing changes."""
    with feed(sandbox) as response:
        found = messages(response)
        while next(found)[0] != "ready":
            pass
        before = cpu_s(sandbox.pid)
        time.sleep(IDLE_S)
        return (cpu_s(sandbox.pid) - before) / IDLE_S


def main() -> None:
    """Print the figures, and exit with 1 if one is above its limit."""
    too_slow: list[str] = []
    for size in SIZES:
        with serving(size) as sandbox:
            before_mib = resident_mib(sandbox.pid)
            opened = [open_page(sandbox) for _ in range(ROUNDS)]
            first_rows_s = statistics.median(one.first_rows_s for one in opened)
            all_rows_s = statistics.median(one.all_rows_s for one in opened)
            changes_ms = statistics.median(change_s(sandbox) for _ in range(ROUNDS)) * 1000
            idle = idle_share(sandbox)
            after_mib = resident_mib(sandbox.pid)
        print(f"{size:,} sessions:")
        print(f"  first rows after {first_rows_s:.3f} s, all rows after {all_rows_s:.3f} s")
        print(f"  everything is {opened[0].size / 1000:,.0f} kB, {opened[0].size / size:.0f} bytes for each session")
        print(f"  a change arrives after {changes_ms:.1f} ms")
        print(f"  {idle:.2%} of a core while nothing changes")
        print(f"  {before_mib:.1f} MiB before the first page was opened, {after_mib:.1f} MiB after it")
        if first_rows_s > FIRST_ROWS_LIMIT_S:
            too_slow.append(f"the first rows of {size:,} sessions take more than {FIRST_ROWS_LIMIT_S} s")
        if idle > IDLE_LIMIT:
            too_slow.append(f"an open page costs more than {IDLE_LIMIT:.0%} of a core with {size:,} sessions")
    if too_slow:
        raise SystemExit("; ".join(too_slow))


if __name__ == "__main__":
    main()
