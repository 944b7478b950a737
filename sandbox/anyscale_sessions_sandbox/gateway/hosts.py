"""Protection against pages of other sites: only requests for a name of this sandbox, from no other origin, are served.

A page can make the name of its own site lead to 127.0.0.1. A browser then sends that name as `Host`. A request that a
page of another origin makes has that origin in `Origin`, or says so in `Sec-Fetch-Site`.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .addresses import is_address, is_local, is_loopback
from .router import error_body, json_response

LOCALHOST = "localhost"
HOST_NAME = re.compile(r"[a-z0-9_.-]+")
# A host name or an IP address as `Host` and the authority of a URL have it, and a port.
AUTHORITY = re.compile(r"(?P<name>[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?P<port>:[0-9]*)?", re.IGNORECASE)
# The values of `Sec-Fetch-Site` for a request of another origin.
OTHER_SITES = frozenset({"cross-site", "same-site"})
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
MAX_SHOWN_CHARACTERS = 100

logger = logging.getLogger("anyscale_sessions_sandbox")


class AllowedHosts:
    """The names of a sandbox: localhost, the addresses and the name of this machine, and the given names.

    `bound` are the host that a server listens on and its address. Raises ValueError for a name with a scheme, a port or
    a path.
    """

    def __init__(self, names: Iterable[str], bound: Iterable[str] = ()) -> None:
        if isinstance(names, str):
            raise ValueError("allowed_hosts must be a list of names, not one string")  # noqa: TRY004 - as for a wrong name
        self._names = {LOCALHOST, *map(_normal, (socket.gethostname(), *bound))}
        for name in names:
            bare = _normal(name)
            if not (is_address(bare) or HOST_NAME.fullmatch(bare)):
                raise ValueError(f"{name!r} is not a host name or an IP address, without a scheme, a port and a path")
            self._names.add(bare)

    def allows(self, host: str) -> bool:
        """Whether a value of the header `Host` is a name of the sandbox. Any port is allowed, for forwarded ports."""
        match = AUTHORITY.fullmatch(host)
        if match is None:
            return False
        name = _normal(match["name"])
        return name in self._names or is_loopback(name) or is_local(name)


class HostCheck:
    """ASGI middleware that answers 421 to a request for another host, and 403 to one from another origin."""

    def __init__(self, app: ASGIApp, allowed: AllowedHosts) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request that may be served."""
        refusal = self._refusal(Headers(scope=scope), scope["method"]) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        status, detail = refusal
        logger.info("- %s %d", scope["method"], status)
        await json_response(status, error_body(detail))(scope, receive, send)

    def _refusal(self, headers: Headers, method: str) -> tuple[int, str] | None:
        """The status and the text of the error for a request that must not be served."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._allowed.allows(hosts[0]):
            return 421, _wrong_host(", ".join(hosts))
        if any(_authority(origin) != _authority(f"http://{hosts[0]}") for origin in headers.getlist("origin")):
            return 403, "A page of another origin may not use the sandbox."
        # A link on another page may be followed, because that page does not see the response.
        is_link = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site") in OTHER_SITES and not is_link:
            return 403, "A page of another site may not use the sandbox."
        return None


def _wrong_host(host: str) -> str:
    shown = host[:MAX_SHOWN_CHARACTERS]
    match = AUTHORITY.fullmatch(shown)
    name = match["name"].strip("[]") if match else "NAME"
    return (
        f"The sandbox has no host name {shown!r}. If clients reach it by that name, add the name: "
        f"--allow-host {name}, or serve(allowed_hosts=[{name!r}])."
    )


def _authority(origin: str) -> str | None:
    """The host and the port of an origin; None for one that has no host, such as `null`."""
    scheme, _, authority = origin.lower().partition("://")
    match = AUTHORITY.fullmatch(authority)
    if match is None or scheme not in DEFAULT_PORTS:
        return None
    return _normal(match["name"]) + (match["port"] or "").removesuffix(DEFAULT_PORTS[scheme])


def _normal(name: str) -> str:
    """A name in lower case, without brackets and a final dot."""
    return name.lower().strip("[]").removesuffix(".")
