"""Locks that neither a fork nor an exception of a signal handler can leave locked."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable


class ProcessLock:
    """A lock between the threads of one process. In a forked process it starts unlocked.

    The interpreter runs signal handlers between the instructions of Python code. If `__enter__` were a Python function,
    an exception of a handler could end it after the lock was acquired and before the `with` statement would release it.
    The two attributes are therefore the methods of a native lock, which a `with` statement calls at once.
    """

    __slots__ = ("__enter__", "__exit__", "__weakref__")

    __enter__: Callable[..., object]
    __exit__: Callable[..., None]

    def __init__(self) -> None:
        self.renew()
        _of_this_process.add(self)

    def renew(self) -> None:
        """Start unlocked. A thread that holds the lock releases the earlier native lock."""
        native = threading.Lock()
        self.__enter__, self.__exit__ = native.__enter__, native.__exit__


def call_after_fork(function: Callable[[], None]) -> None:
    """Call a function in every process that is forked from now on, where the platform can fork."""
    register: Callable[..., None] | None = getattr(os, "register_at_fork", None)
    if register is not None:
        register(after_in_child=function)


_of_this_process: weakref.WeakSet[ProcessLock] = weakref.WeakSet()


def _renew_all() -> None:
    for lock in list(_of_this_process):
        lock.renew()


call_after_fork(_renew_all)
