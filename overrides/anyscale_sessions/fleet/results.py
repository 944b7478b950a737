"""What a fleet's runs and sweeps return."""

from __future__ import annotations

from typing import Generic, TypeVar

from .._utils.records import Record

T = TypeVar("T")


class FleetResult(Record, Generic[T], frozen=True):
    """How one item ended.

    Attributes:
        key: the item's key.
        value: what `work` returned; `None` where it failed.
        error: why the item failed; `None` where it is done.
        session_id: the session that it ran on; `None` where it got none.
        seconds: how long it took, from the search for a session to its termination.
    """

    key: str
    value: T | None
    error: Exception | None
    session_id: str | None
    seconds: float

    @property
    def is_done(self) -> bool:
        """Whether `work` returned."""
        return self.error is None


class Swept(Record, frozen=True):
    """What a sweep found, as ids of sessions, oldest first.

    Attributes:
        terminated: terminated by it; in a dry run, those that it would terminate.
        kept: alive, and not due yet.
        failed: due, but their termination failed; they may be alive.
    """

    terminated: tuple[str, ...]
    kept: tuple[str, ...]
    failed: tuple[str, ...]
