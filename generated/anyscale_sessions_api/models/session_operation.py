# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define

from ..models.session_operation_type import SessionOperationType
from ..types import (
    ABSENT,
    Model,
    Promised,
)


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class SessionOperation(Model):
    """A start, stop or termination of a session, which takes a while."""

    id: str
    """Id of the operation, given by the server."""
    completed: Promised[bool] = ABSENT
    """Whether the operation has ended, well or not."""
    session_id: Promised[str] = ABSENT
    """Id of the session that the operation is about."""
    session_operation_type: Promised[SessionOperationType] = ABSENT
    """What the operation does."""
    progress: OperationProgress | None = None
    """How far the operation has come. Absent or null once it is completed."""
    result: OperationResult | None = None
    """What came of the operation. Set once it is completed."""

    def __init__(
        self,
        *,
        id: str,
        completed: Promised[bool] = ABSENT,
        session_id: Promised[str] = ABSENT,
        session_operation_type: Promised[SessionOperationType] = ABSENT,
        progress: OperationProgress | None = None,
        result: OperationResult | None = None,
    ) -> None:
        self.id = id
        self.completed = completed
        self.session_id = session_id
        self.session_operation_type = session_operation_type
        self.progress = progress
        self.result = result


# At the end, because models may name each other in a ring; msgspec resolves the names when it first meets the class.
from ..models.operation_progress import OperationProgress
from ..models.operation_result import OperationResult
