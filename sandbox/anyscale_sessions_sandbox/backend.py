"""What is behind the HTTP surface: the store, the clock and the runtime, brought up to date before every use."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime

from . import commands, journeys
from .clock import Clock, from_text, to_text
from .commands import COMMAND_TIMER
from .events import BY_IDLE_TIMEOUT
from .flows import TERMINATE
from .idleness import IDLE_TIMER
from .ids import Ids
from .journeys import FLOW_TIMER
from .moment import Moment, Timings
from .runtimes import Runtime
from .store import COMMANDS, Store, Timer

CLOCK_NAME = "clock"


class Backend:
    """Everything a sandbox knows, and what happens to it with time."""

    def __init__(self, store: Store, clock: Clock, runtime: Runtime, timings: Timings, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._runtime = runtime
        self._timings = timings
        self._ids = ids
        self._closed = False
        self._resume()
        self._unsubscribe = clock.subscribe(self.settle)

    @contextmanager
    def moment(self) -> Generator[Moment]:
        """The present, in a transaction of its own, once all that is due has happened."""
        with self._store.lock:
            now = self._clock.now()
            with self._transaction(now) as moment:
                _settle(moment)
            with self._transaction(now) as moment:
                yield moment

    def settle(self) -> None:
        """Let everything happen that is due, and keep the time, so that a push of the clock outlives a restart."""
        with self._store.lock:
            # A clock can still be on its way to a sandbox that was just closed.
            if not self._closed:
                with self.moment() as moment:
                    moment.store.remember(CLOCK_NAME, moment.stamp)

    def close(self) -> None:
        """Leave the clock and close the store."""
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
            yield Moment(self._store, now, self._runtime, self._timings, self._ids)
            if self._store.changes > before:
                self._store.remember(CLOCK_NAME, to_text(now))

    def _resume(self) -> None:
        """Take up a store at the time it was left, if the clock is not there yet: time never goes back."""
        left = self._store.recall(CLOCK_NAME)
        behind_s = (from_text(left) - self._clock.now()).total_seconds() if left else 0.0
        self._clock.advance(max(behind_s, 0.0))


def _settle(moment: Moment) -> None:
    """Let everything happen that is due, in order, each at its own time."""
    while timer := moment.store.next_timer(moment.stamp):
        moment.store.drop_timer(timer.kind, timer.subject_id)
        HAPPENINGS[timer.kind](moment.at(from_text(timer.due_at)), timer)


def _walk(moment: Moment, timer: Timer) -> None:
    journeys.take_step(moment, moment.session(timer.subject_id), timer.document)


def _finish(moment: Moment, timer: Timer) -> None:
    command = moment.resource(COMMANDS, "Session command", timer.subject_id)
    commands.finish(moment, command, timer.document["status_code"])


def _idle_out(moment: Moment, timer: Timer) -> None:
    journeys.begin(moment, moment.session(timer.subject_id), TERMINATE, BY_IDLE_TIMEOUT)


HAPPENINGS: Mapping[str, Callable[[Moment, Timer], None]] = {
    FLOW_TIMER: _walk,
    COMMAND_TIMER: _finish,
    IDLE_TIMER: _idle_out,
}
