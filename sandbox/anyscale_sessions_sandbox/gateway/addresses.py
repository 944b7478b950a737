"""IP addresses of this machine."""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    return _parse(text) is not None


def is_loopback(text: str) -> bool:
    """Whether a text is a loopback address."""
    address = _parse(text)
    return address is not None and address.is_loopback


@lru_cache(maxsize=256)
def is_local(text: str) -> bool:
    """Whether a text is an address of this machine, so that a socket can be bound to it."""
    address = _parse(text)
    if address is None or address.is_unspecified or address.is_multicast:
        return False
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text stands for; an IPv4 address within an IPv6 one is returned as such."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
