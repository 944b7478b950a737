"""The synchronous network backend: no operation takes longer than the call."""

from __future__ import annotations

import time

import httpcore
import pytest

from anyscale_sessions._transport.pool.deadline import Deadline, DeadlineBackend
from anyscale_sessions._transport.pool.resolver import Resolver


def test_connecting_ends_with_the_deadline() -> None:
    """No connection is opened if no time is left."""
    with pytest.raises(httpcore.ConnectTimeout):
        DeadlineBackend(Resolver(), time.monotonic() - 1.0).connect_tcp("127.0.0.1", 9, timeout=5.0)


def test_operation_may_take_the_time_that_is_left() -> None:
    """An operation may take its own timeout, or the time that is left of the call if that is less."""
    deadline = Deadline(time.monotonic() + 60.0)
    assert deadline.limit(5.0, httpcore.ReadTimeout) == 5.0
    assert 59.0 < deadline.limit(None, httpcore.ReadTimeout) <= 60.0


def test_connections_have_deadlines_of_their_own() -> None:
    """Connections that take turns in one thread, as under gevent, do not share a deadline."""
    first, second = (DeadlineBackend(Resolver(), ends_at) for ends_at in (1.0, 2.0))
    assert (first.deadline.ends_at, second.deadline.ends_at) == (1.0, 2.0)
