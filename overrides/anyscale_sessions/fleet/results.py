"""What runs and sweeps of a fleet return."""

from __future__ import annotations

from typing import Generic, TypeVar

from .._utils.records import Record

T = TypeVar("T")


class FleetResult(Record, Generic[T], frozen=True):
    """How one item ended.

    Attributes:
        key: the key of the item.
        value: what `work` returned; `None` if the item failed.
        error: why the item failed; `None` if it is done.
        session_id: the session of the item; `None` if it had none.
        seconds: the time from the search for a session to its termination.
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
    """The ids of the sessions that a sweep found, oldest first.

    Attributes:
        terminated: the sessions that it terminated; in a dry run, those that it would terminate.
        kept: the sessions that are alive and not due yet.
        failed: the sessions whose termination failed. They may be alive.
    """

    terminated: tuple[str, ...]
    kept: tuple[str, ...]
    failed: tuple[str, ...]
