# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class SessionResponse(Model):
    """A response that holds a session."""

    result: Session
    """The session."""

    def __init__(
        self,
        *,
        result: Session,
    ) -> None:
        self.result = result


# At the end, because models may name each other in a ring; msgspec resolves the names when it first meets the class.
from ..models.session import Session
