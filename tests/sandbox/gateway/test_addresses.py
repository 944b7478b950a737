"""IP addresses of this machine."""

from __future__ import annotations

import socket

import pytest

from anyscale_sessions_sandbox.gateway.addresses import is_local, is_loopback


@pytest.mark.parametrize("text", ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"])
def test_loopback_addresses(text: str) -> None:
    """Loopback addresses of both versions are recognized, also an IPv4 address within an IPv6 one."""
    assert is_loopback(text)


@pytest.mark.parametrize("text", ["192.0.2.1", "0.0.0.0", "::", "localhost", "127.1", "", "::ffff:192.0.2.1"])
def test_other_texts_are_not_loopback_addresses(text: str) -> None:
    """Other addresses, names and abbreviations are not loopback addresses."""
    assert not is_loopback(text)


@pytest.mark.parametrize("text", ["127.0.0.1", "::1"])
def test_an_address_is_local_if_it_can_be_bound(text: str) -> None:
    """An address on which this machine can listen is one of its addresses."""
    assert is_local(text)


def test_the_addresses_of_the_interfaces_are_local() -> None:
    """The address with which this machine reaches others is one of its addresses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no network")
        assert is_local(probe.getsockname()[0])


@pytest.mark.parametrize("text", ["203.0.113.9", "2001:db8::9", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "localhost"])
def test_other_texts_are_not_local(text: str) -> None:
    """Addresses of others, addresses that stand for many, and names are not addresses of this machine."""
    assert not is_local(text)
