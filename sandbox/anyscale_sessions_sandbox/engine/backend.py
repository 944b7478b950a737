"""The store, the clock and the runtime behind the API. Everything that is due happens before each use."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

from ..clock import Clock, from_text, to_text
from ..errors import APIError, NotFoundError
from ..runtimes import Logs, Runtime
from ..runtimes.virtual import VirtualRuntime
from ..spec import Document
from ..storage.database import CLOCK_SETTING, open_memory
from ..storage.ids import Ids
from ..storage.store import COMMANDS, SESSIONS, Store, Timer
from . import commands, idle_timeout, runtime_reports, snapshot_check, transitions
from .commands import COMMAND_TIMER
from .events import BY_IDLE_TIMEOUT
from .flows import STOP, TERMINATE
from .idle_timeout import IDLE_TIMER
from .transaction import Timings, Transaction
from .transition_rules import TransitionRules
from .transitions import FLOW_TIMER, RULE_TIMER

RUNTIME_SETTING = "runtime"
# How many timers of one session or command may fire at the same time, before rules that form a loop are stopped.
MAX_REPEATS = 100
# It sorts before the due time of a timer that never becomes due.
LAST_TIME = to_text(datetime.max.replace(tzinfo=UTC))
LOST_REASON = "Its machines were gone when the sandbox was started or restored."

logger = logging.getLogger("anyscale_sessions_sandbox")


class _RollBack(Exception):
    """Ends a dry run, so that its transaction is rolled back."""


class Backend:
    """The state of a sandbox, and how it changes over time."""

    def __init__(
        self, store: Store, clock: Clock, runtime: Runtime, timings: Timings, ids: Ids, rules: TransitionRules
    ) -> None:
        self._store = store
        self._clock = clock
        self._runtime = runtime
        self._timings = timings
        self._ids = ids
        self.transition_rules = rules
        # Whether a read moves the clock to the end of what it asks about.
        self.skips_waits = False
        self._closed = False
        self._resume()
        self.startup_notes = self.reconcile()
        self._unsubscribe = clock.subscribe(self.settle)

    @property
    def runtime_name(self) -> str:
        """The name of the runtime."""
        return self._runtime.name

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """A transaction at the current time, after everything that is due has happened."""
        with self._store.lock:
            now = self._settled()
            with self._begin(now) as transaction:
                yield transaction

    @contextmanager
    def dry_run(self) -> Generator[Transaction]:
        """A transaction that is rolled back at its end, and that does not reach the runtime."""
        with self._store.lock, suppress(_RollBack):
            now = self._settled()
            with self._begin(now) as transaction:
                rules = self.transition_rules.copy()
                yield replace(transaction, runtime=VirtualRuntime(), transition_rules=rules)
                raise _RollBack

    @contextmanager
    def previous(self) -> Generator[Transaction]:
        """The previous version of each document, for reading only."""
        with self._store.lock, closing(open_memory()) as connection:
            store, rules = self._store.previous(connection), self.transition_rules.copy()
            yield Transaction(store, self._clock.now(), VirtualRuntime(), self._timings, self._ids, rules)

    def _settled(self) -> datetime:
        """The current time, after everything that is due has happened."""
        now = self._clock.now()
        if self._store.next_timer(to_text(now)):
            with self._begin(now) as transaction:
                _settle(transaction)
        return now

    def now(self) -> datetime:
        """The current time of the sandbox."""
        return self._clock.now()

    def next_due(self) -> str | None:
        """When something happens next, or None if nothing will."""
        with self._store.lock:
            timer = self._store.next_timer(LAST_TIME)
        return timer.due_at if timer else None

    def watch(self, on_commit: Callable[[set[str] | None], None]) -> None:
        """Call `on_commit` after each change, with the ids of the sessions that changed, or None for all of them."""
        self._store.on_commit = on_commit

    def advance_to(self, time: str) -> None:
        """Advance the clock to a time, unless it is there already. Everything that is due happens."""
        self._clock.advance(max((from_text(time) - self._clock.now()).total_seconds(), 0.0))

    def reset(self) -> None:
        """Delete all sessions and what belongs to them, in one step. Time does not change."""
        with self._store.lock:
            with self._begin(self._clock.now()) as transaction:
                transaction.store.clear()
            self.reconcile()

    def snapshot(self) -> Document:
        """All data, as it is now."""
        with self.transaction() as transaction:
            transaction.store.set_setting(CLOCK_SETTING, transaction.timestamp)
            return transaction.store.dump()

    def restore(self, rows: Document) -> None:
        """Replace all data with what `snapshot` returned, in one step, and set the clock to its time.

        Raises ValueError for any other data. Then nothing has changed.
        """
        with closing(open_memory()) as connection:
            self._check_snapshot(Store(connection), rows)
        with self._store.lock:
            with self._store.transaction():
                self._store.load(rows)
                time = from_text(self._store.setting(CLOCK_SETTING) or "")
            self._clock.set_time(time)
            self.reconcile()

    def _check_snapshot(self, store: Store, rows: Document) -> None:
        """Load a snapshot into another store, check it, and fire its timers there. Raises ValueError."""
        with store.transaction():
            store.load(rows)
            try:
                snapshot_check.check(store)
                for _ in store.timers():
                    timer = store.next_timer(LAST_TIME)
                    if timer is None:
                        break
                    store.drop_timer(timer.kind, timer.subject_id)
                    rules, now = self.transition_rules.copy(), from_text(timer.due_at)
                    trial = Transaction(store, now, VirtualRuntime(), self._timings, self._ids, rules)
                    TIMER_HANDLERS[timer.kind](trial, timer)
            except (APIError, LookupError, ValueError) as error:
                raise ValueError(f"not a snapshot of a sandbox: {error}") from None

    def settle(self) -> None:
        """Make everything happen that is due, and store the time, so that the clock is the same after a restart."""
        with self._store.lock:
            # The clock may still notify a sandbox that was just closed.
            if not self._closed:
                with self.transaction() as transaction:
                    transaction.store.set_setting(CLOCK_SETTING, transaction.timestamp)

    def reconcile(self) -> tuple[str, ...]:
        """Make the sessions in the store and in the runtime agree. Returns notes on what was changed."""
        with self._store.lock, self._begin(self._clock.now()) as transaction:
            store = transaction.store
            sessions = runtime_reports.sessions_with_machines(transaction)
            is_same = store.setting(RUNTIME_SETTING) in (None, self._runtime.name)
            reports = runtime_reports.ReportWriter(self.transaction)
            inventory = self._runtime.reconcile(sessions if is_same else (), reports)
            lost = [session["id"] for session in sessions if session["id"] not in inventory.alive]
            for session_id in lost:
                runtime_reports.lost(transaction, session_id, LOST_REASON)
            for session_id in inventory.alive:
                runtime_reports.adopt(transaction, session_id, inventory)
            if store.setting(RUNTIME_SETTING) != self._runtime.name:
                store.set_setting(RUNTIME_SETTING, self._runtime.name)
        notes = [f"sessions whose machines are gone: {', '.join(lost)}"] if lost else []
        return (*notes, *inventory.notes)

    def logs(self, command_id: str) -> Logs:
        """The output of a command. Raises NotFoundError if there is no such command or its output is deleted."""
        with self.transaction() as transaction:
            command = transaction.resource(COMMANDS, "Session command", command_id)
        logs = self._runtime.logs(command)
        if logs is None:
            raise NotFoundError(f"The output of session command {command_id} was deleted with its session's machines.")
        return logs

    def transition(self, session_id: str, state: str, message: str | None = None) -> Document:
        """Change the state of a session and return the session. Raises NotFoundError and ConflictError."""
        with self.transaction() as transaction:
            transitions.transition_to(transaction, transaction.session(session_id), state, message)
            return transaction.session(session_id)

    def close(self) -> None:
        """Stop the runtime, unsubscribe from the clock and close the store."""
        if not self._closed:
            self._runtime.close()
        self._unsubscribe()
        with self._store.lock:
            # This stores the time, so that time does not go back after a restart. A full disk must not prevent closing.
            with suppress(sqlite3.Error):
                self.settle()
            self._closed = True
            self._store.close()

    @contextmanager
    def _begin(self, now: datetime) -> Generator[Transaction]:
        store = self._store
        with store.transaction():
            changes = store.changes
            transaction = Transaction(store, now, self._runtime, self._timings, self._ids, self.transition_rules)
            yield transaction
            if store.changes > changes:
                store.set_setting(CLOCK_SETTING, transaction.timestamp)

    def _resume(self) -> None:
        """Advance the clock to the time of the store, if the clock is behind it, because time never goes back."""
        stored = self._store.setting(CLOCK_SETTING)
        if stored:
            self.advance_to(stored)


def _settle(transaction: Transaction) -> None:
    """Fire all timers that are due, in order, each at its own time."""
    due_at, repeats = "", Counter[str]()
    while timer := transaction.store.next_timer(transaction.timestamp):
        transaction.store.drop_timer(timer.kind, timer.subject_id)
        if timer.due_at > due_at:
            due_at, repeats = timer.due_at, Counter[str]()
        repeats[timer.subject_id] += 1
        if repeats[timer.subject_id] > MAX_REPEATS:
            logger.warning("%s: transition rules without a delay form a loop; it stays in its state", timer.subject_id)
            continue
        TIMER_HANDLERS[timer.kind](transaction.at(from_text(timer.due_at)), timer)


def _take_step(transaction: Transaction, timer: Timer) -> None:
    transitions.take_step(transaction, transaction.session(timer.subject_id), timer.document)


def _apply_rule(transaction: Transaction, timer: Timer) -> None:
    session = transaction.session(timer.subject_id)
    transitions.transition_to(transaction, session, timer.document["to"], timer.document["message"])


def _finish_command(transaction: Transaction, timer: Timer) -> None:
    command = transaction.resource(COMMANDS, "Session command", timer.subject_id)
    commands.finish(transaction, command, timer.document["status_code"])


def _end_idle_session(transaction: Transaction, timer: Timer) -> None:
    session = transaction.session(timer.subject_id)
    if transaction.runtime.activity(session):
        # The idle time starts again now, because the runtime does not report when the activity ends.
        session["idle_timeout_last_activity_at"] = transaction.timestamp
        idle_timeout.refresh(transaction, session)
        transaction.store.save(SESSIONS, session)
    else:
        flow = STOP if transaction.transition_rules.has_rule_for(session, "Stopping") else TERMINATE
        transitions.begin_flow(transaction, session, flow, BY_IDLE_TIMEOUT)


TIMER_HANDLERS: Mapping[str, Callable[[Transaction, Timer], None]] = {
    FLOW_TIMER: _take_step,
    RULE_TIMER: _apply_rule,
    COMMAND_TIMER: _finish_command,
    IDLE_TIMER: _end_idle_session,
}
