"""What the tests of this folder share."""

from __future__ import annotations

from typing import Any


def look(session: Any) -> tuple[Any, ...]:
    """How far a session has come."""
    data = session["state_data"] or {}
    progress = (data.get("startup") or {}).get("startup_progress") or (data.get("stopping") or {}).get("stop_progress")
    return (
        session["state"],
        session["pending_state"],
        session["status"],
        session["status_details"],
        progress,
    )
