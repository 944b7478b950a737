"""Reads a `CreateSession` from a YAML or JSON file, and reports every problem of the file with its line."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence

from anyscale_sessions.create_session import CreateSession
from anyscale_sessions.exceptions import InvalidSessionError, Problem
from anyscale_sessions_api.types import Secret, wire_names, wire_rules

from .mapping_parser import InvalidValue, MappingSyntaxError, Member, parse_mapping

MAX_FILE_BYTES = 1024 * 1024
STANDARD_INPUT = "-"
YAML_TEXT = "a: b\n"  # any valid cluster config
FIELDS = frozenset(wire_names(CreateSession))


class FileProblem(Problem, frozen=True):
    """A problem of a session file. `field` is empty if the problem is not about one field.

    Attributes:
        file: the file, as the user named it.
        line: the line of the problem, counted from 1, or `None` for a missing field.
    """

    file: str
    line: int | None = None

    def __str__(self) -> str:
        line = [] if self.line is None else [f"line {self.line}"]
        field = [self.field] if self.field else []
        return ": ".join([*line, *field, f"{self.rule}; {self.remedy}"])


class InvalidSessionFileError(InvalidSessionError):
    """A file does not describe a valid `CreateSession`. It has every problem, each with its line."""


def read_session_file(file: str) -> CreateSession:
    """Return the session that a file describes. `-` is standard input. Raises `InvalidSessionFileError`."""
    return _SessionFile(file).session()


class _SessionFile:
    def __init__(self, file: str) -> None:
        self._is_standard_input = file == STANDARD_INPUT
        self._path_or_descriptor: str | int = 0 if self._is_standard_input else file
        self._display_name = "standard input" if self._is_standard_input else file

    def session(self) -> CreateSession:
        session, problems = self._checked(self._members())
        if session is None:
            raise InvalidSessionFileError.of(self._display_name, problems)
        return session

    def _checked(self, found: Secret[list[Member]]) -> tuple[CreateSession | None, list[FileProblem]]:
        """The session of these members, or every problem with them."""
        members: dict[str, Member] = {}
        problems: list[FileProblem] = []
        for member in found.value:
            first = members.setdefault(member.name, member)
            if first is not member:
                rule = f"is already set in line {first.line}"
                problems.append(self._problem(rule, "remove one of the two", member.line, member.name))
            elif isinstance(member.value, InvalidValue):
                problems.append(self._problem(member.value.rule, member.value.remedy, member.line, member.name))
        try:
            session = CreateSession.from_dict({name: member.value for name, member in members.items()})
        except InvalidSessionError as error:
            problems += self._with_lines(error.problems, members)
        else:
            if not problems:
                return session, []
        # Problems without a line, such as a missing field, come last.
        problems.sort(key=lambda problem: (problem.line is None, problem.line or 0))
        return None, problems

    def _members(self) -> Secret[list[Member]]:
        text = self._text()
        try:
            return Secret(parse_mapping(text.value))
        except MappingSyntaxError as error:
            rule = f"must be a YAML or JSON mapping of CreateSession's fields: {error.reason}"
            line = error.line
        raise self._error(rule, "fix it, or start from one of the examples", line)

    def _text(self) -> Secret[str]:
        try:
            # Standard input is opened by its descriptor, because `sys.stdin` is None if it is closed.
            with open(self._path_or_descriptor, "rb", closefd=not self._is_standard_input) as stream:
                content = Secret(stream.read(MAX_FILE_BYTES + 1))
        except OSError as error:
            raise self._error(
                f"must be a readable file: {error.strerror}", "check its name and its permissions"
            ) from None
        if len(content.value) > MAX_FILE_BYTES:
            raise self._error(f"must be at most {MAX_FILE_BYTES:,} bytes", "pass a file that describes one session")
        try:
            return Secret(content.value.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = content.value.count(b"\n", 0, error.start) + 1
        raise self._error("must be UTF-8 text", "save it as UTF-8", line)

    def _with_lines(self, problems: Sequence[Problem], members: Mapping[str, Member]) -> Iterator[FileProblem]:
        """Return the problems with their lines, and with the remedy for a file where it differs."""
        valid_as_text = _valid_as_text({problem.field for problem in problems}, members)
        for problem in problems:
            # A problem inside of a value, such as `node.kind` or `zones[0]`, has the line where the value begins.
            member = members.get(_wire_name(problem.field)) or members.get(
                _wire_name(re.split(r"[.\[]", problem.field)[0])
            )
            if member is None:
                yield self._problem(problem.rule, problem.remedy, None, _wire_name(problem.field))
            elif not isinstance(member.value, InvalidValue) or member.name not in FIELDS:  # else it is reported already
                remedy = _remedy_as_text(member) if member.name in valid_as_text else problem.remedy
                yield self._problem(problem.rule, remedy, member.line, _wire_name(problem.field))

    def _problem(self, rule: str, remedy: str, line: int | None = None, field: str = "") -> FileProblem:
        return FileProblem(field=field, rule=rule, remedy=remedy, file=self._display_name, line=line)

    def _error(self, rule: str, remedy: str, line: int | None = None) -> InvalidSessionFileError:
        return InvalidSessionFileError.of(self._display_name, [self._problem(rule, remedy, line)])


def _valid_as_text(fields: set[str], members: Mapping[str, Member]) -> set[str]:
    """Return those of the invalid fields that would be valid if their values were written as text."""
    wire_fields = {_wire_name(field) for field in fields}
    texts = {
        name: text for name, member in members.items() if name in wire_fields and (text := _as_text(member)) is not None
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            CreateSession.from_dict({name: texts.get(name, member.value) for name, member in members.items()})
    except InvalidSessionError as error:
        return set(texts) - {_wire_name(problem.field) for problem in error.problems}
    return set(texts)


def _wire_name(field: str) -> str:
    """Return the name that a field has in a file."""
    return wire_rules(CreateSession).names.get(field, field)


def _as_text(member: Member) -> str | None:
    return YAML_TEXT if isinstance(member.value, dict) else member.source


def _remedy_as_text(member: Member) -> str:
    if isinstance(member.value, dict):
        return f"write `{member.name}: |`, and the YAML indented below it, so that it is text"
    return "put the value in quotes, so that it is text"
