"""Measure what a proxy of the sandbox adds to a request for a user service: `tox -e bench-sandbox`.

A service, the proxy and the client each run in their own process. The client sends the same small request to the
service and to the proxy in turns, over one kept connection to each, and compares the medians. Then it sends a body of
20 MiB through the proxy, which the service returns while it arrives, and reads how much memory the proxy took for it.
The script exits with 1 above a limit.
"""

import asyncio
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

REQUESTS = 2000
LIMIT_MS = 1.0
MIB = 1024 * 1024
BODY_BYTES = 20 * MIB
# Both directions have buffers of the proxy and of the allocator, but no more than that.
LIMIT_MIB = 4.0
CHUNK_BYTES = 64 * 1024
TOKEN = "service-token-of-the-benchmark"  # noqa: S105 - it opens a service that lives for seconds
SESSION = {"access_token": "own-token", "user_service_token": TOKEN, "user_service_access": "public"}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request with its body, as it arrives."""
    while True:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        _, _, length = head.partition(b"content-length: ")
        rest = int(length.partition(b"\r\n")[0] or 0)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % rest)
        while rest:
            data = await reader.read(min(rest, CHUNK_BYTES))
            rest -= len(data)
            writer.write(data)
            await writer.drain()


def serve_service() -> None:
    """Serve a service until it is terminated."""

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(serve())


def serve_proxy(port: int) -> None:
    """Serve the proxy of a service, and print its peak memory in KiB for each line of standard input."""
    from anyscale_sessions_sandbox.proxy import Proxies, user_service_access

    proxies = Proxies()
    url = proxies.open("ses_1", "user service", user_service_access(SESSION), port)
    print(url.rpartition(":")[2], flush=True)
    for _ in sys.stdin:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


@contextmanager
def running(*arguments: str) -> Generator[tuple[subprocess.Popen[str], int], None, None]:
    """A server in its own process, and its port."""
    process = subprocess.Popen(
        [sys.executable, __file__, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout  # noqa: S101 - it is a pipe
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate()


def memory_kib(proxy: subprocess.Popen[str]) -> int:
    """The peak memory of the proxy until now."""
    assert proxy.stdin  # noqa: S101 - it is a pipe
    assert proxy.stdout  # noqa: S101 - it is a pipe
    proxy.stdin.write("\n")
    proxy.stdin.flush()
    return int(proxy.stdout.readline())


async def medians_ms(ports: list[int]) -> list[float]:
    """The median time of a request to each port."""
    streams = [await asyncio.open_connection("127.0.0.1", port) for port in ports]
    request = f"GET / HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n\r\n".encode()
    times_ms: list[list[float]] = [[] for _ in ports]
    for _ in range(REQUESTS):
        for (reader, writer), found in zip(streams, times_ms, strict=True):
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            found.append((time.perf_counter() - began) * 1000)
            if not head.startswith(b"HTTP/1.1 200 "):
                raise SystemExit(f"unexpected response: {head.decode()}")
    for _, writer in streams:
        writer.close()
    return [statistics.median(found) for found in times_ms]


async def send_and_receive(port: int, size: int) -> None:
    """Send a body of some bytes, and receive it while it is sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST / HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: {size}\r\n\r\n"
    writer.write(head.encode())

    async def send() -> None:
        for _ in range(size // CHUNK_BYTES):
            writer.write(bytes(CHUNK_BYTES))
            await writer.drain()

    sender = asyncio.create_task(send())
    await reader.readuntil(b"\r\n\r\n")
    for _ in range(size // CHUNK_BYTES):
        await reader.readexactly(CHUNK_BYTES)
    await sender
    writer.close()


def main() -> None:
    """Print the added time and the memory."""
    with running("service") as (_, service_port), running("proxy", str(service_port)) as (proxy, proxy_port):
        direct_ms, proxied_ms = asyncio.run(medians_ms([service_port, proxy_port]))
        asyncio.run(send_and_receive(proxy_port, MIB))  # warm up
        before_kib = memory_kib(proxy)
        asyncio.run(send_and_receive(proxy_port, BODY_BYTES))
        grown_mib = (memory_kib(proxy) - before_kib) / 1024
    added_ms = proxied_ms - direct_ms
    print(f"a request at the median of {REQUESTS}: {direct_ms:.2f} ms, and {proxied_ms:.2f} ms through the proxy")
    print(f"  added: {added_ms:.2f} ms (limit {LIMIT_MS:.0f} ms)")
    print(f"{BODY_BYTES // MIB} MiB up and down: {grown_mib:.1f} MiB of memory (limit {LIMIT_MIB:.0f} MiB)")
    if added_ms >= LIMIT_MS or grown_mib >= LIMIT_MIB:
        raise SystemExit("above a limit")


if __name__ == "__main__":
    if sys.argv[1:2] == ["service"]:
        serve_service()
    elif sys.argv[1:2] == ["proxy"]:
        serve_proxy(int(sys.argv[2]))
    else:
        main()
