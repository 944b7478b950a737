"""Checks that the modules of an extra are installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

# The names under which the modules are imported.
CLI = ("click", "jmespath", "rich", "yaml")
SANDBOX = ("jsonschema_rs", "starlette", "uvicorn")


def find_missing(names: Iterable[str]) -> str | None:
    """Return the first of these modules that is not installed, or `None`.

    The modules are imported, because the command needs them anyway. An installed but broken module raises its error.
    """
    for name in names:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            return name
    return None
