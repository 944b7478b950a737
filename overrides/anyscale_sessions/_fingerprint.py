"""The fingerprint of a create request: enough to recognize its session later, in any process."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final, Self

from anyscale_sessions_api import models

from ._utils.records import Record
from ._utils.text import fold_name

# The largest difference between two clocks that count as correct. A server's Date has whole seconds only.
CLOCK_TOLERANCE: Final = timedelta(seconds=2)
MAX_TOKENS_REMEMBERED: Final = 10_000


class CreateFingerprint(Record, frozen=True):
    """What the client knows about the session of a create request.

    Attributes:
        name: its name.
        project_id: its project.
        since: when the request began, by the client's clock.
        token_digest: the SHA-256 of the user service token in the request; `None` without a token.
        is_name_enough: whether no other session can have the name.
    """

    name: str
    project_id: str
    since: datetime
    token_digest: str | None
    is_name_enough: bool

    @classmethod
    def of(cls, body: models.CreateSession, since: datetime, *, is_name_enough: bool) -> Self:
        """The fingerprint of a create request with this body."""
        token = body.user_service_token
        return cls(body.name, body.project_id, since, None if token is None else digest_of(token), is_name_enough)

    def matches(self, session: models.Session, since: datetime, used_tokens: UsedTokens) -> bool:
        """Whether a session is certainly this one: by its name, or by a token that no other request has sent."""
        if self.is_name_enough:
            return self._has_same_name(session)
        # A token that was used before, for example by another process, belongs to an older session.
        return (
            self.token_digest is not None
            and self.token_digest == _digest_in(session)
            and used_tokens.is_unique(self.token_digest)
            and _is_since(session, since - CLOCK_TOLERANCE)
        )

    def may_match(self, session: models.Session, since: datetime) -> bool:
        """Whether nothing shows that a session is another one."""
        shown = _digest_in(session)
        has_other_token = self.token_digest is not None and shown not in (self.token_digest, None)
        return self._has_same_name(session) and _is_since(session, since) and not has_other_token

    def since_by_server(self, server_now: datetime | None, now: datetime) -> datetime:
        """When the request began, by the server's clock if that is behind; the Date of a response shows it."""
        behind = timedelta(0) if server_now is None else server_now - now
        return self.since + behind if behind < -CLOCK_TOLERANCE else self.since

    def _has_same_name(self, session: models.Session) -> bool:
        name: Any = session.name  # the spec promises it, but a response can leave it out
        is_same = name is not None and fold_name(name) == fold_name(self.name)
        return is_same and session.project_id in (self.project_id, None)


def _digest_in(session: models.Session) -> str | None:
    return None if session.user_service_token is None else digest_of(session.user_service_token)


def _is_since(session: models.Session, since: datetime) -> bool:
    created_at: Any = session.created_at  # the spec promises it, but a response can leave it out
    return created_at is None or created_at >= since


def digest_of(token: str) -> str:
    """The SHA-256 of a token, which stands for it where the token itself must not be kept."""
    from hashlib import sha256  # OpenSSL, 3 ms that only a create request with a token needs

    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class UsedTokens:
    """How often each user service token was sent. A token that was sent twice proves nothing."""

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._uses: dict[str, int] = {}

    def add(self, digest: str) -> None:
        """A create request sends this token."""
        with self._lock:
            self._uses[digest] = self._uses.pop(digest, 0) + 1
            if len(self._uses) > MAX_TOKENS_REMEMBERED:
                del self._uses[next(iter(self._uses))]

    def is_unique(self, digest: str) -> bool:
        """Whether at most one create request has sent this token."""
        return self._uses.get(digest, 0) <= 1
