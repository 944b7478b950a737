"""One key's session, found or created, started, and ended: the unit that any engine can run again."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from anyscale_sessions_api.models.session_state import SessionState

from ..create_session import CreateSession
from ..exceptions import (
    ConflictError,
    InvalidRequestError,
    OutcomeUnknownError,
    Problem,
    SessionsError,
    WaitTimeoutError,
)
from .calls import search_steps, terminate_steps
from .decisions import choose, is_ending
from .names import SessionName, deadline_after, name_prefix, word_problems
from .steps import Steps, drive, drive_async

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyscale_sessions_api.models import Session, SessionOperation
    from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

    from .._sansio.messages import Clock
    from ..client import AsyncSessionsClient, SessionsClient
    from .fleet import Fleet

T = TypeVar("T")

START_TIMEOUT_S: Final = 900.0
SHORTEST_WAIT_S: Final = 1.0
END_TIMEOUT_S: Final = 120.0
NAME_STEP: Final = timedelta(seconds=1)  # the least by which the deadlines in two names differ

_LOGGER: Final = logging.getLogger("anyscale_sessions")


class Unit:
    """The session of one key.

    Attributes:
        session: the session, once there is one.
        deadline: when the session's lifetime ends.
    """

    def __init__(self, fleet: Fleet, key: str, body: GeneratedCreateSession, clock: Clock) -> None:
        problems = list(word_problems({"name": fleet.name, "key": key}))
        if problems:
            raise InvalidRequestError.of("Fleet", problems)
        self._fleet, self._key, self._clock = fleet, key, clock
        self._body = CreateSession.of(body)
        if self._body.project_id != fleet.project_id:
            rule = f"must be that of the fleet, {fleet.project_id}"
            raise InvalidRequestError.of("Fleet", [Problem("project_id", rule, "correct the body, or the fleet")])
        self.session: Session | None = None
        self.deadline = clock.now()

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
            raise _out_of_time(session)
        finally:
            # It is done where this task is cancelled, too; but not for ever.
            with anyio.move_on_after(END_TIMEOUT_S, shield=True):
                await drive_async(self._end_steps(), client)

    def _begin_steps(self) -> Steps[Session]:
        """Terminate what is left of earlier runs, adopt or create the key's session, and wait until it runs."""
        prefix = name_prefix(self._fleet.name, self._key)
        found: list[Session] = yield from search_steps(self._fleet.project_id, prefix, lambda session: session)
        choice = choose(found, self._fleet.name, self._key, self._clock.now())
        for session in choice.surplus:
            yield from terminate_steps(session.id)
        if choice.adopted is None:
            self.session = yield from self._create_steps()
        else:
            self.session, self.deadline = choice.adopted
        return (yield from self._start_steps(self.session))

    def _end_steps(self) -> Steps[None]:
        """Terminate the session, if there is one. Where that fails, the idle timeout or a sweep ends it."""
        if self.session is None:
            return
        try:
            yield from terminate_steps(self.session.id)
        except SessionsError as error:
            _LOGGER.warning("session %s was not terminated: %s", self.session.id, type(error).__name__)

    def _seconds_left(self) -> float:
        """Seconds until the session's deadline; 0 after it."""
        return max(0.0, (self.deadline - self._clock.now()).total_seconds())

    def _create_steps(self) -> Steps[Session]:
        """Create the session. Its name is its own, so that a lost response is made up for by a search for it."""
        deadline = deadline_after(self._clock.now(), self._fleet.lifetime)
        self._body.idle_timeout = self._fleet.idle_timeout
        while True:
            self._body.name = str(SessionName(self._fleet.name, self._key, deadline))
            self.deadline = deadline
            session: Session = yield lambda client: client.ensure_session(self._body)
            if not is_ending(session):
                return session
            # An earlier run of the key, which began in the same second, has ended: its name is taken.
            deadline += NAME_STEP

    def _start_steps(self, session: Session) -> Steps[Session]:
        if session.state == SessionState.RUNNING:
            return session
        if session.state == SessionState.STOPPED and session.pending_state is None:
            yield from self._ask_to_start_steps(session.id)
        running: Session = yield lambda client: client.wait_for_session(session.id, timeout=self._wait_s())
        return running

    def _ask_to_start_steps(self, session_id: str) -> Steps[None]:
        try:
            operation: SessionOperation = yield lambda client: client.start_session(session_id)
        except ConflictError:
            return  # someone else has started it meanwhile
        except OutcomeUnknownError as error:
            if not error.is_done:
                raise
            return
        # Until the operation is completed, reads can still show the state from before the start.
        yield lambda client: client.wait_for_session_operation(operation.id, timeout=self._wait_s())

    def _wait_s(self) -> float:
        return min(START_TIMEOUT_S, max(SHORTEST_WAIT_S, self._seconds_left()))


def _out_of_time(session: Session) -> WaitTimeoutError:
    error = WaitTimeoutError(
        f"work on session {session.id} was cancelled: the session's lifetime has ended; use a longer lifetime"
    )
    error.session = session
    return error
