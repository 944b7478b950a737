"""The way to a service."""

from __future__ import annotations

from anyscale_sessions_sandbox.gateway.hosts import AllowedHosts
from anyscale_sessions_sandbox.proxy.access import Access
from anyscale_sessions_sandbox.proxy.route import Route


def test_the_repr_shows_no_token() -> None:
    """The repr of a route, which a traceback can contain, shows neither the tokens nor the added headers."""
    access = Access((b"the-token",), (b"the-token",))
    route = Route(access, AllowedHosts(()), 80, 81, [(b"authorization", b"Bearer the-token")])
    assert "service_port=81" in repr(route)
    assert "the-token" not in repr(route)
