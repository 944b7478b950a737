"""Sessions led through their lives: created, edited, started, terminated and deleted."""

from __future__ import annotations

from ..errors import ConflictError
from ..spec import Document
from ..storage.store import SESSIONS
from . import idle_timeout as idleness
from .events import BY_USER, USER_ID, record
from .flows import TERMINATE, TERMINATE_WORKERS, UPDATE
from .transaction import Moment
from .transitions import FLOW_TIMER, begin, check_move, follow_rule, start_flow

# From where a start can be asked for. (The table of moves has more, which a start makes on its way.)
STARTABLE = frozenset({"Stopped", "Terminated", "StartupErrored"})
UPDATED_IN = frozenset({"Running", "UpdatingErrored"})
DELETABLE = frozenset({"Stopped", "Terminated"})


def create(moment: Moment, fields: Document, session_id: str | None = None) -> Document:
    """A new session made of the given fields. It is Stopped until it is started."""
    session_id = session_id or moment.new_id("ses")
    session = {
        **fields,
        "user_service_token": _service_token(moment, fields),
        "id": session_id,
        "state": "Stopped",
        "creator_id": USER_ID,
        "created_at": moment.stamp,
        "archived_at": None,
        "access_token": moment.new_secret(),
        "ssh_private_key": f"not a key, but sandbox text: {moment.new_secret()}",
        "cluster_config_last_modified_at": moment.stamp,
    }
    moment.store.insert(SESSIONS, session)
    follow_rule(moment, session)
    record(moment, session_id, "created", "The session was created.", BY_USER)
    return session


def _service_token(moment: Moment, fields: Document) -> str | None:
    """The token of the user service: made where a public one comes without, ignored for a private one."""
    access = fields.get("user_service_access")
    given: str | None = fields.get("user_service_token")
    if access == "private":
        return None
    return given or (moment.new_secret() if access == "public" else None)


def edit(moment: Moment, session: Document, changes: Document) -> None:
    """Change settings of a session, whatever its state. One that runs is Updating meanwhile if a rule says so."""
    _apply(moment, session, changes)
    idleness.refresh(moment, session)
    moment.store.save(SESSIONS, session)
    record(moment, session["id"], "edited", "The session was edited.", BY_USER)
    if session["state"] in UPDATED_IN and moment.moves.leads_from(session, "Updating"):
        begin(moment, session, UPDATE, BY_USER)


def start(moment: Moment, session: Document, options: Document) -> Document:
    """Begin to start a session, with changed settings if any are given; returns the operation.

    Raises ConflictError if its state does not allow a start.
    """
    if session["state"] not in STARTABLE:
        raise ConflictError(f"Session {session['id']} is {session['state']} and cannot be started.")
    _apply(moment, session, options)
    record(moment, session["id"], "start_command", "A start was asked for.", BY_USER)
    return begin(moment, session, start_flow(session), BY_USER)


def terminate(moment: Moment, session: Document, options: Document) -> Document:
    """Begin to terminate a session, which ends a start that is under way; returns the operation.

    With `workers_only` the session runs on, whatever `delete` says; with `delete` it is deleted once it is terminated.
    Raises ConflictError if its state does not allow it.
    """
    check_move(session, "Terminating")
    workers_only = options.get("workers_only", False)
    if workers_only and session["state"] != "Running":
        raise ConflictError(f"Session {session['id']} is {session['state']}; only a running one has workers.")
    if workers_only and moment.store.timer(FLOW_TIMER, session["id"]):
        raise ConflictError(f"Session {session['id']} has an unfinished operation.")
    record(moment, session["id"], "terminate_command", "A termination was asked for.", BY_USER)
    flow, then_delete = (TERMINATE_WORKERS, False) if workers_only else (TERMINATE, options.get("delete", False))
    return begin(moment, session, flow, BY_USER, then_delete=then_delete)


def delete(moment: Moment, session: Document) -> None:
    """Delete a session. Raises ConflictError unless it is Stopped or Terminated: in other states it may have machines."""
    if session["state"] not in DELETABLE:
        raise ConflictError(f"Session {session['id']} is {session['state']}; terminate it first.")
    session["archived_at"] = moment.stamp
    moment.store.save(SESSIONS, session)


def _apply(moment: Moment, session: Document, changes: Document) -> None:
    session.update(changes)
    if "cluster_config" in changes:
        session["cluster_config_last_modified_at"] = moment.stamp
