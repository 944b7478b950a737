"""NO_PROXY, as curl, requests and Go read it together."""

from __future__ import annotations

import pytest

from anyscale_sessions._transport.no_proxy import is_excluded


@pytest.mark.parametrize(
    ("no_proxy", "host"),
    [
        ("10.0.0.0/8", "10.1.2.3"),
        ("[fd00::1]", "fd00::1"),
        ("fd00::1", "fd00::1"),
        ("[fd00::1]:443", "fd00::1"),
        ("fd00::/8", "fd12::5"),
        ("10.1.2.3:443", "10.1.2.3"),
        ("a.example, *", "10.1.2.3"),
        ("example.com", "api.Example.com."),
        (".example.com", "api.example.com"),
        (".example.com", "example.com"),
        ("*.example.com", "api.example.com"),
        ("x api.example.com:443", "api.example.com"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
    ],
)
def test_hosts_that_are_excluded(no_proxy: str, host: str) -> None:
    """Hosts, domains, addresses, ranges and `*` exclude a host from the proxy."""
    assert is_excluded(no_proxy, host, 443)


@pytest.mark.parametrize(
    ("no_proxy", "host"),
    [
        ("", "api.example.com"),
        (".", "api.example.com"),
        ("10.0.0.0/8", "11.1.2.3"),
        ("10.0.0.0/99", "10.1.2.3"),
        ("10.0.0.0/8", "ten.example"),
        ("fd00::/8", "10.1.2.3"),
        ("api.example.com:80", "api.example.com"),
        ("[fd00::1]:80", "fd00::1"),
        ("ample.com", "example.com"),
    ],
)
def test_hosts_that_are_not_excluded(no_proxy: str, host: str) -> None:
    """Another host, port, range or half of a name excludes nothing."""
    assert not is_excluded(no_proxy, host, 443)
