# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class SessionEventCause(Model):
    """Who or what made an event happen."""

    cause_user: str | None = None
    """Name of the user who made it happen."""
    cause_system: str | None = None
    """Name of the part of the platform that made it happen."""

    def __init__(
        self,
        *,
        cause_user: str | None = None,
        cause_system: str | None = None,
    ) -> None:
        self.cause_user = cause_user
        self.cause_system = cause_system
