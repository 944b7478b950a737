"""Reads a mapping that is written in YAML or JSON, and keeps for each member where it stands and how it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple, cast

import attrs
import yaml
from yaml.composer import ComposerError
from yaml.constructor import SafeConstructor
from yaml.error import Mark
from yaml.events import AliasEvent
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode
from yaml.reader import ReaderError

DEEPEST_NESTING = 50
NESTED_TOO_DEEP = "the nesting is too deep"

# What stands between the names and the values of a JSON object.
_BETWEEN = " \t\r\n,:"
# PyYAML quotes what it could not read, which may be a secret; '<scalar>' and the like name tokens of its grammar.
_QUOTED = re.compile(r"""(?<=\s)(['"])[^<'"][^'"]+\1""")
# Whole numbers that YAML 1.1 and YAML 1.2 read alike. To YAML 1.1, which PyYAML speaks, 012 is ten and 1:30 is ninety.
_PLAIN_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+")
_INT_TAG = "tag:yaml.org,2002:int"


@attrs.frozen
class Unreadable:
    """Stands for a value that cannot be read.

    Attributes:
        rule: what it breaks.
        remedy: what to do.
    """

    rule: str
    remedy: str


UNKNOWN_TAG = Unreadable("has a value that cannot be read", "write it without a YAML tag, or in quotes")
AMBIGUOUS_NUMBER = Unreadable(
    "has a number that YAML 1.1 and YAML 1.2 read differently",
    "write it in decimal digits, or in quotes if it is text",
)


class Member(NamedTuple):
    """One member of a mapping.

    Attributes:
        name: its name, as it is written.
        line: the line it begins in, counted from 1.
        value: its value, or why it cannot be read.
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
        if _is_too_deep(value):
            raise Malformed(NESTED_TOO_DEEP, line)
        yield Member(name, line, value, _word(value, text[start:end]))
        at = _skip(text, end)


def _skip(text: str, at: int) -> int:
    while text[at] in _BETWEEN:
        at += 1
    return at


def _yaml_members(text: str) -> list[Member]:
    try:
        root = yaml.compose(text, _Loader)
    except ReaderError as error:
        raise Malformed("it holds a control character", text.count("\n", 0, error.position) + 1) from None
    except yaml.MarkedYAMLError as error:
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        mark = error.problem_mark
        raise Malformed(_QUOTED.sub("'...'", reason), None if mark is None else mark.line + 1) from None
    if not isinstance(root, MappingNode):
        raise Malformed("it is no mapping of names to values", 1)
    return [_yaml_member(name, value) for name, value in root.value]


class _Loader(yaml.SafeLoader):
    """Takes no more than can be read in one go: no deep nesting, and no aliases that multiply what they stand for."""

    _depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        mark: Mark = cast("Any", self).peek_event().start_mark  # peek_event has no type
        is_alias = self.check_event(AliasEvent)
        self._depth += 1
        if self._depth > DEEPEST_NESTING:
            raise ComposerError(None, None, NESTED_TOO_DEEP, mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        if is_alias and not isinstance(node, ScalarNode):
            raise ComposerError(None, None, "an alias may stand for a single value only", mark)
        return node


def _yaml_member(name: Node, value: Node) -> Member:
    line = name.start_mark.line + 1
    if not isinstance(name, ScalarNode):
        raise Malformed("a name must be text", line)
    content = _content(value)
    return Member(name.value, line, content, _word(content, value.value) if isinstance(value, ScalarNode) else None)


def _content(node: Node) -> object:
    if _holds_ambiguous_number(node):
        return AMBIGUOUS_NUMBER
    constructor: Any = SafeConstructor()  # construct_document has no type
    try:
        return constructor.construct_document(node)
    except Exception:  # noqa: BLE001 - PyYAML lets through whatever its conversions of a malformed value raise
        return UNKNOWN_TAG


def _holds_ambiguous_number(node: Node) -> bool:
    match node:
        case MappingNode():
            return any(_holds_ambiguous_number(part) for pair in node.value for part in pair)
        case CollectionNode():
            return any(map(_holds_ambiguous_number, node.value))
        case _:
            text: str = node.value
            return node.tag == _INT_TAG and text[:1] in "+-0123456789" and not _PLAIN_NUMBER.fullmatch(text)


def _word(value: object, source: str) -> str | None:
    return source if isinstance(value, bool | int | float | date) else None


def _is_too_deep(value: object) -> bool:
    level, depth = [value], 1  # inside of the session
    while level and depth < DEEPEST_NESTING:
        level, depth = [inner for outer in level for inner in _inside(outer)], depth + 1
    return bool(level)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()
