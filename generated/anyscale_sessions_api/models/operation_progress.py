# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    ABSENT,
    Model,
    Promised,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class OperationProgress(Model):
    """How far an operation has come."""

    message: Promised[str] = ABSENT
    """The step reached, for people to read."""

    def __init__(
        self,
        *,
        message: Promised[str] = ABSENT,
    ) -> None:
        self.message = message
