"""Sessions on their way from state to state, step by step on the clock, or as rules and hands have it."""

from __future__ import annotations

from typing import Any

from anyscale_sessions.states import TRANSITIONS

from ..errors import ConflictError
from ..runtimes import ENDPOINT_FIELDS
from ..spec import Document
from ..storage.store import NEVER, OPERATIONS, SESSIONS, Timer
from . import commands
from . import idle_timeout as idleness
from .events import BY_SANDBOX, Cause, record
from .flows import AT_REST, BEGINNINGS, ERRORED, FLOWS, START, START_FROM_CLUSTER_CONFIG, Flow, Step
from .transaction import Moment

# What moves a session on: its flow, or a rule in the flow's place.
FLOW_TIMER = "flow"
MOVE_TIMER = "move"
# Where a session's `state_data` tells how far it has come and what went wrong, by state.
TOLD_IN = {
    "AwaitingStartup": ("startup", "startup_progress"),
    "StartingUp": ("startup", "startup_progress"),
    "AwaitingFileMounts": ("startup", "startup_progress"),
    "StartupErrored": ("startup", "startup_error"),
    "Stopping": ("stopping", "stop_progress"),
    "Terminating": ("stopping", "stop_progress"),
    "StoppingErrored": ("stopping", "stop_error"),
    "TerminatingErrored": ("stopping", "stop_error"),
}
TAKEN_DOWN_IN = frozenset({"Stopping", "Terminating", "StartupErrored", *AT_REST})
INTERRUPTED = "The session was terminated meanwhile."


def begin(
    moment: Moment, session: Document, flow: str, cause: Cause, *, at: str | None = None, then_delete: bool = False
) -> Document:
    """Set a session out on a flow, giving up the one that it is on.

    It begins with the state `at`, or else as the flow does.
    Returns the operation that tells how it goes, or nothing where the flow has none.
    """
    give_up(moment, session, INTERRUPTED)
    operation_id = None
    if FLOWS[flow].operation_type:
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
        "step": _step_at(FLOWS[flow], at) if at else _step_from(moment, session, FLOWS[flow], 0),
        "operation_id": operation_id,
        "cause": cause._asdict(),
        "delete": then_delete,
        # Whether the runtime has yet to report, and whether that is all that the last step waits for.
        "awaits": False,
        "arrives": False,
    }
    take_step(moment, session, journey)
    return moment.resource(OPERATIONS, "Session operation", operation_id) if operation_id else {}


def start_flow(session: Document) -> str:
    """The flow of a session's start."""
    return START if session.get("uses_app_config") else START_FROM_CLUSTER_CONFIG


def take_step(moment: Moment, session: Document, journey: Document) -> None:
    """Take the next step of a journey, which is one session on a flow, and set the timer for the one after it.

    The last step is not taken before the runtime has reported what it was set to do on the way.
    """
    flow = FLOWS[journey["flow"]]
    place: int = journey["step"]
    step = flow.steps[place]
    if step is flow.steps[-1] and journey["awaits"]:
        moment.store.set_timer(Timer(NEVER, FLOW_TIMER, session["id"], journey | {"arrives": True}))
        return
    is_new = step.state != session["state"]
    awaits = enter(moment, session, step) or journey["awaits"]
    _tell(moment, session, step, Cause(**journey["cause"]))
    if step is flow.steps[-1]:
        moment.store.drop_timer(FLOW_TIMER, session["id"])
        session["pending_state"] = None
        if journey["delete"]:
            session["archived_at"] = moment.stamp
        _conclude(moment, journey["operation_id"], data={name: session[name] for name in ("id", "name", "state")})
    else:
        session["pending_state"] = flow.wanted_state
        ahead = _step_from(moment, session, flow, place + 1)
        wait_s = (flow.steps[ahead].at - step.at) * moment.timings.of(flow.operation_type)
        moment.schedule(FLOW_TIMER, session["id"], wait_s, journey | {"step": ahead, "awaits": awaits})
        _report(moment, journey["operation_id"], progress={"message": step.progress})
    if is_new:
        follow_rule(moment, session)
    moment.store.save(SESSIONS, session)


def report_done(moment: Moment, session: Document, timer: Timer) -> None:
    """Let a journey go on, at its own times, whose runtime has reported."""
    journey = timer.document | {"awaits": False}
    if journey["arrives"]:
        take_step(moment, session, journey)
    else:
        moment.store.set_timer(timer._replace(document=journey))


def follow_rule(moment: Moment, session: Document) -> None:
    """Let a session that has come to its state go on from there by the rule for it, if there is one."""
    rule = moment.moves.take(session, session["state"])
    if rule is None:
        return
    journey = moment.store.timer(FLOW_TIMER, session["id"])
    if journey:
        moment.store.set_timer(journey._replace(due_at=NEVER))
    coming: Document = {"to": rule.to_state, "message": rule.message, "reads_left": rule.after_reads}
    if rule.after_s is not None or rule.after_reads == 0:
        moment.schedule(MOVE_TIMER, session["id"], rule.after_s or 0.0, coming)
    else:
        moment.store.set_timer(Timer(NEVER, MOVE_TIMER, session["id"], coming))


