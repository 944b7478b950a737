"""What is known of a session that a lost response was about: enough to tell it from others, in any process."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from anyscale_sessions_api.types import ABSENT

from ._utils.records import Record

if TYPE_CHECKING:
    from anyscale_sessions_api.models import CreateSession, Session

# By how much two clocks that are held to be right may differ; a server's Date tells whole seconds only.
CLOCK_TOLERANCE: Final = timedelta(seconds=2)
MOST_TOKENS_REMEMBERED: Final = 10_000


class CreateFingerprint(Record, frozen=True):
    """A session that a create may have made.

    Attributes:
        name: its name.
        project_id: its project.
        since: when the create began, by the client's clock.
        token_digest: SHA-256 of the user service token in its body; `None` where there was none.
        is_name_enough: whether the name alone tells it from all others.
    """

    name: str
    project_id: str
    since: datetime
    token_digest: str | None
    is_name_enough: bool

    @classmethod
    def of(cls, body: CreateSession, since: datetime, *, is_name_enough: bool) -> Self:
        """What to look for if the response to the creation of this session is lost."""
        token = body.user_service_token
        return cls(body.name, body.project_id, since, None if token is None else digest_of(token), is_name_enough)

    def matches(self, session: Session, since: datetime, used_tokens: UsedTokens) -> bool:
        """Whether a session is this one for certain: by its name, or by a token that no other create has sent."""
        if not self._has_its_place(session):
            return False
        if self.is_name_enough:
            return True
        # A token that was used before, by another process say, belongs to a session that is older.
        return (
            self.token_digest is not None
            and self.token_digest == _digest_in(session)
            and used_tokens.is_sole(self.token_digest)
            and _is_since(session, since - CLOCK_TOLERANCE)
        )

    def may_match(self, session: Session, since: datetime) -> bool:
        """Whether a session may be this one: nothing speaks against it."""
        shown = _digest_in(session)
        has_other_token = self.token_digest is not None and shown not in (self.token_digest, None)
        return self._has_its_place(session) and _is_since(session, since) and not has_other_token

    def since_by_server(self, server_now: datetime | None, now: datetime) -> datetime:
        """When the create began, by the server's clock if that is behind; the Date of a response tells."""
        behind = timedelta(0) if server_now is None else server_now - now
        return self.since + behind if behind < -CLOCK_TOLERANCE else self.since

    def _has_its_place(self, session: Session) -> bool:
        return session.name == self.name and session.project_id in (self.project_id, ABSENT)


def _digest_in(session: Session) -> str | None:
    return None if session.user_service_token is None else digest_of(session.user_service_token)


def _is_since(session: Session, since: datetime) -> bool:
    return session.created_at is ABSENT or session.created_at >= since


def digest_of(token: str) -> str:
    """What a token is known by, where the token itself must not be kept."""
    from hashlib import sha256  # OpenSSL, 3 ms that only a create with a token needs

    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class UsedTokens:
    """How often each user service token was sent: one that was sent twice proves nothing."""

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._times: dict[str, int] = {}

    def note(self, digest: str) -> None:
        """A create sends this token."""
        with self._lock:
            self._times[digest] = self._times.pop(digest, 0) + 1
            if len(self._times) > MOST_TOKENS_REMEMBERED:
                del self._times[next(iter(self._times))]

    def is_sole(self, digest: str) -> bool:
        """Whether no other create has sent this token."""
        return self._times.get(digest, 0) <= 1
