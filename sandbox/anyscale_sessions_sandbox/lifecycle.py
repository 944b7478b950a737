"""Sessions led through their lives: created, edited, started, terminated and deleted, step by step on the clock."""

from __future__ import annotations

from typing import Any

from anyscale_sessions.states import MOVES

from . import commands, idleness
from .errors import Conflict
from .events import BY_USER, USER_ID, Cause, record
from .flows import FLOWS, START, START_FROM_CLUSTER_CONFIG, TERMINATE, TERMINATE_WORKERS, Step
from .moment import Moment
from .spec import Document
from .store import OPERATIONS, SESSIONS

FLOW_TIMER = "flow"
# From where a start can be asked for. (The table of moves has more, which a start makes on its way.)
STARTABLE = frozenset({"Stopped", "Terminated", "StartupErrored"})
DELETABLE = frozenset({"Stopped", "Terminated"})
# Where a session's `state_data` tells how far it has come, by state.
PROGRESS = {
    "StartingUp": ("startup", "startup_progress"),
    "AwaitingFileMounts": ("startup", "startup_progress"),
    "Terminating": ("stopping", "stop_progress"),
}


def create(moment: Moment, fields: Document) -> Document:
    """A new session made of the given fields. It is Stopped until it is started."""
    session_id = moment.new_id("ses")
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
    """Change settings of a session, whatever its state."""
    _apply(moment, session, changes)
    idleness.refresh(moment, session)
    moment.store.save(SESSIONS, session)
    record(moment, session["id"], "edited", "The session was edited.", BY_USER)


def start(moment: Moment, session: Document, options: Document) -> Document:
    """Begin to start a session, with changed settings if any are given; returns the operation.

    Raises Conflict if its state does not allow a start.
    """
    if session["state"] not in STARTABLE:
        raise Conflict(f"Session {session['id']} is {session['state']} and cannot be started.")
    _apply(moment, session, options)
    record(moment, session["id"], "start_command", "A start was asked for.", BY_USER)
    return begin(moment, session, START if session.get("uses_app_config") else START_FROM_CLUSTER_CONFIG, BY_USER)


def terminate(moment: Moment, session: Document, options: Document) -> Document:
    """Begin to terminate a session, which ends a start that is under way; returns the operation.

    With `workers_only` the session runs on, whatever `delete` says; with `delete` it is deleted once it is terminated.
    Raises Conflict if its state does not allow it.
    """
    _check_move(session, "Terminating")
    workers_only = options.get("workers_only", False)
    if workers_only and session["state"] != "Running":
        raise Conflict(f"Session {session['id']} is {session['state']}; only a running one has workers.")
    if workers_only and moment.store.timer(FLOW_TIMER, session["id"]):
        raise Conflict(f"Session {session['id']} has an unfinished operation.")
    record(moment, session["id"], "terminate_command", "A termination was asked for.", BY_USER)
    flow, then_delete = (TERMINATE_WORKERS, False) if workers_only else (TERMINATE, options.get("delete", False))
    return begin(moment, session, flow, BY_USER, then_delete=then_delete)


def delete(moment: Moment, session: Document) -> None:
    """Delete a session. Raises Conflict unless it is Stopped or Terminated: in other states it may have machines."""
    if session["state"] not in DELETABLE:
        raise Conflict(f"Session {session['id']} is {session['state']}; terminate it first.")
    session["archived_at"] = moment.stamp
    moment.store.save(SESSIONS, session)


def begin(moment: Moment, session: Document, flow: str, cause: Cause, *, then_delete: bool = False) -> Document:
    """Set a session out on a flow, giving up the one that it is on; returns the operation that tells how it goes."""
    under_way = moment.store.timer(FLOW_TIMER, session["id"])
    if under_way:
        _conclude(
            moment, under_way.document["operation_id"], error={"message": "The session was terminated meanwhile."}
        )
    operation_id = moment.new_id("sop")
    operation = {
        "id": operation_id,
        "completed": False,
        "session_id": session["id"],
        "session_operation_type": FLOWS[flow].operation_type,
    }
    moment.store.insert(OPERATIONS, operation)
    journey = {
        "flow": flow,
        "step": 0,
        "operation_id": operation_id,
        "cause": cause._asdict(),
        "delete": then_delete,
    }
    take_step(moment, session, journey)
    return moment.resource(OPERATIONS, "Session operation", operation_id)


def take_step(moment: Moment, session: Document, journey: Document) -> None:
    """Take the next step of a journey, which is one session on a flow, and set the timer for the one after it."""
    flow = FLOWS[journey["flow"]]
    step, *ahead = flow.steps[journey["step"] :]
    _enter(moment, session, step)
    if step.event:
        record(moment, session["id"], *step.event, Cause(**journey["cause"]))
    if ahead:
        session["pending_state"] = flow.wanted_state
        wait_s = (ahead[0].at - step.at) * moment.timings.of(flow.operation_type)
        moment.schedule(FLOW_TIMER, session["id"], wait_s, journey | {"step": journey["step"] + 1})
        _report(moment, journey["operation_id"], progress={"message": step.progress})
    else:
        session["pending_state"] = None
        if journey["delete"]:
            session["archived_at"] = moment.stamp
        _conclude(moment, journey["operation_id"], data={name: session[name] for name in ("id", "name", "state")})
    moment.store.save(SESSIONS, session)


def _apply(moment: Moment, session: Document, changes: Document) -> None:
    session.update(changes)
    if "cluster_config" in changes:
        session["cluster_config_last_modified_at"] = moment.stamp


def _check_move(session: Document, state: str) -> None:
    if state not in MOVES[session["state"]]:
        raise Conflict(f"Session {session['id']} is {session['state']} and cannot become {state}.")


def _enter(moment: Moment, session: Document, step: Step) -> None:
    """Let a session look as it does at a step, and do what goes with a new state."""
    progress = PROGRESS.get(step.state)
    session.update(
        status=step.status,
        status_details=step.status_details,
        state_data={progress[0]: {progress[1]: step.progress}} if progress else None,
    )
    if step.state == session["state"]:
        return
    _check_move(session, step.state)
    session["state"] = step.state
    if step.state == "Running":
        session.update(moment.runtime.endpoints(session))
    elif step.state == "Terminating":
        commands.kill_all(moment, session)
    elif step.state == "Terminated":
        session.update(dict.fromkeys(moment.runtime.endpoints(session)))
    idleness.refresh(moment, session)


def _conclude(moment: Moment, operation_id: str, **result: Document) -> None:
    _report(moment, operation_id, completed=True, progress=None, result=result)


def _report(moment: Moment, operation_id: str, **changes: Any) -> None:
    operation = moment.resource(OPERATIONS, "Session operation", operation_id)
    moment.store.save(OPERATIONS, operation | changes)
