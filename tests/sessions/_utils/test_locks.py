"""A lock between threads that a fork cannot leave locked."""

from __future__ import annotations

import os
import signal
import threading
from types import BuiltinMethodType

import pytest

from anyscale_sessions._utils.locks import ProcessLock, _renew_all, call_after_fork


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


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_begins_unlocked() -> None:
    """A lock that is held during a fork can be acquired in the child, and is still held in the parent."""
    lock = ProcessLock()
    with lock:
        process_id = os.fork()
        if process_id == 0:  # pragma: no cover - coverage does not see the child
            signal.alarm(10)
            with lock:
                os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(process_id, 0)[1]) == 7


def test_no_python_code_runs_around_the_block() -> None:
    """A `with` statement calls the native lock itself, so that no signal handler can run after the acquire."""
    lock = ProcessLock()
    assert isinstance(lock.__enter__, BuiltinMethodType)
    assert isinstance(lock.__exit__, BuiltinMethodType)


def test_platform_without_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is registered where the platform cannot fork, as on Windows."""
    monkeypatch.delattr(os, "register_at_fork")
    call_after_fork(lambda: None)


def test_all_locks_begin_unlocked_again() -> None:
    """What a fork calls in the new process unlocks every lock."""
    lock = ProcessLock()
    lock.__enter__()
    _renew_all()
    with lock:
        pass
