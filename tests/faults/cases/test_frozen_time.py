"""A sandbox in a test that freezes the time of its process with freezegun."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any

import httpx
import pytest
from freezegun import freeze_time

from anyscale_sessions_sandbox import Sandbox, SystemClock, serve
from anyscale_sessions_sandbox.real_time import monotonic

# A sandbox that does not end at once waits for its time limit, or for ever.
AT_ONCE_S = 5.0
HANGS_S = 60.0


def in_time(action: Callable[[], None]) -> None:
    """Perform an action in another thread, so that the test fails if it hangs."""
    done: Future[None] = Future()

    def run() -> None:
        try:
            done.set_result(action())
        except AssertionError as error:
            done.set_exception(error)

    began_s = monotonic()
    Thread(target=run, daemon=True).start()
    done.result(HANGS_S)
    assert monotonic() - began_s < AT_ONCE_S


def status_of(sandbox: Sandbox, **headers: str) -> int:
    """The status of a response of the sandbox."""
    url = f"{sandbox.url}/v0/sessions/x"
    return httpx.get(url, headers=headers, trust_env=False, timeout=AT_ONCE_S).status_code


@pytest.mark.parametrize("options", [{}, {"ignore": ["asyncio", "uvicorn"]}, {"tick": True}])
def test_a_sandbox_ends_although_time_was_frozen_in_its_block(options: Any) -> None:
    """A sandbox answers while a test has frozen the time, and ends at once afterwards."""

    def run() -> None:
        with serve() as sandbox:
            with freeze_time("2024-01-01", **options):
                time.sleep(0.2)
                assert status_of(sandbox) == 401
            assert status_of(sandbox) == 401

    in_time(run)


@pytest.mark.parametrize("runtime", ["virtual", "process"])
def test_a_sandbox_ends_although_time_was_frozen_before_it(runtime: str) -> None:
    """A sandbox that is entered and left while the time is frozen answers and ends at once."""

    def run() -> None:
        with freeze_time("2024-01-01"), serve(runtime=runtime) as sandbox:
            assert status_of(sandbox) == 401

    in_time(run)


def test_a_slow_response_of_a_sandbox_ends_although_time_is_frozen() -> None:
    """A fault that delays a response ends after its real time while the time is frozen."""

    def run() -> None:
        with freeze_time("2024-01-01"), serve() as sandbox:
            sandbox.faults.add("stall", seconds=0.05)
            assert status_of(sandbox, cookie=f"cli_token={sandbox.token}") == 404
            sandbox.faults.assert_all_used()

    in_time(run)


def test_the_clock_of_a_sandbox_runs_although_time_is_frozen() -> None:
    """A `SystemClock` continues to run while the time is frozen, so that sessions become Running."""
    with freeze_time("2024-01-01"):
        clock = SystemClock(speed=1000.0)
        began = clock.now()
        time.sleep(0.01)
        assert (clock.now() - began).total_seconds() >= 10.0
