"""Checks a snapshot before it is restored, so that no invalid document or timer makes later requests fail."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..clock import from_text
from ..errors import ConflictError
from ..runtimes.catalog import Catalog
from ..spec import Document
from ..storage.database import CLOCK_SETTING
from ..storage.ids import COUNT_SETTING
from ..storage.store import (
    CATALOG_SETTING,
    COMMANDS,
    EVENTS,
    NEVER,
    OPERATIONS,
    PAGING_KEY_SETTING,
    SESSIONS,
    Store,
    Table,
    Timer,
)
from .commands import COMMAND_TIMER
from .flows import FLOWS
from .idle_timeout import IDLE_TIMER
from .transitions import FLOW_TIMER, RULE_TIMER, check_transition


class _Activity(msgspec.Struct):
    is_active: str


class _Session(msgspec.Struct):
    id: str
    project_id: str
    name: str
    state: str
    creator_id: str
    created_at: str
    access_token: str
    archived_at: str | None
    uses_app_config: bool | None = None
    idle_timeout: int | None = None
    idle_timeout_last_activity_at: str | None = None
    activity_details: dict[str, _Activity] | None = None


class _Operation(msgspec.Struct):
    id: str
    session_id: str
    completed: bool
    session_operation_type: str


class _Command(msgspec.Struct):
    id: str
    session_id: str
    shell_command: str
    created_at: str
    finished_at: str | None = None
    killed_at: str | None = None
    status_code: int | None = None


class _Event(msgspec.Struct):
    id: str
    session_id: str
    event_type: str
    log_level: str
    timestamp: str


class _Cause(msgspec.Struct, forbid_unknown_fields=True):
    cause_user: str | None
    cause_system: str | None


class _FlowRun(msgspec.Struct):
    flow: str
    step: int
    operation_id: str | None
    cause: _Cause
    delete: bool
    awaits_report: bool
    is_at_end: bool


class _RuleTimer(msgspec.Struct):
    to: str | None
    message: str | None
    reads_left: int | None

    def __post_init__(self) -> None:
        if self.to is None and self.reads_left is not None:
            raise ValueError("reads_left needs a state to change to")


class _CommandTimer(msgspec.Struct):
    status_code: int


class _IdleTimer(msgspec.Struct):
    pass


DOCUMENTS: Mapping[Table, type[msgspec.Struct]] = {
    SESSIONS: _Session,
    OPERATIONS: _Operation,
    COMMANDS: _Command,
    EVENTS: _Event,
}
TIMERS: Mapping[str, type[msgspec.Struct]] = {
    FLOW_TIMER: _FlowRun,
    RULE_TIMER: _RuleTimer,
    COMMAND_TIMER: _CommandTimer,
    IDLE_TIMER: _IdleTimer,
}
# By setting: a function that raises TypeError or ValueError for an invalid value.
SETTINGS: Mapping[str, Callable[[str], object]] = {
    PAGING_KEY_SETTING: bytes.fromhex,
    COUNT_SETTING: int,
    CATALOG_SETTING: functools.partial(msgspec.json.decode, type=Catalog),
}
# The fields of documents that are times.
TIMES = frozenset(
    {"created_at", "archived_at", "finished_at", "killed_at", "timestamp", "idle_timeout_last_activity_at"}
)


def check(store: Store) -> None:
    """Check all documents, timers and settings of a store. Raises ValueError for the first that is invalid."""
    for table, fields in DOCUMENTS.items():
        for row in store.select(table, ()):
            _check_document(table, fields, row.document)
    for timer in store.timers():
        _check_timer(store, timer)
    for seq, at in store.rows("SELECT seq, at FROM states"):
        _check_time(f"the state {seq}", at)
    for (seq,) in store.rows("SELECT seq FROM states WHERE session_id NOT IN (SELECT id FROM sessions) LIMIT 1"):
        raise ValueError(f"the state {seq} has no session")
    _check_time("the clock", store.setting(CLOCK_SETTING))
    for key, parse in SETTINGS.items():
        value = store.setting(key)
        if value is None:
            continue
        try:
            parse(value)
        except (TypeError, ValueError, msgspec.MsgspecError):
            raise ValueError(f"the setting {key!r} is invalid") from None


def _check_document(table: Table, fields: type[msgspec.Struct], document: Document) -> None:
    place = f"{table.name} {document.get('id')!r}"
    _convert(place, document, fields)
    for name in TIMES & document.keys():
        if document[name] is not None:
            _check_time(place, document[name])


def _check_timer(store: Store, timer: Timer) -> None:
    place = f"the timer {timer.kind!r} of {timer.subject_id!r}"
    if timer.kind not in TIMERS:
        raise ValueError(f"{place} is not one of {', '.join(TIMERS)}")
    if timer.due_at != NEVER:
        _check_time(place, timer.due_at)
    if store.find(COMMANDS if timer.kind == COMMAND_TIMER else SESSIONS, timer.subject_id) is None:
        raise ValueError(f"{place} has no subject")
    fields = _convert(place, timer.document, TIMERS[timer.kind])
    if isinstance(fields, _FlowRun):
        _check_flow(store, place, fields)
    if isinstance(fields, _RuleTimer) and fields.to is not None:
        _check_rule(store, timer, place, fields.to)


def _check_flow(store: Store, place: str, run: _FlowRun) -> None:
    flow = FLOWS.get(run.flow)
    if flow is None or not 0 <= run.step < len(flow.steps):
        raise ValueError(f"{place} has no such flow and step: {run.flow!r}, {run.step}")
    if run.operation_id is not None and store.find(OPERATIONS, run.operation_id) is None:
        raise ValueError(f"{place} has no such operation: {run.operation_id!r}")


def _check_rule(store: Store, timer: Timer, place: str, state: str) -> None:
    session = store.find(SESSIONS, timer.subject_id) or {}
    try:
        check_transition(session, state)
    except ConflictError as error:
        raise ValueError(f"{place}: {error}") from None


def _check_time(place: str, text: Any) -> None:
    try:
        from_text(text)
    except (AttributeError, ValueError):
        raise ValueError(f"{place} has an invalid time: {text!r}") from None


def _convert(place: str, document: Any, fields: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(document, fields)
    except msgspec.ValidationError as error:
        raise ValueError(f"{place}: {error}") from None
