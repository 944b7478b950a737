"""What is behind the HTTP surface: the store, the clock and the runtime, brought up to date before every use."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from ..clock import Clock, from_text, to_text
from ..errors import NotFoundError
from ..runtimes import Logs, Runtime
from ..runtimes.virtual import VirtualRuntime
from ..spec import Document
from ..storage.database import CLOCK_NAME, open_memory
from ..storage.ids import Ids
from ..storage.store import COMMANDS, SESSIONS, Store, Timer
from . import commands
from . import idle_timeout as idleness
from . import runtime_reports as machines
from . import transitions as journeys
from .commands import COMMAND_TIMER
from .events import BY_IDLE_TIMEOUT
from .flows import STOP, TERMINATE
from .idle_timeout import IDLE_TIMER
from .transaction import Moment, Timings
from .transition_rules import TransitionRules
from .transitions import FLOW_TIMER, MOVE_TIMER

RUNTIME_NAME = "runtime"
# How often something happens to a session or a command at one moment, before rules that lead in a circle are given up.
MOST_AT_ONCE = 100
LEFT_BEHIND = "Its machines were gone when the sandbox was started, or put back to what it was."

logger = logging.getLogger("anyscale_sessions_sandbox")


class _TrialOver(Exception):
    """Ends a trial, so that nothing of it is kept."""


class Backend:
    """Everything a sandbox knows, and what happens to it with time."""

    def __init__(
        self, store: Store, clock: Clock, runtime: Runtime, timings: Timings, ids: Ids, moves: TransitionRules
    ) -> None:
        self._store = store
        self._clock = clock
        self._runtime = runtime
        self._timings = timings
        self._ids = ids
        self.moves = moves
        self._closed = False
        self._resume()
        self.found = self.reconcile()
        self._unsubscribe = clock.subscribe(self.settle)

    @contextmanager
    def moment(self) -> Generator[Moment]:
        """The present, in a transaction of its own, once all that is due has happened."""
        with self._store.lock:
            now = self._clock.now()
            self._settle(now)
            with self._transaction(now) as moment:
                yield moment

    @contextmanager
    def trial(self) -> Generator[Moment]:
        """The same, but nothing of what is done in it is kept, and nothing real happens to machines."""
        with self._store.lock, suppress(_TrialOver):
            now = self._clock.now()
            self._settle(now)
            with self._transaction(now) as moment:
                yield replace(moment, runtime=VirtualRuntime(), moves=self.moves.copy())
                raise _TrialOver

    @contextmanager
    def before(self) -> Generator[Moment]:
        """What there was before the last change of each document, to be read only."""
        with self._store.lock, closing(open_memory()) as connection:
            store = self._store.before(connection)
            yield Moment(store, self._clock.now(), VirtualRuntime(), self._timings, self._ids, self.moves.copy())

    def _settle(self, now: datetime) -> None:
        if self._store.next_timer(to_text(now)):
            with self._transaction(now) as moment:
                _settle(moment)

    def now(self) -> datetime:
        """The present, by the sandbox's clock."""
        return self._clock.now()

    def reset(self) -> None:
        """Forget all sessions and what belongs to them, at once; time stays as it is."""
        with self._store.lock:
            with self._transaction(self._clock.now()) as moment:
                moment.store.clear()
            self.reconcile()

    def snapshot(self) -> Document:
        """Everything there is, as it is now."""
        with self.moment() as moment:
            moment.store.remember(CLOCK_NAME, moment.stamp)
            return moment.store.dump()

    def restore(self, rows: Document) -> None:
        """Put what `snapshot` gave in the place of everything, at once, and be at its time again.

        Raises ValueError for something else, and then nothing has changed.
        """
        with self._store.lock:
            with self._store.transaction():
                self._store.load(rows)
                then = from_text(self._store.recall(CLOCK_NAME) or "")
            self._clock.turn_to(then)
            self.reconcile()

    def settle(self) -> None:
        """Let everything happen that is due, and keep the time, so that a push of the clock outlives a restart."""
        with self._store.lock:
            # A clock can still be on its way to a sandbox that was just closed.
            if not self._closed:
                with self.moment() as moment:
                    moment.store.remember(CLOCK_NAME, moment.stamp)

    def reconcile(self) -> tuple[str, ...]:
        """Bring the sessions in the store and those of the runtime together; returns what there is to tell of that."""
        with self._store.lock, self._transaction(self._clock.now()) as moment:
            sessions = machines.with_machines(moment)
            is_same = moment.store.recall(RUNTIME_NAME) in (None, self._runtime.name)
            found = self._runtime.reconcile(sessions if is_same else (), machines.Reporting(self.moment))
            lost = [session["id"] for session in sessions if session["id"] not in found.alive]
            for session_id in lost:
                machines.gone(moment, session_id, LEFT_BEHIND)
            for session_id in found.alive:
                machines.take_up(moment, session_id, found)
            if moment.store.recall(RUNTIME_NAME) != self._runtime.name:
                moment.store.remember(RUNTIME_NAME, self._runtime.name)
        notes = [f"sessions whose machines are gone: {', '.join(lost)}"] if lost else []
        return (*notes, *found.notes)

    def logs(self, command_id: str) -> Logs:
        """What a command has written. Raises NotFoundError if there is no such command, or nothing of it is left."""
        with self.moment() as moment:
            command = moment.resource(COMMANDS, "Session command", command_id)
        logs = self._runtime.logs(command)
        if logs is None:
            raise NotFoundError(f"What session command {command_id} wrote went with its session's machines.")
        return logs

    def move(self, session_id: str, state: str, message: str | None = None) -> Document:
        """Move a session by hand, and return it. Raises NotFoundError, and ConflictError if none can go there from its state."""
        with self.moment() as moment:
            journeys.move(moment, moment.session(session_id), state, message)
            return moment.session(session_id)

    def close(self) -> None:
        """Take the runtime down, leave the clock and close the store."""
        if not self._closed:
            self._runtime.close()
        self._unsubscribe()
        with self._store.lock:
            # So that not even time that nobody wrote down comes a second time. A full disk is no reason not to close.
            with suppress(sqlite3.Error):
                self.settle()
            self._closed = True
            self._store.close()

    @contextmanager
    def _transaction(self, now: datetime) -> Generator[Moment]:
        with self._store.transaction():
            before = self._store.changes
            yield Moment(self._store, now, self._runtime, self._timings, self._ids, self.moves)
            if self._store.changes > before:
                self._store.remember(CLOCK_NAME, to_text(now))

    def _resume(self) -> None:
        """Take up a store at the time it was left, if the clock is not there yet: time never goes back."""
        left = self._store.recall(CLOCK_NAME)
        behind_s = (from_text(left) - self._clock.now()).total_seconds() if left else 0.0
        self._clock.advance(max(behind_s, 0.0))


