"""A service of a session: where it is, who may use it, and the limits of its proxy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..gateway.hosts import AllowedHosts
from .access import Access


class Limits(NamedTuple):
    """The limits of a proxy.

    Attributes:
        connections: the number of clients that can be connected to one service.
        idle_s: how long a connection may be open without a request.
        head_s: how long the head of a request may take to arrive.
        body_s: how long a client may pause within a body that it sends or receives.
        connect_s: how long connecting to the service may take.
        response_s: how long the service may take until its response begins.
        half_closed_s: how long a response may pause after the client has stopped sending, which can mean that it left.
    """

    connections: int = 256
    idle_s: float = 75.0
    head_s: float = 15.0
    body_s: float = 60.0
    connect_s: float = 5.0
    response_s: float = 60.0
    half_closed_s: float = 15.0


@dataclass
class Route:
    """The way from a proxy to a service. Its repr shows no header, because a header can be a secret.

    Attributes:
        access: who may use the service.
        hosts: the names of this machine.
        port: the port of the proxy.
        service_port: the port of the service; None while its session is not running.
        added_headers: the headers that the proxy adds to each request.
    """

    access: Access
    hosts: AllowedHosts
    port: int
    service_port: int | None = None
    added_headers: Sequence[tuple[bytes, bytes]] = field(default=(), repr=False)
