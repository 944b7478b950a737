"""What one synchronous attempt has taken from the pool."""

from __future__ import annotations

import weakref
from typing import Any

import pytest

from anyscale_sessions._transport.pool.lease import Lease


class Broken:
    """A connection that breaks after its request was sent."""

    is_sent = False
    closed = 0

    def exchange(self, *_: Any) -> None:
        """Send, and break."""
        self.is_sent = True
        raise OSError

    def close(self) -> None:
        """Count."""
        self.closed += 1


def test_lease_keeps_whether_the_request_was_sent() -> None:
    """After an exchange that failed, the lease says whether a byte of the request may have been sent."""
    lease, connection, nothing = Lease(0.0, is_fresh=False), Broken(), Any
    lease.connection = connection
    with pytest.raises(OSError):  # noqa: PT011 - any
        lease.exchange(nothing, nothing)
    assert lease.is_sent


def test_lease_closes_what_was_not_given_back() -> None:
    """A lease closes its connection, and nothing if it has given the connection back."""
    lease, connection = Lease(0.0, is_fresh=False), Broken()
    lease.close()
    lease.connection = connection
    lease.close()
    assert connection.closed == 1


def test_slot_is_released_with_the_lease() -> None:
    """A slot that was not released is released when the lease is gone."""
    in_use: set[Any] = set()
    lease = Lease(0.0, is_fresh=False)
    lease.slot = weakref.ref(lease, in_use.discard)
    in_use.add(lease.slot)
    del lease
    assert in_use == set()
