# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""A wrapper for values that tracebacks must not show."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Secret(Generic[T]):
    """A value that its repr does not show.

    Tools that report errors show the variables of functions. A function that raises an error keeps secrets in this.

    Attributes:
        value: the value.
    """

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "<not shown>"
