"""Seeds: sessions with what belongs to them, faults, transition rules, and a catalog, added to a sandbox."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from anyscale_sessions.states import TRANSITIONS

from ..engine import commands, lifecycle, transitions
from ..engine.backend import Backend
from ..engine.events import BY_SANDBOX, record
from ..engine.transaction import Transaction
from ..engine.transition_rules import TransitionRule, TransitionRules
from ..errors import ConflictError, Loc, SandboxError
from ..faults import Fault, Faults
from ..gateway.validation import MAX_PROBLEMS, Validators
from ..runtimes.catalog import SECTIONS as CATALOG_SECTIONS
from ..runtimes.catalog import catalog_of
from ..spec import Document, Pointer, Spec
from ..storage.store import COMMANDS, OPERATIONS, SESSIONS

Rule = TypeVar("Rule")
Problems: TypeAlias = list[str]

SECTIONS = frozenset({"sessions", "faults", "transition_rules", *CATALOG_SECTIONS})
# The fields of a seeded session that are not fields of CreateSession.
SESSION_FIELDS = frozenset({"id", "state", "operations", "commands", "events"})
# The fields of what belongs to a session, each with its schema: a schema of the OpenAPI document, or a field of one.
OPERATION_FIELDS = {
    "id": ("ResourceId",),
    "type": ("SessionOperationType",),
    "completed": ("SessionOperation", "completed"),
    "error": ("OperationError", "message"),
}
COMMAND_FIELDS = {
    "id": ("ResourceId",),
    "shell_command": ("SessionCommand", "shell_command"),
    "status_code": ("SessionCommand", "status_code"),
}
EVENT_FIELDS = {
    "event_type": ("SessionEventTypes",),
    "description": ("SessionEvent", "description"),
    "log_level": ("LogLevelTypes",),
}
SCHEMAS = ("components", "schemas")


class SeedError(SandboxError, ValueError):
    """A seed that is invalid; `problems` has what is wrong with it, 100 places at most. Nothing of it was added."""

    def __init__(self, problems: Sequence[str]) -> None:
        problems = tuple(problems[:MAX_PROBLEMS])
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "invalid seed:\n" + "\n".join(f"  {problem}" for problem in self.problems)


class Seeder:
    """Checks and applies seeds."""

    def __init__(self, spec: Spec, validators: Callable[[], Validators]) -> None:
        self._spec = spec
        self._validators = validators

    def apply_seed(self, backend: Backend, faults: Faults, rules: TransitionRules, seed: Mapping[str, Any]) -> None:
        """Add everything in a seed to a sandbox, or nothing. Raises SeedError."""
        problems = _unknown(seed, SECTIONS, "")
        sessions = _list(seed, "sessions", "", problems)
        for index, session in enumerate(sessions):
            problems += self._problems_of(session, f"sessions.{index}")

        def new_fault(values: Mapping[str, Any]) -> Fault:
            fault = Fault.from_dict(values)
            faults.check(fault)
            return fault

        new_faults = _rules(new_fault, _list(seed, "faults", "", problems), "faults", problems)
        section = "transition_rules"
        new_rules = _rules(TransitionRule.from_dict, _list(seed, section, "", problems), section, problems)
        catalog = catalog_of(seed, problems)
        if problems:
            raise SeedError(problems)
        try:
            with backend.transaction() as transaction:
                transaction.define(catalog)
                for index, session in enumerate(sessions):
                    self._add_session(transaction, session, f"sessions.{index}")
        except sqlite3.IntegrityError:
            raise SeedError(["an id is given twice or already exists"]) from None
        for fault in new_faults:
            faults.add(fault)
        for rule in new_rules:
            rules.add(rule)

    def _problems_of(self, session: Document, place: str) -> Problems:
        problems = self._invalid(("CreateSession",), _fields_of(session), place)
        if "id" in session:
            problems += self._invalid(("ResourceId",), session["id"], f"{place}.id")
        state = session.get("state", "Stopped")
        if not (isinstance(state, str) and state in self._states()):
            problems.append(f"{place}.state: must be one of {', '.join(self._states())}")
        for name, known, needed in (
            ("operations", OPERATION_FIELDS, "type"),
            ("commands", COMMAND_FIELDS, "shell_command"),
            ("events", EVENT_FIELDS, "event_type"),
        ):
            for index, item in enumerate(_list(session, name, f"{place}.", problems)):
                here = f"{place}.{name}.{index}"
                problems += self._invalid_fields(item, known, here)
                problems += [f"{here}.{needed}: field required"] if needed not in item else []
        return problems

    def _states(self) -> list[str]:
        """The states with a lifecycle, and those that only the OpenAPI document has."""
        declared: list[str] = self._spec.at((*SCHEMAS, "SessionState"))["enum"]
        return [*TRANSITIONS, *(state for state in declared if state not in TRANSITIONS)]

    def _invalid_fields(self, values: Document, known: Mapping[str, tuple[str, ...]], place: str) -> Problems:
        problems = _unknown(values, known, f"{place}.")
        for name, value in values.items():
            if name in known:
                problems += self._invalid(known[name], value, f"{place}.{name}")
        return problems

    def _invalid(self, path: tuple[str, ...], value: Any, place: str) -> Problems:
        loc: Loc = (place,)
        schema: Pointer = (*SCHEMAS, path[0])
        for name in path[1:]:
            schema = self._spec.properties(schema)[name]
        found = self._validators().compile(schema).problems(value, loc)
        return [f"{'.'.join(map(str, problem.loc))}: {problem.msg}" for problem in found]

    def _add_session(self, transaction: Transaction, session: Document, place: str) -> None:
        places = self._spec.properties((*SCHEMAS, "CreateSession"))
        schemas: dict[str, Document] = {name: self._spec.at(place) for name, place in places.items()}
        defaults = {name: schema["default"] for name, schema in schemas.items() if "default" in schema}
        seeded = lifecycle.create(transaction, defaults | _fields_of(session), session.get("id"))
        state = session.get("state", "Stopped")
        if state in TRANSITIONS:
            for following in _path_to(state):
                transitions.transition_to(transaction, seeded, following)
        else:
            seeded["state"] = state
            transaction.note_state(seeded)
            transaction.store.save(SESSIONS, seeded)
        for operation in session.get("operations", ()):
            _add_operation(transaction, seeded, operation)
        for index, command in enumerate(session.get("commands", ())):
            try:
                _add_command(transaction, seeded, command)
            except ConflictError as conflict:
                raise SeedError([f"{place}.commands.{index}: {conflict.detail}"]) from None
        for event in session.get("events", ()):
            text, level = event.get("description", "It was seeded."), event.get("log_level", "info")
            record(transaction, seeded["id"], event["event_type"], text, BY_SANDBOX, log_level=level)


def _add_operation(transaction: Transaction, session: Document, values: Document) -> None:
    error = values.get("error")
    completed = values.get("completed", True)
    data = {name: session[name] for name in ("id", "name", "state")}
    operation = {
        "id": values.get("id") or transaction.new_id("sop"),
        "completed": completed,
        "session_id": session["id"],
        "session_operation_type": values["type"],
        "progress": None if completed else {"message": "It was seeded."},
        "result": ({"error": {"message": error}} if error else {"data": data}) if completed else None,
    }
    transaction.store.insert(OPERATIONS, operation)


def _add_command(transaction: Transaction, session: Document, values: Document) -> None:
    """Add a finished command if there is a status code, and start one otherwise."""
    fields = {"session_id": session["id"], "shell_command": values["shell_command"]}
    if "status_code" not in values:
        commands.start(transaction, session, fields, values.get("id"))
        return
    command = {
        **fields,
        "id": values.get("id") or transaction.new_id("scd"),
        "type": "COMMAND_LINE_RUNNER",
        "created_at": transaction.timestamp,
        "finished_at": transaction.timestamp,
        "status_code": values["status_code"],
    }
    transaction.store.insert(COMMANDS, command)


def _path_to(state: str) -> list[str]:
    """The states on the shortest path from Stopped to a state."""
    paths: deque[list[str]] = deque([["Stopped"]])
    while paths[0][-1] != state:
        path = paths.popleft()
        paths += [[*path, following] for following in sorted(TRANSITIONS[path[-1]]) if following not in path]
    return paths[0][1:]


def _list(owner: Mapping[str, Any], name: str, place: str, problems: Problems) -> list[Document]:
    """A list of mappings. For anything else, a problem is added and the list is empty."""
    value: Any = owner.get(name, [])
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):  # pyright: ignore[reportUnknownVariableType]
        return value  # pyright: ignore[reportUnknownVariableType]
    problems.append(f"{place}{name}: must be a list of mappings")
    return []


def _fields_of(session: Document) -> Document:
    """The fields of a seeded session that are fields of CreateSession."""
    return {name: value for name, value in session.items() if name not in SESSION_FIELDS}


def _unknown(given: Mapping[str, Any], known: Collection[str], place: str) -> Problems:
    fields = ", ".join(sorted(known))
    return [f"{place}{name}: unknown field; known fields: {fields}" for name in given if name not in known]


def _rules(
    make: Callable[[Mapping[str, Any]], Rule], given: list[Document], place: str, problems: Problems
) -> list[Rule]:
    made: list[Rule] = []
    for index, values in enumerate(given):
        try:
            made.append(make(values))
        except ValueError as error:
            problems.append(f"{place}.{index}: {error}")
    return made
