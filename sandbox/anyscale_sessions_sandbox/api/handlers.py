"""What each operation of the API does, by operation id: a valid call in, a response's body out.

Lists are oldest first, and of 10 unless the call says how many. The responses' fields are cut to the spec later, so that
documents can be passed on as they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from ..clock import from_text, to_text
from ..engine import commands, lifecycle
from ..engine.transaction import Moment
from ..engine.transitions import note_read
from ..errors import NotFoundError
from ..gateway.request import Call
from ..spec import Document
from ..storage.store import COMMANDS, EVENTS, OPERATIONS, SESSIONS, Condition, Table
from .pagination import page

Handler: TypeAlias = Callable[[Moment, Call], Document | None]

NOT_DELETED = Condition("archived_at IS NULL")
# Conditions on a name, as TextQuery has them: taken literally, and with regard to case.
NAME_CONDITIONS = {"equals": "name = ?", "not_equal": "name <> ?", "contains": "instr(name, ?) > 0"}

FIRST_MOMENT = to_text(datetime.min.replace(tzinfo=UTC))
LAST_MOMENT = to_text(datetime.max.replace(tzinfo=UTC))


def create_session(moment: Moment, call: Call) -> Document:
    """A session is Stopped until it is started. Names need not be unique, in a project or anywhere."""
    return {"result": lifecycle.create(moment, call.body)}


def get_session(moment: Moment, call: Call) -> Document:
    """The session as it is now."""
    session = _session(moment, call)
    note_read(moment, session["id"])
    return {"result": session}


def update_session(moment: Moment, call: Call) -> Document:
    """Settings change at once, whatever the state, which stays."""
    session = _session(moment, call)
    lifecycle.edit(moment, session, call.body)
    return {"result": session}


def delete_session(moment: Moment, call: Call) -> None:
    """Only a session that is Stopped or Terminated can be deleted."""
    lifecycle.delete(moment, _session(moment, call))


def start_session(moment: Moment, call: Call) -> Document:
    """A session can be started that is Stopped, Terminated or StartupErrored."""
    return {"result": lifecycle.start(moment, _session(moment, call), call.body)}


def terminate_session(moment: Moment, call: Call) -> Document:
    """Every session can be terminated that is neither Terminating nor Terminated, also one that is starting."""
    return {"result": lifecycle.terminate(moment, _session(moment, call), call.body)}


def list_sessions(moment: Moment, call: Call) -> Document:
    """Projects are no resources here: one that nobody used is empty."""
    conditions = [Condition("project_id = ?", (call.query["project_id"],)), NOT_DELETED]
    return _listed(moment, call, SESSIONS, conditions)


def search_sessions(moment: Moment, call: Call) -> Document:
    """The sessions of a project that pass every filter."""
    body = call.body
    conditions = [Condition("project_id = ?", (call.path["project_id"],)), NOT_DELETED]
    name = body.get("name", {})
    conditions += [Condition(sql, (name[test],)) for test, sql in NAME_CONDITIONS.items() if test in name]
    conditions += _among("state", body.get("state_filter", ()))
    if "creator_id" in body:
        conditions.append(Condition("creator_id = ?", (body["creator_id"],)))
    paging = body.get("paging", {})
    return page(moment.store, SESSIONS, conditions, count=paging.get("count"), token=paging.get("paging_token"))


def get_session_for_job(moment: Moment, call: Call) -> Document:
    """The newest session that was made for the job."""
    job_id = call.path["production_job_id"]
    rows = moment.store.select(SESSIONS, [Condition("ha_job_id = ?", (job_id,)), NOT_DELETED])
    if not rows:
        raise NotFoundError(f"Production job {job_id} has no session.")
    return {"result": rows[-1].document}


def get_session_operation(moment: Moment, call: Call) -> Document:
    """Operations outlive their sessions, so that a termination which deletes can be followed to its end."""
    operation = moment.resource(OPERATIONS, "Session operation", call.path["session_operation_id"])
    note_read(moment, operation["session_id"])
    return {"result": operation}


def create_session_command(moment: Moment, call: Call) -> Document:
    """Only a session that is Running runs commands."""
    return {"result": commands.start(moment, moment.session(call.body["session_id"]), call.body)}


def list_session_commands(moment: Moment, call: Call) -> Document:
    """All commands of a session, ended or not."""
    session = moment.session(call.query["session_id"])
    return _listed(moment, call, COMMANDS, [Condition("session_id = ?", (session["id"],))])


def get_session_command(moment: Moment, call: Call) -> Document:
    """The command as it is now. It outlives its session, as operations do."""
    return {"result": _command(moment, call)}


def kill_session_command(moment: Moment, call: Call) -> Document:
    """Killed at once; a command that has finished cannot be."""
    command = _command(moment, call)
    commands.kill(moment, command)
    return {"result": command}


def get_session_event_log(moment: Moment, call: Call) -> Document:
    """The events strictly before and after the moments given."""
    query = call.query
    conditions = [Condition("session_id = ?", (moment.session(query["session_id"])["id"],))]
    for name, sql in (("before", "timestamp < ?"), ("after", "timestamp > ?")):
        if name in query:
            conditions.append(Condition(sql, (_moment_text(query[name]),)))
    conditions += _among("event_type", query.get("event_types", ()))
    conditions += _among("log_level", query.get("log_level_types", ()))
    return _listed(moment, call, EVENTS, conditions)


# By operation id. An operation of the spec that is not here is answered with 501.
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


def _session(moment: Moment, call: Call) -> Document:
    return moment.session(call.path["session_id"])


def _command(moment: Moment, call: Call) -> Document:
    return moment.resource(COMMANDS, "Session command", call.path["session_command_id"])


def _listed(moment: Moment, call: Call, table: Table, conditions: Sequence[Condition]) -> Document:
    """One page, as the query asks for it."""
    count, token = call.query.get("count"), call.query.get("paging_token")
    return page(moment.store, table, conditions, count=count, token=token)


def _among(column: str, values: Sequence[str]) -> list[Condition]:
    """The condition that a column has one of these values; none if there are none.

    A value that stands there more than once counts once, as SQLite takes only so many.
    """
    wanted = tuple(dict.fromkeys(values))
    return [Condition(f"{column} IN ({', '.join('?' * len(wanted))})", wanted)] if wanted else []


def _moment_text(text: str) -> str:
    """A moment that the spec allows, as the store has it."""
    # The sandbox knows no leap seconds. Where one is told, nothing else of a moment can be 60.
    leap = timedelta(seconds=text.count(":60"))
    try:
        return to_text(from_text(text.replace(":60", ":59")) + leap)
    except (OverflowError, ValueError):
        # It lies outside the years 1 to 9999, and all that ever happened inside.
        return FIRST_MOMENT if text.startswith("0") else LAST_MOMENT
