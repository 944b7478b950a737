"""Reports of the runtime, and what they change: sessions are ready or lost, and commands have ended."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager

from anyscale_sessions.states import TRANSITIONS

from ..runtimes import KILLED_STATUS, Inventory
from ..spec import Document
from ..storage.store import COMMANDS, SESSIONS, Condition
from . import commands, idle_timeout, transitions
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

    def _write(self, apply: Callable[[Transaction], None]) -> None:
        try:
            with self._begin() as transaction:
                apply(transaction)
        except sqlite3.Error as error:
            # No caller could handle it. The next start of the sandbox corrects the state.
            logger.warning("a report of the runtime could not be stored: %s", type(error).__name__)
