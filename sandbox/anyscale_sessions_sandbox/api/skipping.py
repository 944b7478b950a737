"""Skipping waits: a read moves the clock to the end of what it asks about.

It is for services whose clients have real time and wait by polling, while the clock of the sandbox stands still.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..engine.backend import Backend
from ..engine.commands import COMMAND_TIMER
from ..engine.idle_timeout import running_in
from ..engine.runtime_reports import ENDING, STARTING
from ..engine.transaction import Transaction
from ..engine.transitions import FLOW_TIMER, RULE_TIMER
from ..gateway.request import Call
from ..spec import Document
from ..storage.store import COMMANDS, NEVER, OPERATIONS, SESSIONS, Condition

# The states in which a session is on its way to another one.
MOVING = STARTING | ENDING | {"Updating"}
# The parameters that name the sessions of a list, and the columns of the store for them.
LISTS = {"project_id": "project_id = ?", "production_job_id": "ha_job_id = ?"}
# Transition rules can send a session from one moving state to the other without end.
MAX_STEPS = 100


def skip_waits(backend: Backend, call: Call) -> None:
    """Move the clock until the sessions and commands that a read is about have reached a state in which they stay."""
    for _ in range(MAX_STEPS):
        with backend.transaction() as transaction:
            due_at = min(_due_times(transaction, call), default=NEVER)
        if due_at == NEVER:
            return
        backend.advance_to(due_at)


def _due_times(transaction: Transaction, call: Call) -> Iterator[str]:
    """When the sessions and commands that a call is about change next; `NEVER` sorts after every time."""
    for session in _sessions(transaction, call):
        kinds = (FLOW_TIMER, RULE_TIMER) if session["state"] in MOVING else (FLOW_TIMER,)
        for kind in kinds:
            if timer := transaction.store.timer(kind, session["id"]):
                yield timer.due_at
    for command_id in _commands(transaction, call):
        if timer := transaction.store.timer(COMMAND_TIMER, command_id):
            yield timer.due_at


def _sessions(transaction: Transaction, call: Call) -> Iterator[Document]:
    values = call.path | call.query
    session_id = values.get("session_id")
    operation_id = values.get("session_operation_id")
    if operation_id and (operation := transaction.store.find(OPERATIONS, operation_id)):
        session_id = operation["session_id"]
    if session_id and (session := transaction.store.find(SESSIONS, session_id)):
        yield session
    for name, sql in LISTS.items():
        if name in values:
            rows = transaction.store.select(SESSIONS, [Condition(sql, (values[name],))])
            yield from (row.document for row in rows)


def _commands(transaction: Transaction, call: Call) -> Iterator[str]:
    if "session_command_id" in call.path:
        yield call.path["session_command_id"]
    elif call.operation.id == "list_session_commands":
        running = running_in({"id": call.query["session_id"]})
        yield from (row.document["id"] for row in transaction.store.select(COMMANDS, running))
