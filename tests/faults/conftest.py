"""What tests of faults share: certificates, good and bad, and a look at what a test leaves open."""

from __future__ import annotations

import asyncio
import gc
import ssl
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from anyscale_sessions._sansio.messages import Clock

PATIENCE_S = 10.0


@pytest.fixture(scope="session")
def certificates(authority: trustme.CA) -> dict[str, ssl.SSLContext]:
    """TLS for a server, by the kind of its certificate."""
    long_ago = datetime.now(UTC) - timedelta(days=1000)
    made = {
        "good": authority.issue_cert("127.0.0.1"),
        "other name": authority.issue_cert("sessions.invalid"),
        "expired": authority.issue_cert("127.0.0.1", not_before=long_ago, not_after=long_ago + timedelta(days=1)),
        "untrusted": trustme.CA().issue_cert("127.0.0.1"),
    }
    contexts = {kind: ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) for kind in made}
    for kind, certificate in made.items():
        certificate.configure_cert(contexts[kind])
    return contexts


def hurrying_clock() -> Clock:
    """Real time, but for sleeps, which take none."""
    skipped = [0.0]

    def sleep(seconds: float) -> None:
        skipped[0] += seconds

    async def sleep_async(seconds: float) -> None:
        sleep(seconds)
        await asyncio.sleep(0)

    return Clock(
        monotonic=lambda: time.monotonic() + skipped[0],
        now=lambda: datetime.now(UTC),
        fraction=lambda: 0.5,
        sleep=sleep,
        sleep_async=sleep_async,
    )


def open_sockets() -> int:
    """How many sockets this process has."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += str(entry.readlink()).startswith("socket:")
        except OSError:
            continue
    return count


def shown(error: BaseException | None) -> Iterator[str]:
    """Everything that an error and those behind it show."""
    if error is not None:
        yield "".join(traceback.format_exception(error))
        seen: BaseException | None = error
        while seen is not None:
            yield f"{seen!s} {seen!r} {seen.args} {vars(seen)} {getattr(seen, '__notes__', '')}"
            seen = seen.__cause__ or seen.__context__


def sockets_left(before: int) -> int:
    """How many sockets are more than there were, once those that close in threads of their own have had the time."""
    ends_at = time.monotonic() + PATIENCE_S
    while (left := open_sockets() - before) and time.monotonic() < ends_at:
        time.sleep(0.005)
    return left


@pytest.fixture
def nothing_left_open() -> Iterator[None]:
    """A test that leaves as many sockets open as there were; none is closed for being garbage only."""
    gc.collect()
    before = open_sockets()
    yield
    assert open_sockets() == before
