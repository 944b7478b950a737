"""Calls that an exception of a signal handler ends at any point: every client works afterwards."""

from __future__ import annotations

import gc
import itertools
import random
import signal
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

from anyscale_sessions import CreateSession, SessionsClient, SessionsError

from ..faults import IS_NIGHTLY
from .conftest import GoodServer

INTERRUPTIONS = 6000 if IS_NIGHTLY else 300
DEADLINE_S = 5.0

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    # An interruption can leave coverage's own lock locked. The environments `lowest` and `newest` measure no coverage.
    pytest.mark.skipif(Coverage.current() is not None, reason="coverage does not survive an interruption"),
]


class SoftTimeLimitExceeded(Exception):
    """As Celery's: an `Exception`, raised by a signal handler."""


class Stopped(BaseException):
    """As `KeyboardInterrupt`."""


class Alarms:
    """What SIGALRM raises: the kinds of exceptions in turn.

    Attributes:
        last: the last one that was raised.
        lost: those that were raised within a finalizer or a callback of the garbage collector, which Python ignores.
    """

    kinds = (SoftTimeLimitExceeded, Stopped)

    def __init__(self) -> None:
        self._turn = itertools.cycle(self.kinds)
        self.last: BaseException | None = None
        self.lost: list[BaseException] = []

    def interrupt(self, *_: Any) -> None:
        """Handle the signal."""
        self.last = next(self._turn)()
        raise self.last

    def ignored(self, unraisable: Any) -> None:
        """Note what Python ignores."""
        if isinstance(unraisable.exc_value, self.kinds):
            self.lost.append(unraisable.exc_value)

    def arrives(self, call: Callable[[], object], within_s: float) -> bool:
        """Repeat a call until it is interrupted. Returns whether the exception arrived as it is."""
        lost, ends_at = len(self.lost), time.monotonic() + DEADLINE_S
        try:
            signal.setitimer(signal.ITIMER_REAL, within_s)
            try:
                while len(self.lost) == lost and time.monotonic() < ends_at:
                    call()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except self.kinds as error:
            return error is self.last
        return False


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Alarms]:
    """SIGALRM raises exceptions."""
    alarms = Alarms()
    before = signal.signal(signal.SIGALRM, alarms.interrupt)
    monkeypatch.setattr("sys.unraisablehook", alarms.ignored)
    yield alarms
    gc.collect()
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def works(client: SessionsClient, body: CreateSession) -> None:
    """The next calls of a client, in a thread of their own, succeed within the deadline."""
    results: list[Any] = []

    def call() -> None:
        try:
            results.append(client.get_session("ses_1").id)
            results.append(client.create_session(body).id)
        except SessionsError as error:
            results.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(2 * DEADLINE_S)
    assert results == ["ses_1", "ses_1"]


@pytest.mark.parametrize("pause_s", [0.0, 0.002], ids=["fast", "slow"])
@pytest.mark.parametrize("operation", ["read", "create", "name", "tls"])
def test_clients_work_after_interruptions(
    good_server: GoodServer,
    alarms: Alarms,
    monkeypatch: pytest.MonkeyPatch,
    ca_file: Path,
    certificates: dict[str, ssl.SSLContext],
    operation: str,
    pause_s: float,
) -> None:
    """After an interruption at any moment it arrives unchanged, this client and others work, and no slot is lost."""
    good_server.pause_s = pause_s
    good_server.tls = certificates["good"] if operation == "tls" else None
    url = good_server.url if operation != "name" else good_server.name_url(monkeypatch)
    body = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1", user_service_access="public")
    options: dict[str, Any] = {"deadline": DEADLINE_S, "max_attempts": 1, "trust_env": False, "allow_http": True}
    options["ca_file"] = str(ca_file)
    moments = random.Random(7)
    arrived = 0
    client, other = SessionsClient("t" * 10, host=url, **options), SessionsClient("t" * 10, host=url, **options)
    call = (lambda: client.create_session(body)) if operation == "create" else (lambda: client.get_session("ses_1"))
    for number in range(INTERRUPTIONS):
        if operation in ("name", "tls") or number % 10 == 0:
            client.close()  # so that connections are opened again
        arrived += alarms.arrives(call, moments.uniform(20e-6, pause_s + (4e-3 if operation == "tls" else 1.2e-3)))
        if number % 50 == 0:
            works(client, body)
            works(other, body)
    works(client, body)
    works(other, body)
    assert arrived + len(alarms.lost) == INTERRUPTIONS
    assert len(alarms.lost) < INTERRUPTIONS / 50
    transport: Any = client._connections.transport()
    assert transport._transport._connections._in_use == set()
    client.close()
    other.close()


def test_exception_of_a_handler_arrives_unchanged(good_server: GoodServer, alarms: Alarms) -> None:
    """An `Exception` that a handler raises while a call waits for its response is that very exception, at once."""
    good_server.pause_s = 0.2
    with SessionsClient("t" * 10, host=good_server.url) as client:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(SoftTimeLimitExceeded) as raised:
            client.get_session("ses_1")
        assert raised.value is alarms.last
        assert raised.value.__cause__ is None
        assert client.get_session("ses_1").id == "ses_1"
