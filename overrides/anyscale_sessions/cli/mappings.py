"""Reads a mapping that is written in YAML or JSON, and keeps for each member where it stands and how it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.reader import ReaderError

UNREADABLE = object()
"""Stands for a value that cannot be read."""

# What stands between the names and the values of a JSON object.
_BETWEEN = re.compile(r"[\s,:]*")
# PyYAML quotes what it could not read, which may be a secret; '<scalar>' and the like name tokens of its grammar.
_QUOTED = re.compile(r"""(?<=\s)(['"])[^<'"][^'"]+\1""")


class Member(NamedTuple):
    """One member of a mapping.

    Attributes:
        name: its name, as it is written.
        line: the line it begins in, counted from 1.
        value: its value, or `UNREADABLE`.
        word: how a value is written that is a number, a truth value or a date, but would be text in quotes.
    """

    name: str
    line: int
    value: object
    word: str | None


class Malformed(Exception):
    """The text is no mapping in YAML or JSON.

    Attributes:
        reason: why not. It quotes nothing of the text, which may hold secrets.
        line: the line in which that shows, if it shows in one.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line


def read_mapping(text: str) -> list[Member]:
    """The members of the mapping, in order; a name that is given twice is there twice. Raises `Malformed`.

    What looks like JSON is read as JSON, since PyYAML refuses some of it, such as tabs.
    """
    if not text.lstrip().startswith("{"):
        return _yaml_members(text)
    try:
        return list(_json_members(text))
    except Malformed as error:
        as_json = error
    try:
        return _yaml_members(text)
    except Malformed as as_yaml:
        # It is neither. The form in which it can be read further is the one that was meant.
        raise max(as_json, as_yaml, key=lambda error: error.line or 0) from None


def _json_members(text: str) -> Iterator[Member]:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise Malformed(error.msg, error.lineno) from None
    except (ValueError, RecursionError):
        raise Malformed("a number is too long, or the nesting too deep") from None
    # It is a well-formed object; now for the lines, and for names that are given twice.
    decode = json.JSONDecoder().raw_decode
    line, counted, at = 1, 0, _skip(text, text.index("{") + 1)
    while text[at] != "}":
        line, counted = line + text.count("\n", counted, at), at
        name, end = decode(text, at)
        start = _skip(text, end)
        value, end = decode(text, start)
        yield Member(name, line, value, _word(value, text[start:end]))
        at = _skip(text, end)


def _skip(text: str, at: int) -> int:
    return at + len(_BETWEEN.match(text, at)[0])


def _yaml_members(text: str) -> list[Member]:
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except RecursionError:
        raise Malformed("the nesting is too deep") from None
    except ReaderError as error:
        raise Malformed("it holds a control character", text.count("\n", 0, error.position) + 1) from None
    except yaml.MarkedYAMLError as error:
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise Malformed(_QUOTED.sub("'...'", reason), error.problem_mark and error.problem_mark.line + 1) from None
    if not isinstance(root, MappingNode):
        raise Malformed("it is no mapping of names to values", 1)
    return [_yaml_member(name, value) for name, value in root.value]


def _yaml_member(name: Node, value: Node) -> Member:
    line = name.start_mark.line + 1
    if not isinstance(name, ScalarNode):
        raise Malformed("a name must be text", line)
    try:
        content = SafeConstructor().construct_document(value)
    except Exception:  # noqa: BLE001 - PyYAML lets through whatever its conversions of a malformed value raise
        return Member(name.value, line, UNREADABLE, None)
    return Member(name.value, line, content, _word(content, value.value) if isinstance(value, ScalarNode) else None)


def _word(value: object, source: str) -> str | None:
    return source if isinstance(value, bool | int | float | date) else None
