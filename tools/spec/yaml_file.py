"""Read a YAML file as plain data of JSON, or report in one line why it cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError

# A spec of a thousand operations has some hundred thousand; aliases of aliases can stand for more than memory holds.
MOST_VALUES = 1_000_000
MOST_MERGED_KEYS = 10_000
# Reading takes time and memory in proportion. The specs of the largest public APIs that are one service are shorter.
MOST_LINES = 50_000
MOST_BYTES = 8 * 2**20


class RegenerationError(Exception):
    """A tool cannot go on; the message is for the person who ran it, a line for each problem."""


class _Constructor(SafeConstructor):
    """Reads what YAML 1.2 does: a date is text, as it is in JSON. Whether there is such a day is the spec's concern."""

    def construct_yaml_timestamp(self, node: Any, values: object = None) -> str:  # noqa: ARG002 - its signature
        return str(node.value)

    def flatten_mapping(self, node: Any) -> Any:
        """Put the merged mappings in; merges of merges can stand for more than memory holds."""
        super().flatten_mapping(node)  # pyright: ignore[reportUnknownMemberType]
        if len(node.value) > MOST_MERGED_KEYS:
            raise _TooMany


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)  # pyright: ignore[reportUnknownMemberType]


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Each place has a value of its own, also where the file shares it by an alias."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    try:
        content: object = yaml.load(_text(path))  # pyright: ignore[reportUnknownMemberType]
        plain = _plain(content, iter(range(MOST_VALUES)))
        if not isinstance(plain, dict):
            raise RegenerationError(f"{path.name}: a mapping is needed, found {type(content).__name__}")
        return cast("dict[str, Any]", plain)
    except OSError as error:
        raise RegenerationError(f"{path.name}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RegenerationError(f"{path.name}: not UTF-8 (byte {error.start})") from error
    except RecursionError:
        raise RegenerationError(f"{path.name}: nested too deeply, or in a ring of aliases") from None
    except _TooMany:
        raise RegenerationError(f"{path.name}: its aliases stand for more than {MOST_VALUES} values") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        reason = " ".join(str(getattr(error, "problem", None) or error).split())
        raise RegenerationError(f"{path.name}: not YAML: {reason}{where}") from error
    except (ValueError, TypeError, AttributeError, LookupError) as error:  # from a tag whose value is none of its kind
        raise RegenerationError(f"{path.name}: not YAML: {error}") from error


def _text(path: Path) -> str:
    """The text of the file, if it is not too long to be read in bounded time."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise RegenerationError(f"{path.name}: {size} bytes, and at most {MOST_BYTES} can be read: split the API")
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > MOST_LINES:
        raise RegenerationError(f"{path.name}: {lines} lines, and at most {MOST_LINES} can be read: split the API")
    return text


class _TooMany(Exception):
    """More values than any spec has."""


def _plain(node: object, budget: Iterator[int]) -> object:
    """A copy that shares nothing, with text for keys where JSON would write the same text."""
    if next(budget, None) is None:
        raise _TooMany
    if isinstance(node, dict):
        members = cast("dict[object, object]", node).items()
        return {str(key) if type(key) is int else key: _plain(value, budget) for key, value in members}
    if isinstance(node, list):
        return [_plain(value, budget) for value in cast("list[object]", node)]
    return node
