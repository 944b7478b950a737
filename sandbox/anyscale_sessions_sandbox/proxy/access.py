"""Who may use a service of a session."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from ..gateway.hosts import OTHER_SITES, AllowedHosts
from .credentials import Credentials, Headers


class Verdict(Enum):
    """Whether a request may use a service, and why not."""

    ALLOWED = auto()
    MISSING_TOKEN = auto()
    WRONG_TOKEN = auto()
    FOREIGN_PAGE = auto()
    FOREIGN_HOST = auto()


@dataclass(frozen=True)
class Access:
    """The rule for a service. Its repr does not show the tokens.

    Attributes:
        tokens: the tokens that give access.
        secrets: the tokens that the service must not see, whether they give access or not.
        is_open: whether a request without a token has access.
    """

    tokens: tuple[bytes, ...] = field(repr=False)
    secrets: tuple[bytes, ...] = field(repr=False)
    is_open: bool = False

    def accepts(self, presented: Iterable[bytes]) -> bool:
        """Whether one of the presented tokens gives access. The time it takes does not depend on the tokens."""
        return _is_among(presented, self.tokens)

    def hides(self, text: bytes) -> bool:
        """Whether a text is a token that the service must not see."""
        return _is_among((text,), self.secrets)


def user_service_access(session: Mapping[str, Any]) -> Access:
    """The rule for the user service of a session.

    A public service requires the `user_service_token` of the session, and a private one its `access_token`. If
    `user_service_access` is not set, `allow_public_internet_traffic` decides: if it is true, everyone has access, and
    otherwise either token is required.
    """
    own, service = session["access_token"].encode(), (session.get("user_service_token") or "").encode()
    secrets = (own, service) if service else (own,)
    access = session.get("user_service_access")
    if access == "public":
        return Access((service,), secrets)
    if access == "private":
        return Access((own,), secrets)
    return Access(secrets, secrets, is_open=bool(session.get("allow_public_internet_traffic")))


def head_access(session: Mapping[str, Any]) -> Access:
    """The rule for the dashboard and the Jobs API of a session: they always require its `access_token`."""
    return Access((session["access_token"].encode(),), user_service_access(session).secrets)


def decide(access: Access, credentials: Credentials, headers: Headers, hosts: AllowedHosts) -> Verdict:
    """Whether a request may use a service. The tokens of a sign-in link count if they are in `credentials`."""
    fields = dict(headers)
    if access.accepts((*credentials.bearer, *credentials.link)):
        return Verdict.ALLOWED
    if access.is_open:
        # A page can make the name of its own site lead to this machine, and would be the only one to do so.
        host = fields.get(b"host")
        is_known = host is None or hosts.allows(host.decode("latin-1"))
        return Verdict.ALLOWED if is_known else Verdict.FOREIGN_HOST
    if access.accepts(credentials.cookies):
        # A browser also sends the cookie for a page of another port, for example of another session's service.
        return Verdict.ALLOWED if _is_same_origin(fields) else Verdict.FOREIGN_PAGE
    return Verdict.WRONG_TOKEN if any(credentials) else Verdict.MISSING_TOKEN


def _is_among(presented: Iterable[bytes], tokens: tuple[bytes, ...]) -> bool:
    return any([hmac.compare_digest(one, token) for one in presented for token in tokens])  # noqa: C419 - constant time


def _is_same_origin(fields: Mapping[bytes, bytes]) -> bool:
    """Whether a browser made a request for a page of this service, or because someone followed a link."""
    origin = fields.get(b"origin")
    if origin is not None and origin.lower().partition(b"://")[2] != fields.get(b"host", b"").lower():
        return False
    is_link = fields.get(b"sec-fetch-mode") == b"navigate"
    return is_link or fields.get(b"sec-fetch-site", b"").decode("latin-1") not in OTHER_SITES
