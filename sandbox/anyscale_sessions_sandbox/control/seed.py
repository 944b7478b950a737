"""Sessions put into a sandbox as a test needs them, with their operations, commands and events."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from anyscale_sessions.states import TRANSITIONS

from ..engine import commands, lifecycle
from ..engine import transitions as journeys
from ..engine.backend import Backend
from ..engine.events import BY_SANDBOX, record
from ..engine.transaction import Moment
from ..engine.transition_rules import TransitionRule, TransitionRules
from ..errors import ConflictError, Loc, SandboxError
from ..faults import Fault, Faults
from ..gateway.validation import Validators
from ..spec import Document, Pointer, Spec
from ..storage.store import COMMANDS, OPERATIONS

Rule = TypeVar("Rule")
Problems: TypeAlias = list[str]

SECTIONS = frozenset({"sessions", "faults", "moves"})
# What a seeded session has besides the fields of CreateSession.
OF_SESSIONS = frozenset({"id", "state", "operations", "commands", "events"})
# What belongs to it, and what each field holds: a schema of the spec, or a field of one.
OF_OPERATIONS = {
    "id": ("ResourceId",),
    "type": ("SessionOperationType",),
    "completed": ("SessionOperation", "completed"),
    "error": ("OperationError", "message"),
}
OF_COMMANDS = {
    "id": ("ResourceId",),
    "shell_command": ("SessionCommand", "shell_command"),
    "status_code": ("SessionCommand", "status_code"),
}
OF_EVENTS = {
    "event_type": ("SessionEventTypes",),
    "description": ("SessionEvent", "description"),
    "log_level": ("LogLevelTypes",),
}
SCHEMAS = ("components", "schemas")


class SeedError(SandboxError, ValueError):
    """A seed that cannot be planted; `problems` says everything that is wrong with it, and nothing of it is there."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "the seed cannot be planted:\n" + "\n".join(f"  {problem}" for problem in self.problems)


class Seeding:
    """Checks seeds by one spec, and plants them."""

    def __init__(self, spec: Spec, validators: Callable[[], Validators]) -> None:
        self._spec = spec
        self._validators = validators

    def plant(self, backend: Backend, faults: Faults, moves: TransitionRules, seed: Mapping[str, Any]) -> None:
        """Put all that a seed holds into a sandbox, or nothing. Raises SeedError."""
        problems = _unknown(seed, SECTIONS, "")
        sessions = _list(seed, "sessions", "", problems)
        for index, session in enumerate(sessions):
            problems += self._problems_of(session, f"sessions.{index}")
        new_faults = _rules(Fault.from_dict, _list(seed, "faults", "", problems), "faults", problems)
        new_moves = _rules(TransitionRule.from_dict, _list(seed, "moves", "", problems), "moves", problems)
        if problems:
            raise SeedError(problems)
        try:
            with backend.moment() as moment:
                for index, session in enumerate(sessions):
                    self._plant_session(moment, session, f"sessions.{index}")
        except sqlite3.IntegrityError:
            raise SeedError(["an id is given twice, or is there already"]) from None
        for fault in new_faults:
            faults.add(fault)
        for move in new_moves:
            moves.add(move)

    def _problems_of(self, session: Document, place: str) -> Problems:
        problems = self._invalid(("CreateSession",), _fields_of(session), place)
        if "id" in session:
            problems += self._invalid(("ResourceId",), session["id"], f"{place}.id")
        state = session.get("state", "Stopped")
        if not (isinstance(state, str) and state in TRANSITIONS):
            problems.append(f"{place}.state: it is one of {', '.join(TRANSITIONS)}")
        for name, known, needed in (
            ("operations", OF_OPERATIONS, "type"),
            ("commands", OF_COMMANDS, "shell_command"),
            ("events", OF_EVENTS, "event_type"),
        ):
            for index, item in enumerate(_list(session, name, f"{place}.", problems)):
                here = f"{place}.{name}.{index}"
                problems += self._invalid_fields(item, known, here)
                problems += [f"{here}.{needed}: it must be given"] if needed not in item else []
        return problems

    def _invalid_fields(self, given: Document, known: Mapping[str, tuple[str, ...]], place: str) -> Problems:
        problems = _unknown(given, known, f"{place}.")
        for name, value in given.items():
            if name in known:
                problems += self._invalid(known[name], value, f"{place}.{name}")
        return problems

    def _invalid(self, held: tuple[str, ...], value: Any, place: str) -> Problems:
        loc: Loc = (place,)
        schema: Pointer = (*SCHEMAS, held[0])
        for name in held[1:]:
            schema = self._spec.properties(schema)[name]
        found = self._validators().problems(schema, value, loc)
        return [f"{'.'.join(map(str, problem.loc))}: {problem.msg}" for problem in found]

    def _plant_session(self, moment: Moment, session: Document, place: str) -> None:
        places = self._spec.properties((*SCHEMAS, "CreateSession"))
        schemas: dict[str, Document] = {name: self._spec.at(place) for name, place in places.items()}
        defaults = {name: schema["default"] for name, schema in schemas.items() if "default" in schema}
        planted = lifecycle.create(moment, defaults | _fields_of(session), session.get("id"))
        for state in _way(session.get("state", "Stopped")):
            journeys.move(moment, planted, state)
        for operation in session.get("operations", ()):
            _plant_operation(moment, planted, operation)
        for index, command in enumerate(session.get("commands", ())):
            try:
                _plant_command(moment, planted, command)
            except ConflictError as conflict:
                raise SeedError([f"{place}.commands.{index}: {conflict.detail}"]) from None
        for event in session.get("events", ()):
            text, level = event.get("description", "It was seeded."), event.get("log_level", "info")
            record(moment, planted["id"], event["event_type"], text, BY_SANDBOX, log_level=level)


