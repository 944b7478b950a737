# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class TextQuery(Model):
    """A filter on a text. The text must pass every condition given."""

    equals: str | None = None
    """The text is exactly this."""
    not_equal: str | None = None
    """The text is not exactly this."""
    contains: str | None = None
    """The text contains this. It is taken literally - no wildcards."""

    def __init__(
        self,
        *,
        equals: str | None = None,
        not_equal: str | None = None,
        contains: str | None = None,
    ) -> None:
        self.equals = equals
        self.not_equal = not_equal
        self.contains = contains
