"""The handler of each operation of the API: it takes a valid call and returns the response body.

Lists are sorted by creation, oldest first, with 10 items a page by default. Handlers return documents as they are
stored; the gateway reduces them to the fields of the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from ..clock import from_text, to_text
from ..engine import commands, lifecycle
from ..engine.transaction import Transaction
from ..engine.transitions import count_read
from ..errors import NotFoundError
from ..gateway.request import Call
from ..spec import Document
from ..storage.store import COMMANDS, EVENTS, OPERATIONS, SESSIONS, Condition, Table
from .pagination import page

Handler: TypeAlias = Callable[[Transaction, Call], Document | None]

NOT_DELETED = Condition("archived_at IS NULL")
# The conditions of TextQuery on a name. They are literal and case-sensitive.
NAME_CONDITIONS = {"equals": "name = ?", "not_equal": "name <> ?", "contains": "instr(name, ?) > 0"}

MIN_TIMESTAMP = to_text(datetime.min.replace(tzinfo=UTC))
MAX_TIMESTAMP = to_text(datetime.max.replace(tzinfo=UTC))


def create_session(transaction: Transaction, call: Call) -> Document:
    """Create a session. It is Stopped until it is started. Names need not be unique."""
    return {"result": lifecycle.create(transaction, call.body)}


def get_session(transaction: Transaction, call: Call) -> Document:
    """Return a session as it is now."""
    session = _session(transaction, call)
    count_read(transaction, session["id"])
    return {"result": session}


def update_session(transaction: Transaction, call: Call) -> Document:
    """Change settings of a session, in any state. They take effect at once."""
    session = _session(transaction, call)
    lifecycle.edit(transaction, session, call.body)
    return {"result": session}


def delete_session(transaction: Transaction, call: Call) -> None:
    """Delete a session that is Stopped or Terminated."""
    lifecycle.delete(transaction, _session(transaction, call))


def start_session(transaction: Transaction, call: Call) -> Document:
    """Start a session that is Stopped, Terminated or StartupErrored."""
    return {"result": lifecycle.start(transaction, _session(transaction, call), call.body)}


def terminate_session(transaction: Transaction, call: Call) -> Document:
    """Terminate a session that is neither Terminating nor Terminated. It may be starting."""
    return {"result": lifecycle.terminate(transaction, _session(transaction, call), call.body)}


def list_sessions(transaction: Transaction, call: Call) -> Document:
    """List the sessions of a project. A project needs no creation; an unused one is empty."""
    conditions = [Condition("project_id = ?", (call.query["project_id"],)), NOT_DELETED]
    return _listed(transaction, call, SESSIONS, conditions)


def search_sessions(transaction: Transaction, call: Call) -> Document:
    """List the sessions of a project that match all filters."""
    body = call.body
    conditions = [Condition("project_id = ?", (call.path["project_id"],)), NOT_DELETED]
    name = body.get("name", {})
    conditions += [Condition(sql, (name[test],)) for test, sql in NAME_CONDITIONS.items() if test in name]
    conditions += _among("state", body.get("state_filter", ()))
    if "creator_id" in body:
        conditions.append(Condition("creator_id = ?", (body["creator_id"],)))
    paging = body.get("paging", {})
    return page(transaction.store, SESSIONS, conditions, count=paging.get("count"), token=paging.get("paging_token"))


def get_session_for_job(transaction: Transaction, call: Call) -> Document:
    """Return the newest session of a production job."""
    job_id = call.path["production_job_id"]
    rows = transaction.store.select(SESSIONS, [Condition("ha_job_id = ?", (job_id,)), NOT_DELETED])
    if not rows:
        raise NotFoundError(f"Production job {job_id} has no session.")
    return {"result": rows[-1].document}


def get_session_operation(transaction: Transaction, call: Call) -> Document:
    """Return an operation. It outlives its session, so that a termination with deletion can be polled until its end."""
    operation = transaction.resource(OPERATIONS, "Session operation", call.path["session_operation_id"])
    count_read(transaction, operation["session_id"])
    return {"result": operation}


def create_session_command(transaction: Transaction, call: Call) -> Document:
    """Start a command in a Running session."""
    return {"result": commands.start(transaction, transaction.session(call.body["session_id"]), call.body)}


def list_session_commands(transaction: Transaction, call: Call) -> Document:
    """List all commands of a session, finished or not."""
    session = transaction.session(call.query["session_id"])
    return _listed(transaction, call, COMMANDS, [Condition("session_id = ?", (session["id"],))])


def get_session_command(transaction: Transaction, call: Call) -> Document:
    """Return a command as it is now. It outlives its session, as operations do."""
    return {"result": _command(transaction, call)}


def kill_session_command(transaction: Transaction, call: Call) -> Document:
    """Kill a command that has not finished."""
    command = _command(transaction, call)
    commands.kill(transaction, command)
    return {"result": command}


def get_session_event_log(transaction: Transaction, call: Call) -> Document:
    """List the events of a session, strictly before and after the given times."""
    query = call.query
    conditions = [Condition("session_id = ?", (transaction.session(query["session_id"])["id"],))]
    for name, sql in (("before", "timestamp < ?"), ("after", "timestamp > ?")):
        if name in query:
            conditions.append(Condition(sql, (_timestamp(query[name]),)))
    conditions += _among("event_type", query.get("event_types", ()))
    conditions += _among("log_level", query.get("log_level_types", ()))
    return _listed(transaction, call, EVENTS, conditions)


# By operation id. Other operations are answered with 501.
HANDLERS: Mapping[str, Handler] = {
    handler.__name__: handler
    for handler in (
        create_session,
        list_sessions,
        get_session,
        update_session,
        delete_session,
        search_sessions,
        start_session,
        terminate_session,
        get_session_for_job,
        get_session_operation,
        create_session_command,
        list_session_commands,
        get_session_command,
        kill_session_command,
        get_session_event_log,
    )
}


def _session(transaction: Transaction, call: Call) -> Document:
    return transaction.session(call.path["session_id"])


def _command(transaction: Transaction, call: Call) -> Document:
    return transaction.resource(COMMANDS, "Session command", call.path["session_command_id"])


def _listed(transaction: Transaction, call: Call, table: Table, conditions: Sequence[Condition]) -> Document:
    """The page that the query asks for."""
    count, token = call.query.get("count"), call.query.get("paging_token")
    return page(transaction.store, table, conditions, count=count, token=token)


def _among(column: str, values: Sequence[str]) -> list[Condition]:
    """The condition that a column has one of these values; no condition if there are no values."""
    # Duplicates are dropped, because SQLite limits the number of parameters.
    unique = tuple(dict.fromkeys(values))
    return [Condition(f"{column} IN ({', '.join('?' * len(unique))})", unique)] if unique else []


def _timestamp(text: str) -> str:
    """A valid time of a request as a timestamp of the store."""
    # Python has no leap seconds. Only the seconds of a valid time can be 60.
    leap = timedelta(seconds=text.count(":60"))
    try:
        return to_text(from_text(text.replace(":60", ":59")) + leap)
    except (OverflowError, ValueError):
        # It is outside the years 1 to 9999, and all events are inside.
        return MIN_TIMESTAMP if text.startswith("0") else MAX_TIMESTAMP
