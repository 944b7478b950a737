"""Reports of the runtime, and what they change: sessions are ready, observed or lost, and commands have ended."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from anyscale_sessions.states import TRANSITIONS

from ..runtimes import KILLED_STATUS, Inventory
from ..spec import Document
from ..storage.store import COMMANDS, SESSIONS, Condition
from . import commands, idle_timeout, transitions
from .events import BY_RUNTIME, record
from .flows import TERMINATE_WORKERS
from .transaction import Transaction
from .transitions import FLOW_TIMER

# The states in which a session has machines. It has none in a state that the sandbox does not know.
WITH_MACHINES = tuple(TRANSITIONS.keys() - {"Stopped", "Terminated", "StartupErrored"})
STARTING = frozenset({"AwaitingStartup", "StartingUp", "AwaitingFileMounts"})
ENDING = frozenset({"Stopping", "Terminating"})
# The states from which a session becomes Terminated if its machines are lost.
USABLE = frozenset({"Running", "Updating"})

logger = logging.getLogger("anyscale_sessions_sandbox")


def sessions_with_machines(transaction: Transaction) -> list[Document]:
    """The sessions that have machines according to the store."""
    placeholders = ", ".join("?" * len(WITH_MACHINES))
    condition = Condition(f"state IN ({placeholders})", WITH_MACHINES)
    return [row.document for row in transaction.store.select(SESSIONS, [condition])]


def ready(transaction: Transaction, session_id: str) -> None:
    """Continue the start of a session. The machines of any other session are taken down."""
    session = transaction.store.find(SESSIONS, session_id)
    if session is None or session["state"] not in STARTING:
        transaction.runtime.terminate({"id": session_id})
    # A start that never ends has no timer.
    elif timer := transaction.store.timer(FLOW_TIMER, session_id):
        transitions.report_done(transaction, session, timer)


def lost(transaction: Transaction, session_id: str, reason: str) -> None:
    """Handle that the machines of a session are gone: a termination continues, and any other session fails."""
    session = transaction.store.find(SESSIONS, session_id)
    if session is None:
        return
    commands.lose_all(transaction, session)
    timer = transaction.store.timer(FLOW_TIMER, session_id)
    if session["state"] in STARTING:
        transitions.transition_to(transaction, session, "StartupErrored", reason)
    elif session["state"] in USABLE:
        transitions.transition_to(transaction, session, "Terminated", reason)
    elif timer and timer.document["awaits_report"]:
        transitions.report_done(transaction, session, timer)


def adopt(transaction: Transaction, session_id: str, inventory: Inventory) -> None:
    """Update a session from its machines, which may have changed since the store was written.

    A session that can be used gets its addresses, and the runtime learns its tokens, which a snapshot may have changed.
    Commands that have ended get their exit codes, commands that the runtime does not know count as killed, and running
    commands that the store does not know are killed.
    """
    session = transaction.session(session_id)
    if session["state"] in ENDING:
        transaction.runtime.terminate(session)
    elif session["state"] in STARTING and session_id in inventory.ready:
        ready(transaction, session_id)
    else:
        # It was reported before the store was written, or will not be reported again.
        _finish_termination_of_workers(transaction, session)
    codes = inventory.commands.get(session_id)
    if codes is None:
        return
    if session["state"] in USABLE:
        session.update(transaction.runtime.endpoints(session))
        transaction.store.save(SESSIONS, session)
    running = {
        row.document["id"]: row.document for row in transaction.store.select(COMMANDS, idle_timeout.running_in(session))
    }
    for command_id, command in running.items():
        code = codes.get(command_id, KILLED_STATUS)
        if code is not None:
            commands.finish(transaction, command, code)
    for command_id in codes.keys() - running.keys():
        if codes[command_id] is None:
            transaction.runtime.kill({"id": command_id, "session_id": session_id})


def ended(transaction: Transaction, command_id: str, status_code: int) -> None:
    """Finish a command."""
    command = transaction.store.find(COMMANDS, command_id)
    if command and not command.get("finished_at"):
        commands.finish(transaction, command, status_code)


def observed(transaction: Transaction, session_id: str, facts: Mapping[str, Any]) -> None:
    """Store what the runtime has observed of a session that is starting or running.

    All facts are optional: `notes`, a list of texts for the event log; `ray_version`; `workers_terminated`, if a
    termination of worker nodes is done; and `activities`, by component,
    each with `is_active` (ACTIVE, INACTIVE or ERROR), its `reason`, and `idle_s`, the seconds since its last activity
    (None if unknown).
    """
    session = transaction.store.find(SESSIONS, session_id)
    if session is None or session["state"] not in STARTING | USABLE:
        return
    for note in facts.get("notes", ()):
        record(transaction, session_id, "starting", note, BY_RUNTIME)
    if "ray_version" in facts:
        session.update(ray_version=facts["ray_version"], ray_version_last_updated_at=transaction.timestamp)
    if "workers_terminated" in facts:
        _finish_termination_of_workers(transaction, session)
    if "activities" in facts:
        _store_activities(transaction, session, facts["activities"])
    transaction.store.save(SESSIONS, session)


def _finish_termination_of_workers(transaction: Transaction, session: Document) -> None:
    timer = transaction.store.timer(FLOW_TIMER, session["id"])
    if timer and timer.document["flow"] == TERMINATE_WORKERS and timer.document["awaits_report"]:
        transitions.report_done(transaction, session, timer)


def _store_activities(transaction: Transaction, session: Document, activities: Mapping[str, Document]) -> None:
    was_active = session.get("idle_termination_status") == "ACTIVE_RAY"
    session.update(
        ray_component_activities_last_reported_at=transaction.timestamp,
        ray_dashboard_snapshot_last_reported_at=transaction.timestamp,
        activity_details={name: _detail_of(transaction, activity) for name, activity in activities.items()},
    )
    if was_active:
        # Idle time starts at the last activity, which is some time before this report.
        idle_s = min((activity["idle_s"] or 0.0 for activity in activities.values()), default=0.0)
        session["idle_timeout_last_activity_at"] = transaction.ago(idle_s)
    idle_timeout.refresh(transaction, session)


def _detail_of(transaction: Transaction, activity: Mapping[str, Any]) -> Document:
    """The activity of a component, with times of the sandbox's clock."""
    idle_s = activity["idle_s"]
    return {
        "is_active": activity["is_active"],
        "reason": activity["reason"],
        "last_activity_at": None if idle_s is None else transaction.ago(idle_s),
        "timestamp": transaction.timestamp,
    }


class ReportWriter:
    """Receives the reports of a runtime and stores each one at once, in its own transaction."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Transaction]]) -> None:
        self._begin = begin

    def ready(self, session_id: str) -> None:
        """See `Reports`."""
        self._write(lambda transaction: ready(transaction, session_id))

    def lost(self, session_id: str, reason: str) -> None:
        """See `Reports`."""
        self._write(lambda transaction: lost(transaction, session_id, reason))

    def ended(self, command_id: str, status_code: int) -> None:
        """See `Reports`."""
        self._write(lambda transaction: ended(transaction, command_id, status_code))

    def observed(self, session_id: str, facts: Mapping[str, Any]) -> None:
        """See `Reports`."""
        self._write(lambda transaction: observed(transaction, session_id, facts))

    def _write(self, apply: Callable[[Transaction], None]) -> None:
        try:
            with self._begin() as transaction:
                apply(transaction)
        except sqlite3.Error as error:
            # No caller could handle it. The next start of the sandbox corrects the state.
            logger.warning("a report of the runtime could not be stored: %s", type(error).__name__)
