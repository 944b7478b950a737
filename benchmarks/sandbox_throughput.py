"""Measure how many sessions a sandbox creates per second, beside an empty starlette route: `tox -e bench-sandbox`.

Both are served by uvicorn with h11, each in its own process, and one client process loads them in turns: plain asyncio
streams over keep-alive connections, which write prepared requests and read no more of a response than its length. The
script prints the median rates of both and their ratio, and exits with 1 below the limit.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

REQUESTS = 2000
# As many as httpx opens by default.
CONNECTIONS = 100
ROUNDS = 7
LIMIT = 0.5
BODY = json.dumps(
    {
        "name": "benchmark",
        "project_id": "prj_1",
        "uses_app_config": True,
        "build_id": "bld_1",
        "compute_template_id": "cpt_1",
        "user_service_access": "public",
    }
).encode()
TOKEN = "sss_benchmark_token"  # noqa: S105 - it opens a sandbox that lives for seconds


def serve_sandbox() -> None:
    """Serve a sandbox in memory until standard input ends."""
    from anyscale_sessions_sandbox import serve

    with serve(token=TOKEN) as sandbox:
        print(sandbox.url.rpartition(":")[2], flush=True)
        sys.stdin.read()


def serve_starlette() -> None:
    """Serve one empty route, with the server and the settings of the sandbox, until standard input ends."""
    import threading

    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def create(_request: Request) -> Response:
        return Response()

    app = Starlette(routes=[Route("/v0/sessions/", create, methods=["POST"])])
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, args=([listener],), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
    server.should_exit = True


SERVERS = {"sandbox": serve_sandbox, "starlette": serve_starlette}


@contextmanager
def running(name: str, core: int | None) -> Generator[int, None, None]:
    """The port of a server in its own process."""
    pin = None if core is None else lambda: os.sched_setaffinity(0, {core})
    process = subprocess.Popen(
        [sys.executable, __file__, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=pin,  # noqa: PLW1509 - no thread runs yet
    )
    assert process.stdout  # noqa: S101 - it is a pipe
    try:
        yield int(process.stdout.readline())
    finally:
        process.communicate()


async def load(port: int) -> float:
    """Requests per second of `REQUESTS` creates over `CONNECTIONS` connections at the same time."""
    head = (
        f"POST /v0/sessions/ HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncookie: cli_token={TOKEN}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n"
    )
    request = head.encode() + BODY
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    start_s = time.perf_counter()
    await asyncio.gather(*(_repeat(*stream, request, REQUESTS // CONNECTIONS) for stream in streams))
    seconds = time.perf_counter() - start_s
    for _, writer in streams:
        writer.close()
    return REQUESTS / seconds


async def _repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, times: int) -> None:
    for _ in range(times):
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200 "):
            raise SystemExit(f"unexpected response: {head.decode()}")
        await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))


def main() -> None:
    """Print the rates and their ratio."""
    cores = sorted(os.sched_getaffinity(0))
    server_core = None
    if len(cores) > 1:
        server_core, client_core = cores[:2]
        os.sched_setaffinity(0, {client_core})
    rates: dict[str, list[float]] = {name: [] for name in SERVERS}
    for _ in range(ROUNDS):
        for name in SERVERS:
            with running(name, server_core) as port:
                asyncio.run(load(port))  # warm up
                rates[name].append(asyncio.run(load(port)))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    print(f"{REQUESTS} creates over {CONNECTIONS} connections, median (least to most) of {ROUNDS} rounds in turns:")
    for name, values in rates.items():
        print(f"  {name}: {medians[name]:.0f} per second ({min(values):.0f} to {max(values):.0f})")
    ratio = medians["sandbox"] / medians["starlette"]
    print(f"  ratio: {ratio:.2f}")
    if ratio < LIMIT:
        raise SystemExit(f"below the limit: {LIMIT}")


if __name__ == "__main__":
    if sys.argv[1:]:
        SERVERS[sys.argv[1]]()
    else:
        main()
