"""The life of a command: started, then finished or killed."""

from __future__ import annotations

from ..errors import ConflictError
from ..runtimes import KILLED_STATUS
from ..spec import Document
from ..storage.store import COMMANDS, SESSIONS
from . import idle_timeout as idleness
from .transaction import Moment

COMMAND_TIMER = "command"


def start(moment: Moment, session: Document, fields: Document, command_id: str | None = None) -> Document:
    """Start a command in a session and return it. Raises ConflictError if the session is not running."""
    if session["state"] != "Running":
        raise ConflictError(f"Session {session['id']} is {session['state']}; commands need a running one.")
    command_id = command_id or moment.new_id("scd")
    command = {**fields, "id": command_id, "type": "COMMAND_LINE_RUNNER", "created_at": moment.stamp}
    moment.store.insert(COMMANDS, command)
    outcome = moment.runtime.run(session, command)
    if outcome:
        moment.schedule(COMMAND_TIMER, command["id"], outcome.after_s, {"status_code": outcome.status_code})
    _note_activity(moment, session)
    return command


def finish(moment: Moment, command: Document, status_code: int) -> None:
    """Let a command end, by itself or because it was killed a while ago."""
    _end(moment, command, status_code)
    _note_activity(moment, moment.session(command["session_id"]))


def kill(moment: Moment, command: Document) -> None:
    """Kill a command; where that takes its time, it finishes later. Raises ConflictError if it has finished."""
    if command.get("finished_at"):
        raise ConflictError(f"Session command {command['id']} has finished.")
    _kill(moment, command)
    _note_activity(moment, moment.session(command["session_id"]))


def kill_all(moment: Moment, session: Document) -> None:
    """Kill whatever runs in a session whose machines are going down."""
    for row in moment.store.select(COMMANDS, idleness.running_in(session)):
        _kill(moment, row.document)


def lose_all(moment: Moment, session: Document) -> None:
    """Let whatever runs in a session have ended with its machines, which are gone."""
    for row in moment.store.select(COMMANDS, idleness.running_in(session)):
        _end(moment, row.document, KILLED_STATUS)
        moment.store.drop_timer(COMMAND_TIMER, row.document["id"])


def _kill(moment: Moment, command: Document) -> None:
    status_code = moment.runtime.kill(command)
    command["killed_at"] = moment.stamp
    moment.store.drop_timer(COMMAND_TIMER, command["id"])
    if status_code is None:
        moment.store.save(COMMANDS, command)
    else:
        _end(moment, command, status_code)


def _end(moment: Moment, command: Document, status_code: int) -> None:
    command.update(finished_at=moment.stamp, status_code=status_code)
    moment.store.save(COMMANDS, command)


def _note_activity(moment: Moment, session: Document) -> None:
    """A running command counts as activity: idling begins anew when the last one ends."""
    idleness.refresh(moment, session)
    moment.store.save(SESSIONS, session)
