"""Reads a `CreateSession` from a YAML or JSON file, and says of a file that holds none where and why."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence

from anyscale_sessions.create_session import CreateSession
from anyscale_sessions.exceptions import InvalidSessionError, Problem
from anyscale_sessions_api.types import field_names

from .mappings import Malformed, Member, Unreadable, read_mapping

MAX_FILE_BYTES = 1024 * 1024
STANDARD_INPUT = "-"
SOME_YAML = "a: b\n"
FIELDS = frozenset(field_names(CreateSession))


class FileProblem(Problem, frozen=True):
    """One thing that is wrong with a session file; `field` is empty where it is no single field.

    Attributes:
        file: the file, as the user named it.
        line: the line it stands in, counted from 1, where there is one.
    """

    file: str
    line: int | None = None

    def __str__(self) -> str:
        place = [] if self.line is None else [f"line {self.line}"]
        field = [self.field] if self.field else []
        return ": ".join([*place, *field, f"{self.rule}; {self.remedy}"])


class InvalidSessionFile(InvalidSessionError):
    """A file that holds no valid `CreateSession`: every problem at once, each with its line."""


def read_session_file(file: str) -> CreateSession:
    """The session that a file describes; `-` is standard input. Raises `InvalidSessionFile`."""
    return _SessionFile(file).session()


class _SessionFile:
    def __init__(self, file: str) -> None:
        self._is_standard_input = file == STANDARD_INPUT
        self._place: str | int = 0 if self._is_standard_input else file
        self._title = "standard input" if self._is_standard_input else file

    def session(self) -> CreateSession:
        given: dict[str, Member] = {}
        problems: list[FileProblem] = []
        for member in self._members():
            first = given.setdefault(member.name, member)
            if first is not member:
                rule = f"must be given once, and line {first.line} gives it already"
                problems.append(self._problem(rule, "remove one of the two", member.line, member.name))
            elif isinstance(member.value, Unreadable):
                problems.append(self._problem(member.value.rule, member.value.remedy, member.line, member.name))
        try:
            session = CreateSession.from_dict({name: member.value for name, member in given.items()})
        except InvalidSessionError as error:
            problems += self._located(error.problems, given)
        else:
            if not problems:
                return session
        # What stands in no line, such as a field that is missing, comes last.
        problems.sort(key=lambda problem: (problem.line is None, problem.line or 0))
        raise InvalidSessionFile.of(self._title, problems)

    def _members(self) -> list[Member]:
        try:
            return read_mapping(self._text())
        except Malformed as error:
            rule = f"must be a YAML or JSON mapping of CreateSession's fields: {error.reason}"
            line = error.line
        raise self._refused(rule, "mend it, or begin with one of the examples", line)

    def _text(self) -> str:
        try:
            # Standard input by its descriptor, since `sys.stdin` is None where it is closed.
            with open(self._place, "rb", closefd=not self._is_standard_input) as stream:
                content = stream.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise self._refused(f"must be a readable file: {error.strerror}", "check its name and its mode") from None
        if len(content) > MAX_FILE_BYTES:
            raise self._refused(f"must hold at most {MAX_FILE_BYTES:,} bytes", "name a file that describes one session")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
        raise self._refused("must be UTF-8 text", "save it as UTF-8", line)

    def _located(self, problems: Sequence[Problem], given: Mapping[str, Member]) -> Iterator[FileProblem]:
        """The same problems with their lines, and with the remedy that a file needs where that is another."""
        mended = _mended_as_text({problem.field for problem in problems}, given)
        for problem in problems:
            # What is wrong within a value, such as `node.kind` or `zones[0]`, stands where the value begins.
            member = given.get(problem.field) or given.get(re.split(r"[.\[]", problem.field)[0])
            if member is None:
                yield self._problem(problem.rule, problem.remedy, None, problem.field)
            elif not isinstance(member.value, Unreadable) or member.name not in FIELDS:  # else its type is no news
                remedy = _remedy_as_text(member) if member.name in mended else problem.remedy
                yield self._problem(problem.rule, remedy, member.line, problem.field)

    def _problem(self, rule: str, remedy: str, line: int | None = None, field: str = "") -> FileProblem:
        return FileProblem(field=field, rule=rule, remedy=remedy, file=self._title, line=line)

    def _refused(self, rule: str, remedy: str, line: int | None = None) -> InvalidSessionFile:
        return InvalidSessionFile.of(self._title, [self._problem(rule, remedy, line)])


def _mended_as_text(fields: set[str], given: Mapping[str, Member]) -> set[str]:
    """Those of the refused fields whose values would be taken if they were written as text."""
    texts = {name: text for name, member in given.items() if name in fields and (text := _as_text(member)) is not None}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            CreateSession.from_dict({name: texts.get(name, member.value) for name, member in given.items()})
    except InvalidSessionError as error:
        return set(texts) - {problem.field for problem in error.problems}
    return set(texts)


def _as_text(member: Member) -> str | None:
    return SOME_YAML if isinstance(member.value, dict) else member.word


def _remedy_as_text(member: Member) -> str:
    if isinstance(member.value, dict):
        return f"it is text that holds YAML: write `{member.name}: |`, and the YAML indented below it"
    return "put the value in quotes, so that it is read as text"
