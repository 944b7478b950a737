"""The proxies in front of the services of a runtime's sessions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..proxy import Proxies
    from ..spec import Document

HOST = "127.0.0.1"
HEAD = "head"
USER_SERVICE = "user service"


class Ports(NamedTuple):
    """The ports of 127.0.0.1 on which a session's services listen. Clients use the proxies instead."""

    user_service: int
    head: int


class SessionProxies:
    """The proxies of all sessions. The code of the proxy is imported when the first session runs."""

    def __init__(self) -> None:
        self._proxies: Proxies | None = None

    def endpoints(
        self, session: Document, ports: Ports, head_headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> dict[str, str]:
        """Open the proxies of a running session, and return the fields of the session that have their URLs.

        `head_headers` are added to each request to the head.
        """
        from ..proxy import Proxies, head_access, user_service_access

        self._proxies = self._proxies or Proxies()
        session_id: str = session["id"]
        head_url = self._proxies.open(session_id, HEAD, head_access(session), ports.head, head_headers)
        service_url = self._proxies.open(session_id, USER_SERVICE, user_service_access(session), ports.user_service)
        return {
            "host_name": head_url,
            "service_proxy_url": head_url,
            "head_node_ip": HOST,
            "user_service_url": service_url,
        }

    def suspend(self, session_id: str) -> None:
        """Answer 503 for a session that does not run. Its ports are kept."""
        if self._proxies:
            self._proxies.suspend(session_id)

    def close(self, session_id: str) -> None:
        """Close the proxies of a session."""
        if self._proxies:
            self._proxies.close(session_id)

    def close_others(self, session_ids: Collection[str]) -> None:
        """Close the proxies of all sessions but these."""
        if self._proxies:
            self._proxies.close_others(session_ids)

    def shut_down(self) -> None:
        """Close all proxies, and wait until nothing of them runs."""
        if self._proxies:
            self._proxies.shut_down()
