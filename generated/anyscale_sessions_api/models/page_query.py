# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Annotated

from attrs import define
from msgspec import Meta

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class PageQuery(Model):
    """Which page of a list to return."""

    count: Annotated[int, Meta(ge=0)] = 10
    """How many results the page may hold."""
    paging_token: str | None = None
    """Where to go on, taken from the last page's `metadata.next_paging_token`. First page when absent."""

    def __init__(
        self,
        *,
        count: int = 10,
        paging_token: str | None = None,
    ) -> None:
        self.count = count
        self.paging_token = paging_token
