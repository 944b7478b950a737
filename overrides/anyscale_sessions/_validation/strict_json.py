"""One JSON object read strictly: UTF-8, no key twice, no NaN, no infinity; what is wrong is told without the text."""

from __future__ import annotations

from typing import Any, cast

from .._utils.text import shown_name


class InvalidJsonObject(Exception):
    """The text is no such object; the message says why, and where it can."""


def read_object(data: bytes | str) -> dict[str, Any]:
    """The object that a JSON text holds. Raises `InvalidJsonObject`."""
    import json

    try:
        text = data if isinstance(data, str) else bytes(memoryview(data)).decode("utf-8")
        content = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        reason = f"it is not JSON (line {error.lineno}, column {error.colno})"
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 (byte {error.start})"
    except ValueError:
        reason = "it holds a number of too many digits"
    except RecursionError:
        reason = "it is nested too deeply"
    except TypeError:
        reason = f"it is {type(data).__name__}, not bytes"
    else:
        if isinstance(content, dict):
            return cast("dict[str, Any]", content)
        reason = f"it holds {type(content).__name__}"
    raise InvalidJsonObject(reason)  # outside of `except`: the error that it stands for holds the text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for name, value in pairs:
        if name in content:
            raise InvalidJsonObject(f"the key {shown_name(name)} is there twice")
        content[name] = value
    return content


def _refuse_constant(name: str) -> None:
    raise InvalidJsonObject(f"{name} is no JSON number")
