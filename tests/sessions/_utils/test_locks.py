"""A lock that no fork leaves locked."""

from __future__ import annotations

import os

from anyscale_sessions._utils.locks import ProcessLock


def test_lock_is_open_in_a_forked_process() -> None:
    """A lock that a thread held when the process was forked does not block the child."""
    lock = ProcessLock()
    with lock:
        child = os.fork()
        if child == 0:
            with lock:
                os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    lock.__enter__()
    lock._process_id -= 1  # as a child finds it; what a child runs is not seen by coverage
    with lock:
        assert lock._process_id == os.getpid()
