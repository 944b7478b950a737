# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any, Final

from ...models.session import Session
from ...models.session_response import SessionResponse
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "production_job_id": str,
}


def get_session_for_job(production_job_id: str) -> Operation[Session]:
    """Get the session of a production job.

    Returns the session that a production job runs on.

    Args:
        production_job_id: The production job.
    """
    return Operation(
        id="get_session_for_job",
        method="GET",
        path="/production_jobs/{production_job_id}/session",
        path_values={"production_job_id": production_job_id},
        types=_TYPES,
        response=SessionResponse,
        envelope="result",
    )
