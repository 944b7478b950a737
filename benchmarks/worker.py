"""One contender in a process of its own: reads one job a line (JSON), answers each with one figure a line."""

import asyncio
import gc
import importlib
import json
import resource
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import process_time, sleep
from typing import Any

import sample

IDLE_S = 1.1  # more than the time for which a connection that was in use is good for a create request
WARM_WIDTH = 50  # some contenders take half a minute for a thousand at once


def main(adapter_name: str, host: str) -> None:
    """Do every job that comes, until there are no more."""
    sys.path.insert(0, str(sys.path[0] + "/adapters"))
    adapter = importlib.import_module(adapter_name)
    for line in sys.stdin:
        job = json.loads(line)
        figure = JOBS[job["kind"]](adapter, host, **job["arguments"])
        print(json.dumps(figure), flush=True)


def cpu_us(work: Callable[[], Any], times: int) -> float:
    """Microseconds of CPU that the process takes for each time."""
    for _ in range(times // 10):
        work()
    gc.collect()
    start = process_time()
    for _ in range(times):
        work()
    return (process_time() - start) / times * 1e6


def build(adapter: Any, _: str, times: int) -> float | None:
    """Describe and encode one session."""
    return cpu_us(adapter.build, times) if hasattr(adapter, "build") else None


def decode(adapter: Any, _: str, times: int, are_nulls_sent: bool) -> float | None:  # noqa: FBT001
    """Decode a page, per session."""
    if not hasattr(adapter, "decode"):
        return None
    data = sample.page(are_nulls_sent=are_nulls_sent)
    adapter.decode(data)
    return float(cpu_us(lambda: adapter.decode(data), times) / sample.PAGE_SESSIONS)


def memory(adapter: Any, _: str) -> float | None:
    """Bytes that a decoded session takes."""
    if not hasattr(adapter, "decode"):
        return None
    data = sample.page()
    adapter.decode(data)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    page = adapter.decode(data)
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    del page
    return float(taken / sample.PAGE_SESSIONS)


def create(adapter: Any, host: str, times: int, by: str = "connect") -> float | None:
    """Create one session after the other over one connection, made by a function of the adapter."""
    if by not in _kept:
        _kept[by] = getattr(adapter, by)(host) if hasattr(adapter, by) else None
    return cpu_us(_kept[by], times) if _kept[by] else None


_kept: dict[str, Any] = {}


def create_idle(adapter: Any, host: str, times: int) -> float | None:
    """Create one session each time after more than a second without a call. Ours opens a new connection for that."""
    if not hasattr(adapter, "connect"):
        return None
    one = adapter.connect(host)
    if one is None:
        return None
    one()
    taken = 0.0
    for _ in range(times):
        sleep(IDLE_S)
        start = process_time()
        one()
        taken += process_time() - start
    return taken / times * 1e6


def in_flight(adapter: Any, host: str, times: int, width: int, by: str = "connect_async") -> float | None:
    """Create sessions, so many at once on one client; per session."""
    if hasattr(adapter, by):
        return asyncio.run(_in_flight(getattr(adapter, by), host, times, width))
    if by != "connect_async" or not hasattr(adapter, "connect_threads"):
        return None
    one = adapter.connect_threads(host)

    def nth(_: int) -> None:
        one()

    with ThreadPoolExecutor(width) as pool:
        list(pool.map(nth, range(width)))
        start = process_time()
        list(pool.map(nth, range(times)))
        return (process_time() - start) / times * 1e6


async def _in_flight(
    connect: Callable[[str], Callable[[], Any] | None], host: str, times: int, width: int
) -> float | None:
    one = connect(host)
    if one is None:
        return None

    async def some(count: int) -> None:
        for _ in range(count):
            await one()

    await asyncio.gather(*(some(1) for _ in range(min(width, WARM_WIDTH))))
    gc.collect()
    start = process_time()
    await asyncio.gather(*(some(max(1, times // width)) for _ in range(width)))
    taken = process_time() - start
    close = getattr(one, "close", None)
    if close is not None:
        await close()
    return taken / (max(1, times // width) * width) * 1e6


def pages(adapter: Any, host: str, times: int) -> list[float] | None:
    """Walk through a long list: CPU per session, and MiB by which it makes the process grow after two pages."""
    if not hasattr(adapter, "pages"):
        return None
    sessions = adapter.pages(host)
    for _ in range(2 * sample.PAGE_SESSIONS):  # by then all is imported, connected and as large as it gets
        next(sessions)
    start, peak_kib = process_time(), _peak_kib()
    for _ in range(times):
        next(sessions)
    return [(process_time() - start) / times * 1e6, (_peak_kib() - peak_kib) / 1024]


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


JOBS: dict[str, Callable[..., Any]] = {
    "build": build,
    "decode": decode,
    "memory": memory,
    "create": create,
    "create_idle": create_idle,
    "in_flight": in_flight,
    "pages": pages,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
