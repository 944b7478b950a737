# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Annotated

from attrs import define, field
from msgspec import Meta

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class UpdateSession(Model):
    """What to change in a session. What is absent stays as it is."""

    cluster_config: str | None = field(default=None, repr=False)
    """New cluster YAML. Deprecated - sessions are made from a build and a compute template instead."""
    idle_timeout: Annotated[int, Meta(ge=-1)] | None = None
    """Minutes of idling after which the session is stopped; -1 means never."""

    def __init__(
        self,
        *,
        cluster_config: str | None = None,
        idle_timeout: int | None = None,
    ) -> None:
        self.cluster_config = cluster_config
        self.idle_timeout = idle_timeout
