"""A lock that a fork cannot leave locked."""

from __future__ import annotations

import os
import threading


class ProcessLock:
    """A lock between the threads of one process. In a forked process it starts unlocked."""

    __slots__ = ("_lock", "_process_id")

    def __init__(self) -> None:
        self._process_id, self._lock = os.getpid(), threading.Lock()

    def __enter__(self) -> None:
        if self._process_id != os.getpid():
            self._process_id, self._lock = os.getpid(), threading.Lock()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
