# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class ListResponseMetadata(Model):
    """Where a page stands in its list."""

    total: int | None = None
    """How many results all pages hold together."""
    next_paging_token: str | None = None
    """What to pass as `paging_token` to get the next page. Absent or null on the last one."""

    def __init__(
        self,
        *,
        total: int | None = None,
        next_paging_token: str | None = None,
    ) -> None:
        self.total = total
        self.next_paging_token = next_paging_token