def _plant_operation(moment: Moment, session: Document, given: Document) -> None:
    error = given.get("error")
    completed = given.get("completed", True)
    data = {name: session[name] for name in ("id", "name", "state")}
    operation = {
        "id": given.get("id") or moment.new_id("sop"),
        "completed": completed,
        "session_id": session["id"],
        "session_operation_type": given["type"],
        "progress": None if completed else {"message": "It was seeded."},
        "result": ({"error": {"message": error}} if error else {"data": data}) if completed else None,
    }
    moment.store.insert(OPERATIONS, operation)


def _plant_command(moment: Moment, session: Document, given: Document) -> None:
    """A command that has ended if a status code is given; otherwise one that starts now."""
    fields = {"session_id": session["id"], "shell_command": given["shell_command"]}
    if "status_code" not in given:
        commands.start(moment, session, fields, given.get("id"))
        return
    command = {
        **fields,
        "id": given.get("id") or moment.new_id("scd"),
        "type": "COMMAND_LINE_RUNNER",
        "created_at": moment.stamp,
        "finished_at": moment.stamp,
        "status_code": given["status_code"],
    }
    moment.store.insert(COMMANDS, command)


def _way(state: str) -> list[str]:
    """The states that lead from Stopped to a state, on the shortest way there is."""
    ways: deque[list[str]] = deque([["Stopped"]])
    while ways[0][-1] != state:
        way = ways.popleft()
        ways += [[*way, following] for following in sorted(TRANSITIONS[way[-1]]) if following not in way]
    return ways[0][1:]


def _list(owner: Mapping[str, Any], name: str, place: str, problems: Problems) -> list[Document]:
    """A list of mappings; empty, with a problem, if it is none."""
    value: Any = owner.get(name, [])
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):  # pyright: ignore[reportUnknownVariableType]
        return value  # pyright: ignore[reportUnknownVariableType]
    problems.append(f"{place}{name}: it is a list of mappings")
    return []


def _fields_of(session: Document) -> Document:
    """Those fields of a seeded session that are fields of CreateSession."""
    return {name: value for name, value in session.items() if name not in OF_SESSIONS}


def _unknown(given: Mapping[str, Any], known: Collection[str], place: str) -> Problems:
    return [f"{place}{name}: it is none of {', '.join(sorted(known))}" for name in given if name not in known]


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
