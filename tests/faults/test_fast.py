"""What is particular to the fast transport: its connections close in threads that are not ours."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from anyscale_sessions import AsyncSessionsClient, SessionsClient, SessionsError

from .conftest import open_sockets, sockets_left
from .server import FaultServer, Line
from .faults import GOOD, HEAD, length, responses, whole

TOKEN = "sss_canary-of-the-fast"
PATIENCE_S = 300
OTHER = whole(GOOD.replace(b"ses_1", b"ses_X"))


def client(kind: type[Any], server: FaultServer, **options: Any) -> Any:
    """A client over the fast transport."""
    return kind(TOKEN, host=server.url, transport="fast", **options)


async def cancelled(coroutine: Any, after_s: float) -> bool:
    """Cancel a task after a while; says whether it was over by then."""
    task = asyncio.ensure_future(coroutine)
    await asyncio.sleep(after_s)
    task.cancel()
    await asyncio.wait([task])
    return not task.cancelled()


def test_cancellation_leaves_nothing_open() -> None:
    """Wherever a call is cancelled, its connection is closed, and the client goes on as if nothing was."""
    slow = responses(HEAD, length(GOOD), GOOD[:9], GOOD[9:], end="keep", pause_s=0.003)

    async def scenario(server: FaultServer) -> None:
        async with client(AsyncSessionsClient, server) as asked:
            await asked.get_session("ses_1")
            for step in range(12):
                await cancelled(asked.get_session("ses_1"), step / 1000)
                assert (await asked.get_session("ses_1")).id == "ses_1"
        with FaultServer(Line.stall).serving() as silent:
            async with client(AsyncSessionsClient, silent) as asked:
                assert not await cancelled(asked.get_session("ses_1"), 0.05)

    with FaultServer(slow).serving() as server:
        asyncio.run(scenario(server))
        gc.collect()
        before = open_sockets()
        asyncio.run(scenario(server))
    assert sockets_left(before - 1) <= 0  # but for the listener, which is closed by now


@pytest.mark.parametrize("is_https", [False, True], ids=["http", "https"])
def test_stray_bytes_answer_nobody(is_https: bool, ca_file: Any, certificates: dict[str, Any]) -> None:
    """What comes in with a response and after its end does not answer the next call."""
    script = responses(whole(GOOD) + OTHER, end="keep")
    with FaultServer(script, certificates["good"] if is_https else None).serving() as server:

        async def ids() -> list[str]:
            async with client(AsyncSessionsClient, server, ca_file=str(ca_file)) as asked:
                return [(await asked.get_session_for_job("job_1")).id for _ in range(30)]

        with client(SessionsClient, server, ca_file=str(ca_file)) as asked:
            assert [asked.get_session_for_job("job_1").id for _ in range(30)] == ["ses_1"] * 30
        assert asyncio.run(ids()) == ["ses_1"] * 30


def test_call_waits_for_a_free_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that gets one of the connections in time is sent, one that does not was not; a create leaves no doubt."""
    from anyscale_sessions._transport import fast_async

    monkeypatch.setattr(fast_async, "MAX_CONNECTIONS", 1)
    slow = responses(HEAD + length(GOOD), GOOD, end="keep", pause_s=0.2)

    async def scenario(server: FaultServer) -> None:
        async with client(AsyncSessionsClient, server, max_attempts=1) as asked:
            hurried = asked.with_options(deadline=0.05)
            first, second = (asyncio.ensure_future(asked.get_session("ses_1")) for _ in range(2))
            await asyncio.sleep(0)
            with pytest.raises(SessionsError, match="no connection in time"):
                await hurried.get_session("ses_1")
            assert {(await first).id, (await second).id} == {"ses_1"}

    with FaultServer(slow).serving() as server:
        asyncio.run(scenario(server))
        assert len(server.received) == 2


def test_first_used_in_a_thread_that_ends() -> None:
    """The library outlives the thread that needed it first."""
    program = """
        import sys, threading
        from anyscale_sessions import SessionsClient

        def get():
            with SessionsClient("token", host=sys.argv[1], transport="fast") as client:
                client.get_session("ses_1")

        for _ in range(20):
            thread = threading.Thread(target=get)
            thread.start()
            thread.join()
    """
    with FaultServer(responses(whole(GOOD), end="keep")).serving() as server:
        command = [sys.executable, "-c", textwrap.dedent(program), server.url]
        ended = subprocess.run(command, check=False, timeout=PATIENCE_S, capture_output=True, text=True)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
