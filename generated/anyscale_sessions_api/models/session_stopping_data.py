# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class SessionStoppingData(Model):
    """How the stop of a session goes."""

    stop_progress: str | None = None
    """The step that stopping has reached, for people to read."""
    stop_error: str | None = None
    """Why stopping failed, for people to read."""

    def __init__(
        self,
        *,
        stop_progress: str | None = None,
        stop_error: str | None = None,
    ) -> None:
        self.stop_progress = stop_progress
        self.stop_error = stop_error
