"""Reads the body of an operation from a file."""

from __future__ import annotations

from typing import Any

import msgspec

from .errors import CommandError
from .mapping_parser import InvalidValue, MappingSyntaxError, parse_mapping
from .operation_arguments import is_model

MAX_FILE_BYTES = 16 * 1024 * 1024
STANDARD_INPUT = "-"


def read_body(file: str, kind: Any) -> Any:
    """Return the body in a file: the fields of an object in YAML or JSON, bytes, or any other value in JSON.

    `-` is standard input. Raises `CommandError`, which quotes nothing of the file.
    """
    name = "standard input" if file == STANDARD_INPUT else file
    content = _content(file, name)
    if kind is bytes:
        return content
    try:
        if is_model(kind):
            return _fields(content.decode("utf-8-sig"), name)
        return msgspec.json.decode(content)
    except UnicodeDecodeError:
        problem = "must be UTF-8 text"
    except msgspec.DecodeError:
        problem = "must be JSON"
    raise CommandError(f"{name}: {problem}")


def _content(file: str, name: str) -> bytes:
    try:
        # Standard input is opened by its descriptor, because `sys.stdin` is None if it is closed.
        with open(0 if file == STANDARD_INPUT else file, "rb", closefd=file != STANDARD_INPUT) as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}") from None
    if len(content) > MAX_FILE_BYTES:
        raise CommandError(f"{name}: must be at most {MAX_FILE_BYTES:,} bytes")
    return content


def _fields(text: str, name: str) -> dict[str, object]:
    try:
        members = parse_mapping(text)
    except MappingSyntaxError as error:
        line = "" if error.line is None else f"line {error.line}: "
        raise CommandError(
            f"{name}: {line}must be a YAML or JSON mapping of the body's fields: {error.reason}"
        ) from None
    fields: dict[str, object] = {}
    for member in members:
        if isinstance(member.value, InvalidValue):
            place = f"{name}: line {member.line}: {member.name}"
            raise CommandError(f"{place}: {member.value.rule}; {member.value.remedy}")
        if member.name in fields:
            raise CommandError(f"{name}: line {member.line}: {member.name}: is set twice; remove one of the two")
        fields[member.name] = member.value
    return fields
