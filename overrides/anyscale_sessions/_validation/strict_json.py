"""Read one JSON object strictly: UTF-8, no duplicate keys, no NaN, no infinity. Messages never quote the text."""

from __future__ import annotations

from typing import Any, cast

from .._utils.text import shown_name

# JSON documents that are not objects, as messages name them.
_JSON_NAMES = {
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}


class InvalidJsonObject(Exception):
    """The text is not one strict JSON object. The message says why and, if possible, where."""


def read_object(data: bytes | str) -> dict[str, Any]:
    """The object in a JSON text. Raises `InvalidJsonObject`."""
    import json

    try:
        text = data if isinstance(data, str) else bytes(memoryview(data)).decode("utf-8")
        content = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        reason = f"it is not JSON (line {error.lineno}, column {error.colno})"
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 (byte {error.start})"
    except ValueError:
        reason = "a number has too many digits"
    except RecursionError:
        reason = "it is nested too deeply"
    except TypeError:
        reason = f"it is {type(data).__name__}, not bytes"
    else:
        if isinstance(content, dict):
            return cast("dict[str, Any]", content)
        reason = f"it is {_JSON_NAMES[type(content)]}"
    raise InvalidJsonObject(reason)  # outside of `except`: the error that it replaces holds the text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for name, value in pairs:
        if name in content:
            raise InvalidJsonObject(f"duplicate key {shown_name(name)}")
        content[name] = value
    return content


def _refuse_constant(name: str) -> None:
    raise InvalidJsonObject(f"{name} is not a JSON number")
