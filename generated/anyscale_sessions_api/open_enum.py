# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""The bases of all enums: sets of strings or of whole numbers that the server may extend."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Self


class OpenEnum(StrEnum):
    """A set of strings that the server may extend. An unknown value becomes a member that keeps it.

    Such a member equals its string, can be pickled, and has `is_known == False`.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the spec that this client was generated from has the value."""
        return self.value in type(self)._value2member_map_


class OpenIntEnum(IntEnum):
    """A set of whole numbers that the server may extend. An unknown value becomes a member that keeps it.

    Such a member equals its number, can be pickled, and has `is_known == False`.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        member = int.__new__(cls, value)
        member._name_ = str(value)
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the spec that this client was generated from has the value."""
        return self.value in type(self)._value2member_map_
