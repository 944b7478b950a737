"""NO_PROXY: the hosts that are reached without a proxy, as curl, requests and Go read the variable together."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

EVERY_HOST: Final = "*"
_SEPARATORS: Final = re.compile(r"[,\s]+")
_PORT: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*):(?P<port>[0-9]+)")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_excluded(no_proxy: str, host: str, port: int) -> bool:
    """Whether the value of NO_PROXY names a host.

    Its entries are host names, which stand for their subdomains too, with or without a dot in front; addresses, IPv6
    with or without brackets; ranges such as 10.0.0.0/8; each but a range with a port or without. `*` is every host.
    """
    host = host.lower().rstrip(".")
    address = _address_of(host)
    entries = [entry for entry in _SEPARATORS.split(no_proxy.lower()) if entry]
    return any(_is_named(entry, host, address, port) for entry in entries)


def _is_named(entry: str, host: str, address: _Address | None, port: int) -> bool:
    if entry == EVERY_HOST:
        return True
    with_port = _PORT.fullmatch(entry)
    if with_port is not None:
        if int(with_port["port"]) != port:
            return False
        entry = with_port["host"]
    if address is not None:
        return _is_in_range(address, entry)
    name = entry.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _is_in_range(address: _Address, entry: str) -> bool:
    try:
        network = ipaddress.ip_network(entry.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen == network.max_prefixlen:
        return bool(address == mapped)
    return address in network


def _address_of(host: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
