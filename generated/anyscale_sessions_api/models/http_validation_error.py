# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class HTTPValidationError(Model):
    """Why a request was refused, all reasons at once."""

    detail: list[ValidationError] | None = None
    """One entry for each problem."""

    def __init__(
        self,
        *,
        detail: list[ValidationError] | None = None,
    ) -> None:
        self.detail = detail


# At the end, because models may name each other in a ring; msgspec resolves the names when it first meets the class.
from ..models.validation_error import ValidationError
