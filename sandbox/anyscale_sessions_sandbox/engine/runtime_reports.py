"""What becomes of sessions and commands by what happens to their machines, as the runtime reports it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager

from ..runtimes import KILLED_STATUS, Found
from ..spec import Document
from ..storage.store import COMMANDS, SESSIONS, Condition
from . import commands
from . import idle_timeout as idleness
from . import transitions as journeys
from .transaction import Moment
from .transitions import FLOW_TIMER

# The states in which a session has no machines.
WITHOUT = ("Stopped", "Terminated", "StartupErrored")
STARTING = frozenset({"AwaitingStartup", "StartingUp", "AwaitingFileMounts"})
ENDING = frozenset({"Stopping", "Terminating"})
# The states in which a session that loses its machines has come to its end.
USABLE = frozenset({"Running", "Updating"})

logger = logging.getLogger("anyscale_sessions_sandbox")


def with_machines(moment: Moment) -> list[Document]:
    """The sessions that have machines, as far as the store knows."""
    marks = ", ".join("?" * len(WITHOUT))
    return [row.document for row in moment.store.select(SESSIONS, [Condition(f"state NOT IN ({marks})", WITHOUT)])]


def ready(moment: Moment, session_id: str) -> None:
    """Let a session go on to Running; one that nobody starts, or no longer, has to go again."""
    session = moment.store.find(SESSIONS, session_id)
    if session is None or session["state"] not in STARTING:
        moment.runtime.terminate({"id": session_id})
    # One whose start never ends has no timer.
    elif timer := moment.store.timer(FLOW_TIMER, session_id):
        journeys.report_done(moment, session, timer)


def gone(moment: Moment, session_id: str, reason: str) -> None:
    """Let a session have no machines any more, which is what a termination waits for, and else a mishap."""
    session = moment.store.find(SESSIONS, session_id)
    if session is None:
        return
    commands.lose_all(moment, session)
    timer = moment.store.timer(FLOW_TIMER, session_id)
    if session["state"] in STARTING:
        journeys.move(moment, session, "StartupErrored", reason)
    elif session["state"] in USABLE:
        journeys.move(moment, session, "Terminated", reason)
    elif timer and timer.document["awaits"]:
        journeys.report_done(moment, session, timer)


def take_up(moment: Moment, session_id: str, found: Found) -> None:
    """Let a session whose machines are there be as they are: they may have gone on since the store was as it is now.

    Commands that have ended since have their exit codes, those that nobody knows of any more were killed, and those
    that the store does not know are.
    """
    session = moment.session(session_id)
    if session["state"] in ENDING:
        moment.runtime.terminate(session)
    elif session["state"] in STARTING and session_id in found.ready:
        ready(moment, session_id)
    codes = found.commands.get(session_id)
    if codes is None:
        return
    running = {row.document["id"]: row.document for row in moment.store.select(COMMANDS, idleness.running_in(session))}
    for command_id, command in running.items():
        code = codes.get(command_id, KILLED_STATUS)
        if code is not None:
            commands.finish(moment, command, code)
    for command_id in codes.keys() - running.keys():
        if codes[command_id] is None:
            moment.runtime.kill({"id": command_id, "session_id": session_id})


def ended(moment: Moment, command_id: str, status_code: int) -> None:
    """Let a command have ended."""
    command = moment.store.find(COMMANDS, command_id)
    if command and not command.get("finished_at"):
        commands.finish(moment, command, status_code)


class Reporting:
    """Takes a runtime's reports, and writes each down at once, in a transaction of its own."""

    def __init__(self, moment: Callable[[], AbstractContextManager[Moment]]) -> None:
        self._moment = moment

    def ready(self, session_id: str) -> None:
        """See `Reports`."""
        self._write(lambda moment: ready(moment, session_id))

    def gone(self, session_id: str, reason: str) -> None:
        """See `Reports`."""
        self._write(lambda moment: gone(moment, session_id, reason))

    def ended(self, command_id: str, status_code: int) -> None:
        """See `Reports`."""
        self._write(lambda moment: ended(moment, command_id, status_code))

    def _write(self, happen: Callable[[Moment], None]) -> None:
        try:
            with self._moment() as moment:
                happen(moment)
        except sqlite3.Error as error:
            # There is nobody else to tell. The next start of the sandbox finds out what is not so.
            logger.warning("a report of the runtime could not be written: %s", type(error).__name__)
