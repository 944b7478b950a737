# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..types import (
    Model,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class TerminateSessionOptions(Model):
    """How to terminate a session."""

    workers_only: bool = False
    """Take down the worker nodes only, and keep the head node."""
    keep_min_workers: bool = False
    """Keep as many worker nodes as the session's configuration names as its minimum."""
    delete: bool = False
    """Delete the session once it is terminated."""
    take_snapshot: bool = True
    """First take a snapshot of the session's files, which is restored when it is started again."""

    def __init__(
        self,
        *,
        workers_only: bool = False,
        keep_min_workers: bool = False,
        delete: bool = False,
        take_snapshot: bool = True,
    ) -> None:
        self.workers_only = workers_only
        self.keep_min_workers = keep_min_workers
        self.delete = delete
        self.take_snapshot = take_snapshot
