"""What CONTRIBUTING's change of the spec brings, used: run by test_spec_change.py in a scratch copy."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import anyscale_sessions
from anyscale_sessions import (
    AsyncSessionsClient,
    CreateSession,
    InvalidSessionError,
    ServerError,
    Session,
    SessionEventTypes,
    SessionPriority,
    SessionsClient,
    SessionSnapshot,
)
from anyscale_sessions_sandbox import serve


def public_names() -> None:
    """New models and enums are public names."""
    new = {"SessionPriority", "SessionSnapshot", "SessionSnapshotListResponse"}
    assert new <= set(anyscale_sessions.__all__)
    assert new <= set(dir(anyscale_sessions))
    assert "created_at" in SessionSnapshot.__annotations__


def clients() -> None:
    """Both clients have the new operation, documented, and the new parameter."""
    for client in (SessionsClient, AsyncSessionsClient):
        assert "snapshots that were taken of a session" in str(client.list_session_snapshots.__doc__)
        assert "name_contains" in inspect.signature(client.list_sessions).parameters


def values() -> None:
    """Fields and values: the new ones are taken, wrong ones are refused."""
    session = CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="c", priority="high")
    assert session.priority is SessionPriority.HIGH
    assert session.to_dict()["priority"] == "high"
    assert SessionEventTypes("snapshot_taken").is_known
    assert "region" in Session.__annotations__
    with pytest.raises(InvalidSessionError) as refused:
        CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="c", priority="urgent")
    assert [problem.field for problem in refused.value.problems] == ["priority"]


def command_line(url: str, folder: Path) -> None:
    """`create -f` knows the new field: it sends a right value, and refuses a wrong one with its line."""
    file = folder / "session.yaml"
    kept = "name: from-a-file\nproject_id: prj_1\ncluster_config: 'x: 1'\ncloud_id: cld_1\n"
    for priority, code in (("low", 0), ("urgent", 2)):
        file.write_text(f"{kept}priority: {priority}\n", encoding="utf-8")
        command = [sys.executable, "-m", "anyscale_sessions.cli", "create", "-f", str(file), "--host", url]
        finished = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        assert finished.returncode == code, finished.stderr
    assert "line 5: priority" in finished.stderr, finished.stderr


def sandbox(folder: Path) -> None:
    """The sandbox routes the new operation, takes the new parameter, and refuses a wrong value of the new field."""
    with serve() as server:
        os.environ["ANYSCALE_CLI_TOKEN"] = server.token
        command_line(server.url, folder)
        with SessionsClient(host=server.url, max_attempts=1) as client:
            assert [one.name for one in client.list_sessions("prj_1", name_contains="file").results] == ["from-a-file"]
            with pytest.raises(ServerError, match="list_session_snapshots") as unanswered:
                client.list_session_snapshots("ses_1")
            assert unanswered.value.status == 501
        assert asyncio.run(listed(server.url)) == ["from-a-file"]


async def listed(url: str) -> list[str]:
    """The names of the sessions, by the asynchronous client."""
    async with AsyncSessionsClient(host=url) as client:
        page = await client.list_sessions("prj_1", name_contains="file")
        return [session.name for session in page.results]


public_names()
clients()
values()
sandbox(Path(sys.argv[1]))