def _settle(moment: Moment) -> None:
    """Let everything happen that is due, in order, each at its own time."""
    at, happened = "", Counter[str]()
    while timer := moment.store.next_timer(moment.stamp):
        moment.store.drop_timer(timer.kind, timer.subject_id)
        if timer.due_at > at:
            at, happened = timer.due_at, Counter[str]()
        happened[timer.subject_id] += 1
        if happened[timer.subject_id] > MOST_AT_ONCE:
            logger.warning("%s goes in a circle by rules that take no time, and is left where it is", timer.subject_id)
            continue
        HAPPENINGS[timer.kind](moment.at(from_text(timer.due_at)), timer)


def _walk(moment: Moment, timer: Timer) -> None:
    journeys.take_step(moment, moment.session(timer.subject_id), timer.document)


def _move(moment: Moment, timer: Timer) -> None:
    journeys.move(moment, moment.session(timer.subject_id), timer.document["to"], timer.document["message"])


def _finish(moment: Moment, timer: Timer) -> None:
    command = moment.resource(COMMANDS, "Session command", timer.subject_id)
    commands.finish(moment, command, timer.document["status_code"])


def _idle_out(moment: Moment, timer: Timer) -> None:
    session = moment.session(timer.subject_id)
    if moment.runtime.activity(session):
        # It counts from now on, since nobody tells when the activity ends.
        session["idle_timeout_last_activity_at"] = moment.stamp
        idleness.refresh(moment, session)
        moment.store.save(SESSIONS, session)
    else:
        flow = STOP if moment.moves.leads_from(session, "Stopping") else TERMINATE
        journeys.begin(moment, session, flow, BY_IDLE_TIMEOUT)


HAPPENINGS: Mapping[str, Callable[[Moment, Timer], None]] = {
    FLOW_TIMER: _walk,
    MOVE_TIMER: _move,
    COMMAND_TIMER: _finish,
    IDLE_TIMER: _idle_out,
}
