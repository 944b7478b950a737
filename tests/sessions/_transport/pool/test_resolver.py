"""Looking up a host; tests/faults/test_names.py has what a slow name server does to calls."""

from __future__ import annotations

import httpcore
import pytest

from anyscale_sessions._transport.pool.resolver import Resolver, needs_no_lookup


@pytest.mark.parametrize(
    ("host", "is_known"), [("localhost", True), ("127.0.0.1", True), ("::1", True), ("sessions.example", False)]
)
def test_hosts_that_need_no_name_server(host: str, is_known: bool) -> None:
    """An address and localhost need no name server."""
    assert needs_no_lookup(host) is is_known


def test_addresses() -> None:
    """An address is its own address, and a host that is no name has none."""
    assert Resolver().addresses("127.0.0.1", 80, 5.0) == [b"127.0.0.1"]
    with pytest.raises(httpcore.ConnectError):
        Resolver().addresses("a" * 64 + ".example", 80, 5.0)
