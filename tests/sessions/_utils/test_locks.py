"""A lock between threads that a fork cannot leave locked."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from anyscale_sessions._utils import locks
from anyscale_sessions._utils.locks import ProcessLock


def test_only_one_thread_at_a_time() -> None:
    """A thread waits until another one has released the lock."""
    lock, order = ProcessLock(), ["first"]

    def second() -> None:
        with lock:
            order.append("second")

    with lock:
        thread = threading.Thread(target=second)
        thread.start()
        order.append("still first")
    thread.join()
    assert order == ["first", "still first", "second"]


def test_a_forked_process_begins_unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that a thread of the parent held during a fork can be acquired in the child."""
    lock = ProcessLock()
    lock.__enter__()
    # Not in `os` itself, which coverage uses as well.
    monkeypatch.setattr(locks, "os", SimpleNamespace(getpid=lambda: -1))
    with lock:
        pass