def note_read(moment: Moment, session_id: str) -> None:
    """Count that a session was seen in its state, which a rule can say it leaves after so many times."""
    coming = moment.store.timer(MOVE_TIMER, session_id)
    if coming is None or coming.document["reads_left"] is None:
        return
    left = coming.document["reads_left"] - 1
    if left > 0:
        moment.store.set_timer(coming._replace(document=coming.document | {"reads_left": left}))
    else:
        move(moment, moment.session(session_id), coming.document["to"], coming.document["message"])


def move(moment: Moment, session: Document, state: str, message: str | None = None) -> None:
    """Move a session to a state, on its present way if that comes through it, and let it go on from there.

    Raises ConflictError if no session can go there from where it is.
    """
    check_move(session, state)
    moment.store.drop_timer(MOVE_TIMER, session["id"])
    under_way = moment.store.timer(FLOW_TIMER, session["id"])
    if under_way:
        steps = FLOWS[under_way.document["flow"]].steps
        for index, step in enumerate(steps):
            if index >= under_way.document["step"] and step.state == state:
                take_step(moment, session, under_way.document | {"step": index})
                return
    if state in BEGINNINGS:
        flow = start_flow(session) if BEGINNINGS[state] == START else BEGINNINGS[state]
        begin(moment, session, flow, BY_SANDBOX, at=state)
        return
    step = {**ERRORED, **AT_REST}[state]
    give_up(moment, session, message or step.event_text)
    enter(moment, session, step, message or step.event_text)
    _tell(moment, session, step, BY_SANDBOX, message)
    session["pending_state"] = None
    follow_rule(moment, session)
    moment.store.save(SESSIONS, session)


def give_up(moment: Moment, session: Document, reason: str) -> None:
    """End the way that a session is on; its operation ends with an error."""
    under_way = moment.store.timer(FLOW_TIMER, session["id"])
    if under_way:
        moment.store.drop_timer(FLOW_TIMER, session["id"])
        _conclude(moment, under_way.document["operation_id"], error={"message": reason})


def check_move(session: Document, state: str) -> None:
    """Raise ConflictError unless a session can become what it is asked to."""
    if state not in TRANSITIONS[session["state"]]:
        raise ConflictError(f"Session {session['id']} is {session['state']} and cannot become {state}.")


def _step_at(flow: Flow, state: str) -> int:
    """The place of a flow's first step in a state."""
    return [step.state for step in flow.steps].index(state)


def _step_from(moment: Moment, session: Document, flow: Flow, index: int) -> int:
    """The place of a flow's next step, leaving out those that only a rule brings on the way."""
    while flow.steps[index].optional and not moment.moves.leads_from(session, flow.steps[index].state):
        index += 1
    return index


def enter(moment: Moment, session: Document, step: Step, told: str | None = None) -> bool:
    """Let a session look as it does at a step, and do what goes with a new state.

    True if the runtime was set to do something by that, and will report when it is done.
    """
    place = TOLD_IN.get(step.state)
    session.update(
        status=step.status,
        status_details=step.status_details,
        state_data={place[0]: {place[1]: told or step.progress}} if place else None,
    )
    if step.state == session["state"]:
        return False
    check_move(session, step.state)
    moment.store.drop_timer(MOVE_TIMER, session["id"])
    session["state"] = step.state
    is_done = True
    if step.state == "StartingUp":
        is_done = moment.runtime.start(session)
    elif step.state == "Running":
        session.update(moment.runtime.endpoints(session))
    elif step.state in TAKEN_DOWN_IN:
        commands.kill_all(moment, session)
        is_done = moment.runtime.terminate(session)
    if step.state in AT_REST:
        session.update(dict.fromkeys(ENDPOINT_FIELDS))
    idleness.refresh(moment, session)
    return not is_done


def _tell(moment: Moment, session: Document, step: Step, cause: Cause, message: str | None = None) -> None:
    """Write the event of an arrival."""
    if step.event:
        kind, text = step.event
        level = "error" if step.state in ERRORED else "info"
        record(moment, session["id"], kind, f"{text} {message}" if message else text, cause, log_level=level)


def _conclude(moment: Moment, operation_id: str | None, **result: Document) -> None:
    _report(moment, operation_id, completed=True, progress=None, result=result)


def _report(moment: Moment, operation_id: str | None, **changes: Any) -> None:
    if operation_id:
        operation = moment.resource(OPERATIONS, "Session operation", operation_id)
        moment.store.save(OPERATIONS, operation | changes)
