"""The requests that change a session: create, edit, start, terminate and delete."""

from __future__ import annotations

from ..errors import ConflictError
from ..spec import Document
from ..storage.store import SESSIONS
from . import idle_timeout
from .events import BY_USER, USER_ID, record
from .flows import TERMINATE, TERMINATE_WORKERS, UPDATE
from .transaction import Transaction
from .transitions import FLOW_TIMER, apply_rule, begin_flow, check_transition, start_flow

# The states in which a start can be requested. (A start goes through more transitions than these allow.)
STARTABLE = frozenset({"Stopped", "Terminated", "StartupErrored"})
UPDATED_IN = frozenset({"Running", "UpdatingErrored"})
DELETABLE = frozenset({"Stopped", "Terminated"})


def create(transaction: Transaction, fields: Document, session_id: str | None = None) -> Document:
    """Create a session with the given fields. It is Stopped until it is started."""
    session_id = session_id or transaction.new_id("ses")
    session = {
        **fields,
        "user_service_token": _service_token(transaction, fields),
        "id": session_id,
        "state": "Stopped",
        "creator_id": USER_ID,
        "created_at": transaction.timestamp,
        "archived_at": None,
        "access_token": transaction.new_secret(),
        "ssh_private_key": f"not a key, but sandbox text: {transaction.new_secret()}",
        "cluster_config_last_modified_at": transaction.timestamp,
    }
    transaction.store.insert(SESSIONS, session)
    transaction.note_state(session)
    apply_rule(transaction, session)
    record(transaction, session_id, "created", "The session was created.", BY_USER)
    return session


def _service_token(transaction: Transaction, fields: Document) -> str | None:
    """The token of the user service: created for a public one without a token, ignored for a private one."""
    access = fields.get("user_service_access")
    given: str | None = fields.get("user_service_token")
    if access == "private":
        return None
    return given or (transaction.new_secret() if access == "public" else None)


def edit(transaction: Transaction, session: Document, changes: Document) -> None:
    """Change settings of a session, in any state. A running session becomes Updating if there is a rule for that."""
    _apply(transaction, session, changes)
    idle_timeout.refresh(transaction, session)
    transaction.store.save(SESSIONS, session)
    record(transaction, session["id"], "edited", "The session was edited.", BY_USER)
    if session["state"] in UPDATED_IN and transaction.transition_rules.has_rule_for(session, "Updating"):
        begin_flow(transaction, session, UPDATE, BY_USER)


def start(transaction: Transaction, session: Document, options: Document) -> Document:
    """Begin to start a session, with changed settings if there are any. Returns the operation.

    Raises ConflictError if the state of the session does not allow a start.
    """
    if session["state"] not in STARTABLE:
        raise ConflictError(f"Session {session['id']} is {session['state']} and cannot be started.")
    _apply(transaction, session, options)
    record(transaction, session["id"], "start_command", "A start was requested.", BY_USER)
    return begin_flow(transaction, session, start_flow(session), BY_USER)


def terminate(transaction: Transaction, session: Document, options: Document) -> Document:
    """Begin to terminate a session, which aborts a start in progress. Returns the operation.

    With `workers_only` the session keeps running, and `delete` is ignored. With `keep_min_workers` in addition, the
    minimum of worker nodes stays. With `delete` the session is deleted after
    it is terminated. Raises ConflictError if the state of the session does not allow a termination.
    """
    check_transition(session, "Terminating")
    workers_only = options.get("workers_only", False)
    if workers_only and session["state"] != "Running":
        raise ConflictError(f"Session {session['id']} is {session['state']}; only a Running session has workers.")
    if workers_only and transaction.store.timer(FLOW_TIMER, session["id"]):
        raise ConflictError(f"Session {session['id']} has an unfinished operation.")
    record(transaction, session["id"], "terminate_command", "A termination was requested.", BY_USER)
    if not workers_only:
        return begin_flow(transaction, session, TERMINATE, BY_USER, then_delete=options.get("delete", False))
    keep_min_workers = options.get("keep_min_workers", False)
    is_done = transaction.runtime.terminate_workers(session, keep_min_workers=keep_min_workers)
    return begin_flow(transaction, session, TERMINATE_WORKERS, BY_USER, awaits_report=not is_done)


def delete(transaction: Transaction, session: Document) -> None:
    """Delete a session. Raises ConflictError unless it is Stopped or Terminated: otherwise it may have machines."""
    if session["state"] not in DELETABLE:
        raise ConflictError(f"Session {session['id']} is {session['state']}; terminate it first.")
    transaction.archive(session)
    transaction.store.save(SESSIONS, session)
    transaction.runtime.forget(session)


def _apply(transaction: Transaction, session: Document, changes: Document) -> None:
    session.update(changes)
    if "cluster_config" in changes:
        session["cluster_config_last_modified_at"] = transaction.timestamp
