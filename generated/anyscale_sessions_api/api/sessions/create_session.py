# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...models.create_session import CreateSession
from ...models.session import Session
from ...models.session_response import SessionResponse
from ...types import Operation

_TYPES: Final[dict[str, Any]] = {
    "body": CreateSession,
}


def create_session(body: CreateSession | Mapping[str, Any]) -> Operation[Session]:
    """Create a session.

    Creates a session in a project. It is not started: call `start_session` next.

    If `uses_app_config` is true, `build_id` and `compute_template_id` must be given. Otherwise `cluster_config` and
    `cloud_id` must be.

    Not idempotent: the same request sent twice can make two sessions.

    Args:
        body: What to send.
    """
    return Operation(
        id="create_session",
        method="POST",
        path="/sessions/",
        body=body,
        types=_TYPES,
        response=SessionResponse,
        envelope="result",
    )
