"""One item on its own session: find or create the session, start it, do the work, terminate it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from anyscale_sessions_api.models.session_state import SessionState

from .._utils.recent_writes import STALE_S
from ..create_session import CreateSession
from ..exceptions import (
    ConflictError,
    InvalidRequestError,
    OutcomeUnknownError,
    Problem,
    SessionsError,
    WaitTimeoutError,
)
from .calls import retry_not_found, search_steps, terminate_steps
from .decisions import choose, is_ending, is_stopped
from .names import SessionName, deadline_after, name_prefix, word_problems
from .steps import Steps, drive, drive_async

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyscale_sessions_api.models import Session, SessionOperation
    from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

    from .._sansio.messages import Clock
    from ..client import AsyncSessionsClient, SessionsClient
    from .settings import FleetSettings

T = TypeVar("T")

START_TIMEOUT_S: Final = 900.0
MIN_WAIT_S: Final = 1.0
END_TIMEOUT_S: Final = 120.0
NAME_STEP: Final = timedelta(seconds=1)  # the smallest difference between the deadlines in two names

_LOGGER: Final = logging.getLogger("anyscale_sessions")


class Unit:
    """One run of one key.

    Attributes:
        session: the session, as soon as there is one.
        deadline: when the lifetime of the session ends.
    """

    def __init__(self, fleet: FleetSettings, key: str, body: GeneratedCreateSession, clock: Clock) -> None:
        problems = list(word_problems({"name": fleet.name, "key": key}))
        if problems:
            raise InvalidRequestError.of("Fleet", problems)
        self._fleet, self._key, self._clock = fleet, key, clock
        self._body = CreateSession.of(body)
        if self._body.project_id != fleet.project_id:
            rule = f"must be the project of the fleet, {fleet.project_id}"
            raise InvalidRequestError.of("Fleet", [Problem("project_id", rule, "change the body or the fleet")])
        self.session: Session | None = None
        self.deadline = clock.now()
        self._fresh_after = 0.0

    def run(self, client: SessionsClient, work: Callable[[Session], T]) -> T:
        """See `Fleet.run_one`."""
        try:
            return work(drive(self._begin_steps(), client))
        finally:
            drive(self._end_steps(), client)

    async def run_async(self, client: AsyncSessionsClient, work: Callable[[Session], Awaitable[T]]) -> T:
        """See `Fleet.run_one_async`."""
        import anyio

        try:
            session = await drive_async(self._begin_steps(), client)
            with anyio.move_on_after(self._seconds_left()):
                return await work(session)
            raise _lifetime_error(session)
        finally:
            # The session is terminated even if this task is cancelled.
            with anyio.move_on_after(END_TIMEOUT_S, shield=True) as scope:
                await drive_async(self._end_steps(), client)
            if scope.cancelled_caught:
                self._log_not_terminated(f"no answer within {END_TIMEOUT_S:g} s")

    def _begin_steps(self) -> Steps[Session]:
        """Terminate surplus sessions of earlier runs, adopt or create the key's session, and wait until it runs."""
        prefix = name_prefix(self._fleet.name, self._key)
        sessions: list[Session] = yield from search_steps(self._fleet.project_id, prefix, lambda session: session)
        choice = choose(sessions, self._fleet.name, self._key, self._clock.now())
        for session in choice.surplus:
            yield from terminate_steps(session.id, self._clock)
        if choice.adopted is None:
            self.session = yield from self._create_steps()
        else:
            self.session, self.deadline = choice.adopted
        self._fresh_after = self._clock.monotonic() + STALE_S
        return (yield from self._start_steps(self.session))

    def _end_steps(self) -> Steps[None]:
        """Terminate the session, if there is one. If that fails, the idle timeout or a sweep ends it."""
        if self.session is None:
            return
        try:
            yield from terminate_steps(self.session.id, self._clock, self._fresh_after)
        except SessionsError as error:
            self._log_not_terminated(type(error).__name__)

    def _log_not_terminated(self, reason: str) -> None:
        session_id = None if self.session is None else self.session.id
        _LOGGER.warning("session %s was not terminated: %s", session_id, reason)

    def _seconds_left(self) -> float:
        """Seconds until the deadline of the session; 0 after it."""
        return max(0.0, (self.deadline - self._clock.now()).total_seconds())

    def _create_steps(self) -> Steps[Session]:
        """Create the session. No other session has its name, so a search can replace a lost response."""
        deadline = deadline_after(self._clock.now(), self._fleet.lifetime)
        self._body.idle_timeout = self._fleet.idle_timeout
        while True:
            self._body.name = str(SessionName(self._fleet.name, self._key, deadline))
            self.deadline = deadline
            session: Session = yield lambda client: client.ensure_session(self._body)
            if not is_ending(session):
                return session
            # An earlier run of the key, which began in the same second, has used the name.
            deadline += NAME_STEP

    def _start_steps(self, session: Session) -> Steps[Session]:
        if session.state == SessionState.RUNNING:
            return session
        if is_stopped(session):
            yield from self._start_and_wait_steps(session.id)
        running: Session = yield lambda client: client.wait_for_session(session.id, timeout=self._wait_s())
        return running

    def _start_and_wait_steps(self, session_id: str) -> Steps[None]:
        """Start the session and wait until the operation is completed. Before that, reads can show the old state."""
        try:
            operation: SessionOperation = yield from retry_not_found(
                lambda client: client.start_session(session_id), self._clock, self._fresh_after
            )
        except ConflictError:
            return  # another worker has started it
        except OutcomeUnknownError as error:
            if not error.is_done:
                raise
            return
        yield lambda client: client.wait_for_session_operation(operation.id, timeout=self._wait_s())

    def _wait_s(self) -> float:
        return min(START_TIMEOUT_S, max(MIN_WAIT_S, self._seconds_left()))


def _lifetime_error(session: Session) -> WaitTimeoutError:
    error = WaitTimeoutError(
        f"work on session {session.id} was cancelled because the lifetime of the session ended; use a longer lifetime"
    )
    error.session, error.session_id = session, session.id
    return error
