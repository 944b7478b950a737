"""State transitions of sessions: step by step along a flow, by transition rules, and on request of a test."""

from __future__ import annotations

from typing import Any

from anyscale_sessions.states import TRANSITIONS

from ..errors import ConflictError
from ..runtimes import ENDPOINT_FIELDS
from ..spec import Document
from ..storage.store import NEVER, OPERATIONS, SESSIONS, Timer
from . import commands, idle_timeout
from .events import BY_SANDBOX, Cause, record
from .flows import AT_REST, BEGINNINGS, ERRORED, FLOWS, START, START_FROM_CLUSTER_CONFIG, Flow, Step
from .transaction import Transaction

# What changes the state of a session next: its flow, or a transition rule instead.
FLOW_TIMER = "flow"
RULE_TIMER = "transition_rule"
# By state: where the `state_data` of a session has its progress or its error.
STATE_DATA_FIELDS = {
    "AwaitingStartup": ("startup", "startup_progress"),
    "StartingUp": ("startup", "startup_progress"),
    "AwaitingFileMounts": ("startup", "startup_progress"),
    "StartupErrored": ("startup", "startup_error"),
    "Stopping": ("stopping", "stop_progress"),
    "Terminating": ("stopping", "stop_progress"),
    "StoppingErrored": ("stopping", "stop_error"),
    "TerminatingErrored": ("stopping", "stop_error"),
}
# The states in which the machines of a session are taken down.
TAKEN_DOWN_IN = frozenset({"Stopping", "Terminating", "StartupErrored", *AT_REST})
# What can follow a state that only a newer OpenAPI document has, and that the sandbox therefore has no lifecycle for.
AFTER_AN_UNKNOWN_STATE = frozenset({"Terminating", "Terminated"})
INTERRUPTED = "The session was terminated in the meantime."


def begin_flow(
    transaction: Transaction,
    session: Document,
    flow: str,
    cause: Cause,
    *,
    at: str | None = None,
    then_delete: bool = False,
    awaits_report: bool = False,
) -> Document:
    """Begin a flow of a session, at its first step or at the state `at`. It aborts the current flow.

    With `awaits_report` the flow waits at its end for a report of the runtime.

    Returns the operation of the flow, or an empty document if the flow has none.
    """
    abort(transaction, session, INTERRUPTED)
    operation_id = None
    if FLOWS[flow].operation_type:
        operation_id = transaction.new_id("sop")
        operation = {
            "id": operation_id,
            "completed": False,
            "session_id": session["id"],
            "session_operation_type": FLOWS[flow].operation_type,
        }
        transaction.store.insert(OPERATIONS, operation)
    flow_run = {
        "flow": flow,
        "step": _step_at(FLOWS[flow], at) if at else _next_step(transaction, session, FLOWS[flow], 0),
        "operation_id": operation_id,
        "cause": cause._asdict(),
        "delete": then_delete,
        # Whether a report of the runtime is outstanding, and whether the last step waits for nothing else.
        "awaits_report": awaits_report,
        "is_at_end": False,
    }
    take_step(transaction, session, flow_run)
    return transaction.resource(OPERATIONS, "Session operation", operation_id) if operation_id else {}


def start_flow(session: Document) -> str:
    """The flow of a start of this session."""
    return START if session.get("uses_app_config") else START_FROM_CLUSTER_CONFIG


def take_step(transaction: Transaction, session: Document, flow_run: Document) -> None:
    """Take the next step of a flow that a session is in, and set the timer for the step after it.

    The last step waits until the runtime has reported.
    """
    flow = FLOWS[flow_run["flow"]]
    index: int = flow_run["step"]
    step = flow.steps[index]
    if step is flow.steps[-1] and flow_run["awaits_report"]:
        transaction.store.set_timer(Timer(NEVER, FLOW_TIMER, session["id"], flow_run | {"is_at_end": True}))
        return
    is_new = step.state != session["state"]
    awaits_report = enter(transaction, session, step) or flow_run["awaits_report"]
    _record_event(transaction, session, step, Cause(**flow_run["cause"]))
    if step is flow.steps[-1]:
        transaction.store.drop_timer(FLOW_TIMER, session["id"])
        session["pending_state"] = None
        if flow_run["delete"]:
            transaction.archive(session)
            transaction.runtime.forget(session)
        data = {name: session[name] for name in ("id", "name", "state")}
        _complete_operation(transaction, flow_run["operation_id"], data=data)
    else:
        session["pending_state"] = flow.wanted_state
        following = _next_step(transaction, session, flow, index + 1)
        wait_s = (flow.steps[following].at - step.at) * transaction.timings.of(flow.operation_type)
        changes = {"step": following, "awaits_report": awaits_report}
        transaction.schedule(FLOW_TIMER, session["id"], wait_s, flow_run | changes)
        _update_operation(transaction, flow_run["operation_id"], progress={"message": step.progress})
    if is_new:
        apply_rule(transaction, session)
    transaction.store.save(SESSIONS, session)


def report_done(transaction: Transaction, session: Document, timer: Timer) -> None:
    """Continue a flow, at its own times, after the runtime has reported."""
    flow_run = timer.document | {"awaits_report": False}
    if flow_run["is_at_end"]:
        take_step(transaction, session, flow_run)
    else:
        transaction.store.set_timer(timer._replace(document=flow_run))


