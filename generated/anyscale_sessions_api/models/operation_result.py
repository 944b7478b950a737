# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any

from attrs import define, field

from ..types import (
    Model,
    redacted_repr,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class OperationResult(Model):
    """What came of an operation - `error` if it failed, and else `data`."""

    data: dict[str, Any] | None = field(default=None, repr=redacted_repr)
    """What the operation returned, usually the session it was about."""
    error: OperationError | None = None
    """Why the operation failed."""

    def __init__(
        self,
        *,
        data: dict[str, Any] | None = None,
        error: OperationError | None = None,
    ) -> None:
        self.data = data
        self.error = error


# At the end, because models may name each other in a ring; msgspec resolves the names when it first meets the class.
from ..models.operation_error import OperationError
