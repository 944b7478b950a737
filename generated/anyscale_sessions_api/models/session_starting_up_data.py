# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class SessionStartingUpData(Model):
    """How the start of a session goes."""

    startup_progress: str | None = None
    """The step that starting has reached, for people to read."""
    startup_error: str | None = None
    """Why starting failed, for people to read."""

    def __init__(
        self,
        *,
        startup_progress: str | None = None,
        startup_error: str | None = None,
    ) -> None:
        self.startup_progress = startup_progress
        self.startup_error = startup_error