def apply_rule(transaction: Transaction, session: Document) -> None:
    """Apply the transition rule, if there is one, to a session that has just entered its state."""
    rule = transaction.transition_rules.take(session, session["state"])
    if rule is None:
        return
    flow_timer = transaction.store.timer(FLOW_TIMER, session["id"])
    if flow_timer:
        transaction.store.set_timer(flow_timer._replace(due_at=NEVER))
    document: Document = {"to": rule.to_state, "message": rule.message, "reads_left": rule.after_reads}
    if rule.after_s is not None or rule.after_reads == 0:
        transaction.schedule(RULE_TIMER, session["id"], rule.after_s or 0.0, document)
    else:
        transaction.store.set_timer(Timer(NEVER, RULE_TIMER, session["id"], document))


def count_read(transaction: Transaction, session_id: str) -> None:
    """Count a read of a session, because a transition rule may apply after a number of reads."""
    timer = transaction.store.timer(RULE_TIMER, session_id)
    if timer is None or timer.document["reads_left"] is None:
        return
    document = timer.document
    reads_left = document["reads_left"] - 1
    if reads_left > 0:
        transaction.store.set_timer(timer._replace(document=document | {"reads_left": reads_left}))
    else:
        transition_to(transaction, transaction.session(session_id), document["to"], document["message"])


def transition_to(transaction: Transaction, session: Document, state: str, message: str | None = None) -> None:
    """Change the state of a session. If its flow goes through that state, the flow continues from there.

    Raises ConflictError if the state cannot follow the current one.
    """
    check_transition(session, state)
    transaction.store.drop_timer(RULE_TIMER, session["id"])
    flow_timer = transaction.store.timer(FLOW_TIMER, session["id"])
    if flow_timer:
        steps = FLOWS[flow_timer.document["flow"]].steps
        for index, step in enumerate(steps):
            if index >= flow_timer.document["step"] and step.state == state:
                take_step(transaction, session, flow_timer.document | {"step": index})
                return
    if state in BEGINNINGS:
        flow = start_flow(session) if BEGINNINGS[state] == START else BEGINNINGS[state]
        begin_flow(transaction, session, flow, BY_SANDBOX, at=state)
        return
    step = {**ERRORED, **AT_REST}[state]
    abort(transaction, session, message or step.event_text)
    enter(transaction, session, step, message or step.event_text)
    _record_event(transaction, session, step, BY_SANDBOX, message)
    session["pending_state"] = None
    apply_rule(transaction, session)
    transaction.store.save(SESSIONS, session)


def abort(transaction: Transaction, session: Document, reason: str) -> None:
    """Abort the flow of a session, if there is one. Its operation ends with an error."""
    flow_timer = transaction.store.timer(FLOW_TIMER, session["id"])
    if flow_timer:
        transaction.store.drop_timer(FLOW_TIMER, session["id"])
        _complete_operation(transaction, flow_timer.document["operation_id"], error={"message": reason})


def check_transition(session: Document, state: str) -> None:
    """Raise ConflictError if the state cannot follow the current state of the session."""
    if state not in TRANSITIONS.get(session["state"], AFTER_AN_UNKNOWN_STATE):
        raise ConflictError(f"Session {session['id']} is {session['state']} and cannot become {state}.")


def _step_at(flow: Flow, state: str) -> int:
    """The index of the first step of a flow that has this state."""
    return [step.state for step in flow.steps].index(state)


def _next_step(transaction: Transaction, session: Document, flow: Flow, index: int) -> int:
    """The index of the next step. Optional steps without a transition rule are skipped."""
    rules = transaction.transition_rules
    while flow.steps[index].optional and not rules.has_rule_for(session, flow.steps[index].state):
        index += 1
    return index


def enter(transaction: Transaction, session: Document, step: Step, message: str | None = None) -> bool:
    """Set the fields of a session to those of a step, and do what a new state requires.

    Returns True if the runtime has begun something and will report when it is done.
    """
    field = STATE_DATA_FIELDS.get(step.state)
    session.update(
        status=step.status,
        status_details=step.status_details,
        state_data={field[0]: {field[1]: message or step.progress}} if field else None,
    )
    if step.state == session["state"]:
        return False
    check_transition(session, step.state)
    transaction.store.drop_timer(RULE_TIMER, session["id"])
    session["state"] = step.state
    transaction.note_state(session)
    is_done = True
    if step.state == "StartingUp":
        session["activity_details"] = None
        is_done = transaction.runtime.start(session, transaction.catalog)
    elif step.state == "Running":
        session.update(transaction.runtime.endpoints(session))
    elif step.state in TAKEN_DOWN_IN:
        commands.kill_all(transaction, session)
        is_done = transaction.runtime.terminate(session)
    if step.state in AT_REST:
        session.update(dict.fromkeys(ENDPOINT_FIELDS))
    idle_timeout.refresh(transaction, session)
    return not is_done


def _record_event(
    transaction: Transaction, session: Document, step: Step, cause: Cause, message: str | None = None
) -> None:
    """Log the event of a step, if it has one."""
    if step.event:
        kind, text = step.event
        level = "error" if step.state in ERRORED else "info"
        record(transaction, session["id"], kind, f"{text} {message}" if message else text, cause, log_level=level)


def _complete_operation(transaction: Transaction, operation_id: str | None, **result: Document) -> None:
    _update_operation(transaction, operation_id, completed=True, progress=None, result=result)


def _update_operation(transaction: Transaction, operation_id: str | None, **changes: Any) -> None:
    if operation_id:
        operation = transaction.resource(OPERATIONS, "Session operation", operation_id)
        transaction.store.save(OPERATIONS, operation | changes)
