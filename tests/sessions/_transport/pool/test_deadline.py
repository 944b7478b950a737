"""The synchronous network backend: no operation takes longer than the call."""

from __future__ import annotations

import time

import httpcore
import pytest

from anyscale_sessions._transport.pool.deadline import Deadline, DeadlineBackend
from anyscale_sessions._transport.pool.resolver import Resolver


def test_connecting_ends_with_the_deadline() -> None:
    """No connection is opened if no time is left, and an operation may take the time that is left."""
    deadline = Deadline()
    deadline.ends_at = time.monotonic() - 1.0
    with pytest.raises(httpcore.ConnectTimeout):
        DeadlineBackend(deadline, Resolver()).connect_tcp("127.0.0.1", 9, timeout=5.0)
    deadline.ends_at = time.monotonic() + 60.0
    assert deadline.limit(5.0, httpcore.ReadTimeout) == 5.0
    assert 59.0 < deadline.limit(None, httpcore.ReadTimeout) <= 60.0
