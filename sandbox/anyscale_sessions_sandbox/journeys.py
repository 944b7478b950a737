"""Sessions on their way from state to state, step by step on the clock."""

from __future__ import annotations

from typing import Any

from anyscale_sessions.states import MOVES

from . import commands, idleness
from .errors import Conflict
from .events import Cause, record
from .flows import FLOWS, Step
from .moment import Moment
from .spec import Document
from .store import OPERATIONS, SESSIONS

FLOW_TIMER = "flow"
# Where a session's `state_data` tells how far it has come, by state.
PROGRESS = {
    "StartingUp": ("startup", "startup_progress"),
    "AwaitingFileMounts": ("startup", "startup_progress"),
    "Terminating": ("stopping", "stop_progress"),
}


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


def check_move(session: Document, state: str) -> None:
    """Raise Conflict unless a session can become what it is asked to."""
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
    check_move(session, step.state)
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
