"""A create request that is answered with another session, as a stray response on a kept connection is."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from anyscale_sessions import AsyncSessionsClient, CreateOutcomeUnknownError, CreateSession, SessionsClient, api

from ..server import FaultServer, Line

OTHERS: dict[str, dict[str, Any]] = {
    "another name": {"id": "ses_2", "name": "other", "project_id": "prj_1"},
    "another project": {"id": "ses_2", "name": "kit", "project_id": "prj_2"},
    "another token": {"id": "ses_2", "name": "kit", "project_id": "prj_1", "user_service_token": "B" * 43},
    "an operation": {"id": "sop_1", "session_id": "ses_1", "completed": False},
    "a command": {"id": "scd_1", "session_id": "ses_1", "shell_command": "ls"},
}
OURS = {"id": "ses_1", "name": "kit", "project_id": "prj_1"}


def body(access: str) -> CreateSession:
    """The session to create."""
    return CreateSession(
        name="kit", project_id="prj_1", cluster_config="x", cloud_id="cld_1", user_service_access=access
    )


def outcome(kind: type[Any], transport: str, url: str, asked: CreateSession, *, raw: bool) -> Any:
    """The result or the error of a create request."""

    def call(client: Any) -> Any:
        return client.send(api.create_session(asked)) if raw else client.create_session(asked)

    if kind is SessionsClient:
        with SessionsClient("sss_token", host=url, deadline=0.4, transport=transport) as client:
            try:
                return call(client)
            except CreateOutcomeUnknownError as error:
                return error

    async def awaited() -> Any:
        async with AsyncSessionsClient("sss_token", host=url, deadline=0.4, transport=transport) as client:
            try:
                return await call(client)
            except CreateOutcomeUnknownError as error:
                return error

    return asyncio.run(awaited())


@pytest.mark.parametrize(
    ("kind", "transport"),
    [(SessionsClient, "httpcore"), (AsyncSessionsClient, "httpcore"), (AsyncSessionsClient, "aiohttp")],
    ids=["sync", "async", "aiohttp"],
)
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("access", ["public", "private", "public, raw", "private, raw"])
def test_response_about_another_session_is_not_ours(kind: type[Any], transport: str, other: str, access: str) -> None:
    """A response about another session leaves the outcome unknown, and the session is searched for by its token."""
    access, _, raw = access.partition(", ")
    asked = body(access)
    ours = {**OURS, "user_service_token": asked.user_service_token}

    def script(line: Line) -> None:
        while received := line.receive():
            is_search = b"/search" in received.data.partition(b"\r\n")[0]
            content = {"results": [ours, OTHERS[other]]} if is_search else {"result": OTHERS[other]}
            data = json.dumps(content).encode()
            line.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(data), data))

    with FaultServer(script).serving() as server:
        result = outcome(kind, transport, server.url, asked, raw=bool(raw))
    if access == "private" and other == "another token":
        return  # without a token in the request, any token in the response is the platform's
    if access == "public" and not raw:
        assert result.id == "ses_1"
    else:
        assert type(result) is CreateOutcomeUnknownError
