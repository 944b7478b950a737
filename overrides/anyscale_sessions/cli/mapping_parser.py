"""Parses a mapping in YAML or JSON, and keeps the line and the source text of each member."""

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

MAX_NESTING = 50
NESTED_TOO_DEEP = "the nesting is too deep"

# The characters between the names and the values of a JSON object.
_SEPARATORS = " \t\r\n,:"
# The messages of PyYAML quote the text that it could not parse, which may be a secret. Names of tokens of its grammar,
# such as '<scalar>', are kept.
_QUOTED = re.compile(r"""(?<=\s)(['"])[^<'"][^'"]+\1""")
# Integers that mean the same in YAML 1.1 and YAML 1.2. In YAML 1.1, which PyYAML implements, 012 is 10 and 1:30 is 90.
_PLAIN_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+")
_INT_TAG = "tag:yaml.org,2002:int"


@attrs.frozen
class InvalidValue:
    """Takes the place of a value that cannot be parsed.

    Attributes:
        rule: the rule that the value breaks.
        remedy: what to do.
    """

    rule: str
    remedy: str


UNKNOWN_TAG = InvalidValue("has a value that cannot be parsed", "write it without a YAML tag, or in quotes")
AMBIGUOUS_NUMBER = InvalidValue(
    "has a number that YAML 1.1 and YAML 1.2 read differently",
    "write it in decimal digits, or in quotes if it is text",
)


class Member(NamedTuple):
    """One member of a mapping.

    Attributes:
        name: the name, as it is written.
        line: the line in which it begins, counted from 1.
        value: the parsed value, or an `InvalidValue`.
        source: the source text of a number, a boolean or a date, which would be text if it were in quotes; else `None`.
    """

    name: str
    line: int
    value: object
    source: str | None


class MappingSyntaxError(Exception):
    """The text is not a mapping in YAML or JSON.

    Attributes:
        reason: what is wrong. It quotes nothing of the text, which may contain secrets.
        line: the line of the error, counted from 1, or `None` if it has no line.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line


def parse_mapping(text: str) -> list[Member]:
    """Return the members of the mapping in order, a repeated name as often as it occurs. Raises `MappingSyntaxError`.

    Text that begins like JSON is parsed as JSON first, because PyYAML refuses some valid JSON, such as tabs.
    """
    if not text.lstrip().startswith("{"):
        return _yaml_members(text)
    try:
        return list(_json_members(text))
    except MappingSyntaxError as error:
        as_json = error
    try:
        return _yaml_members(text)
    except MappingSyntaxError as as_yaml:
        # It is neither. The parser that got further reports the error.
        raise max(as_json, as_yaml, key=lambda error: error.line or 0) from None


def _json_members(text: str) -> Iterator[Member]:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise MappingSyntaxError(error.msg, error.lineno) from None
    except (ValueError, RecursionError):
        raise MappingSyntaxError("a number is too long, or the nesting is too deep") from None
    # The JSON is valid. Go through it once more for line numbers and repeated names, which json.loads does not report.
    decode = json.JSONDecoder().raw_decode
    line, counted, at = 1, 0, _skip(text, text.index("{") + 1)
    while text[at] != "}":
        line, counted = line + text.count("\n", counted, at), at
        name, end = decode(text, at)
        start = _skip(text, end)
        value, end = decode(text, start)
        if _is_too_deep(value):
            raise MappingSyntaxError(NESTED_TOO_DEEP, line)
        yield Member(name, line, value, _source(value, text[start:end]))
        at = _skip(text, end)


def _skip(text: str, at: int) -> int:
    while text[at] in _SEPARATORS:
        at += 1
    return at


def _yaml_members(text: str) -> list[Member]:
    try:
        root = yaml.compose(text, _Loader)
    except ReaderError as error:
        raise MappingSyntaxError("it contains a control character", text.count("\n", 0, error.position) + 1) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if mark is not None and _is_tab(text, mark):
            raise MappingSyntaxError("it has a tab where YAML allows only spaces", mark.line + 1) from None
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise MappingSyntaxError(_QUOTED.sub("'...'", reason), None if mark is None else mark.line + 1) from None
    if not isinstance(root, MappingNode):
        raise MappingSyntaxError("it is not a mapping of names to values", 1)
    return [_yaml_member(name, value) for name, value in root.value]


def _is_tab(text: str, mark: Mark) -> bool:
    """Whether the error at a mark comes from a tab: there, or in the indentation of its line."""
    line = text[mark.index - mark.column :].partition("\n")[0]
    indentation = line[: len(line) - len(line.lstrip())]
    return line[mark.column : mark.column + 1] == "\t" or "\t" in indentation


class _Loader(yaml.SafeLoader):
    """Refuses deep nesting, and aliases of lists and mappings, which could turn a small file into a huge value."""

    _depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        mark: Mark = cast("Any", self).peek_event().start_mark  # peek_event has no type
        is_alias = self.check_event(AliasEvent)
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise ComposerError(None, None, NESTED_TOO_DEEP, mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        if is_alias and not isinstance(node, ScalarNode):
            raise ComposerError(None, None, "an alias of a list or a mapping is not allowed", mark)
        return node


def _yaml_member(name: Node, value: Node) -> Member:
    line = name.start_mark.line + 1
    if not isinstance(name, ScalarNode):
        raise MappingSyntaxError("a name must be text", line)
    constructed = _construct(value)
    return Member(
        name.value, line, constructed, _source(constructed, value.value) if isinstance(value, ScalarNode) else None
    )


def _construct(node: Node) -> object:
    if _holds_ambiguous_number(node):
        return AMBIGUOUS_NUMBER
    constructor: Any = SafeConstructor()  # construct_document has no type
    try:
        return constructor.construct_document(node)
    except Exception:  # noqa: BLE001 - PyYAML does not wrap the errors of its own conversions
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


def _source(value: object, source: str) -> str | None:
    return source if isinstance(value, bool | int | float | date) else None


def _is_too_deep(value: object) -> bool:
    level, depth = [value], 1  # the mapping itself is one level
    while level and depth < MAX_NESTING:
        level, depth = [inner for outer in level for inner in _children(outer)], depth + 1
    return bool(level)


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()
