"""Looks whether what an extra of this package installs is there, before a command begins."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

# By the names under which they are imported.
CLI = ("click", "rich", "yaml")
SANDBOX = ("jsonschema_rs", "starlette", "uvicorn")


def missing_of(names: Iterable[str]) -> str | None:
    """The first of these modules that is not installed. They are imported, since they are going to be needed."""
    for name in names:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            return name
    return None
