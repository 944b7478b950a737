"""Commands: start, finish and kill."""

from __future__ import annotations

from ..errors import ConflictError
from ..runtimes import KILLED_STATUS
from ..spec import Document
from ..storage.store import COMMANDS, SESSIONS
from . import idle_timeout
from .transaction import Transaction

COMMAND_TIMER = "command"


def start(transaction: Transaction, session: Document, fields: Document, command_id: str | None = None) -> Document:
    """Start a command in a session and return it. Raises ConflictError unless the session is Running."""
    if session["state"] != "Running":
        raise ConflictError(f"Session {session['id']} is {session['state']}; commands need a Running session.")
    command_id = command_id or transaction.new_id("scd")
    command = {**fields, "id": command_id, "type": "COMMAND_LINE_RUNNER", "created_at": transaction.timestamp}
    transaction.store.insert(COMMANDS, command)
    outcome = transaction.runtime.run(session, command)
    if outcome:
        transaction.schedule(COMMAND_TIMER, command["id"], outcome.after_s, {"status_code": outcome.status_code})
    _note_activity(transaction, session)
    return command


def finish(transaction: Transaction, command: Document, status_code: int) -> None:
    """Finish a command that ended on its own, or that was killed earlier."""
    _end(transaction, command, status_code)
    _note_activity(transaction, transaction.session(command["session_id"]))


def kill(transaction: Transaction, command: Document) -> None:
    """Kill a command. It finishes at once, or when the runtime reports it. Raises ConflictError if it has finished."""
    if command.get("finished_at"):
        raise ConflictError(f"Session command {command['id']} has finished.")
    _kill(transaction, command)
    _note_activity(transaction, transaction.session(command["session_id"]))


def kill_all(transaction: Transaction, session: Document) -> None:
    """Kill all running commands of a session whose machines are taken down."""
    for row in transaction.store.select(COMMANDS, idle_timeout.running_in(session)):
        _kill(transaction, row.document)


def lose_all(transaction: Transaction, session: Document) -> None:
    """Finish all running commands of a session whose machines are gone."""
    for row in transaction.store.select(COMMANDS, idle_timeout.running_in(session)):
        _end(transaction, row.document, KILLED_STATUS)
        transaction.store.drop_timer(COMMAND_TIMER, row.document["id"])


def _kill(transaction: Transaction, command: Document) -> None:
    status_code = transaction.runtime.kill(command)
    command["killed_at"] = transaction.timestamp
    transaction.store.drop_timer(COMMAND_TIMER, command["id"])
    if status_code is None:
        transaction.store.save(COMMANDS, command)
    else:
        _end(transaction, command, status_code)


def _end(transaction: Transaction, command: Document, status_code: int) -> None:
    command.update(finished_at=transaction.timestamp, status_code=status_code)
    transaction.store.save(COMMANDS, command)


def _note_activity(transaction: Transaction, session: Document) -> None:
    """Update the idle timeout: a running command is activity, and idle time starts when the last one ends."""
    idle_timeout.refresh(transaction, session)
    transaction.store.save(SESSIONS, session)
