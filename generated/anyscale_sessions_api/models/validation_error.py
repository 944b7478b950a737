# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    ABSENT,
    Model,
    Promised,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class ValidationError(Model):
    """One problem in a request."""

    loc: Promised[list[str | int]] = ABSENT
    """The way to the offending value, as names and, in lists, positions."""
    msg: Promised[str] = ABSENT
    """What is wrong, for people to read."""
    type: Promised[str] = ABSENT
    """What is wrong, for programs."""

    def __init__(
        self,
        *,
        loc: Promised[list[str | int]] = ABSENT,
        msg: Promised[str] = ABSENT,
        type: Promised[str] = ABSENT,
    ) -> None:
        self.loc = loc
        self.msg = msg
        self.type = type
