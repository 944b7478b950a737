"""Links from a session to what runs in it. They sign in, so they are made on demand and are in no other answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from ..control.controls import Components
from ..errors import NotFoundError
from ..gateway.addresses import is_loopback
from ..spec import Document

# The top-level domain of the addresses of virtual sessions. It never exists (RFC 2606).
NOWHERE = ".invalid"


class Link(NamedTuple):
    """A link: its label, and the field of a session that has its address."""

    label: str
    field: str


LINKS: Mapping[str, Link] = {
    "service": Link("User service", "user_service_url"),
    "dashboard": Link("Dashboard", "host_name"),
}


def links_of(session: Document) -> list[Document]:
    """The names and labels of the links that a session has now."""
    return [{"name": name, "label": link.label} for name, link in LINKS.items() if _address(session, link)]


def sign_in_link(components: Components, session_id: str, name: str) -> str:
    """The URL of a link, with a token of the session if this machine serves it.

    Another server gets no token, because it could write the URL to its log. Raises NotFoundError if the session does
    not have the link now.
    """
    with components.backend.transaction() as transaction:
        session = transaction.session(session_id)
    address = _address(session, LINKS[name])
    if address is None:
        raise NotFoundError(f"Session {session_id} has no {LINKS[name].label.lower()} now.")
    if not is_loopback(urlsplit(address).hostname or ""):
        return address
    is_public = name == "service" and session.get("user_service_access") == "public"
    token: str = session["user_service_token" if is_public else "access_token"]
    return f"{address}/?token={quote(token, safe='')}"


def _address(session: Document, link: Link) -> str | None:
    """The address that a field of a session has, unless nothing can be there."""
    address = session.get(link.field) or ""
    parts = urlsplit(address)
    # A browser would also open files and run scripts.
    is_web = parts.scheme in {"http", "https"}
    return address if is_web and parts.hostname and not parts.hostname.endswith(NOWHERE) else None
