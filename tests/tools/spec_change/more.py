"""What more.yaml adds to the spec, used: run by test_spec_change.py in a scratch copy."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateSession,
    InvalidSessionError,
    NewNode,
    Node,
    NodeKind,
    ServerError,
    SessionsClient,
)
from anyscale_sessions.cli.session_files import InvalidSessionFileError, read_session_file
from anyscale_sessions_sandbox import serve

COMPLETE = {"name": "a", "project_id": "p", "cluster_config": "x: 1", "cloud_id": "c", "cost_center": "x"}


def values() -> CreateSession:
    """A model within a session, a list and a secret by reference are taken, kept and checked."""
    session = CreateSession(**COMPLETE, node=NewNode(kind=NodeKind.HEAD), zones=["z"], vault_key="hush-1")
    assert CreateSession.from_json(session.to_json()) == session
    assert session.cost_center == "x"
    assert "hush" not in repr(session)
    with pytest.raises(InvalidSessionError) as refused:
        CreateSession.from_dict({**COMPLETE, "node": {"kind": 5}, "zones": [1], "cost_center": None})
    assert {problem.field for problem in refused.value.problems} == {"node.kind", "zones[0]", "cost_center"}
    assert Node.__doc__ is not None
    assert Node.__doc__.strip() == 'Says """hi""" {{ 7 * 7 }} {% x %} \\n \\'
    return session


def session_file(file: Path) -> None:
    """`create -f` takes what is new, and tells what is wrong deep within it with the line where that begins."""
    kept = "name: a\nproject_id: p\ncluster_config: 'x: 1'\ncloud_id: c\ncost_center: x\nnode:\n  kind: "
    file.write_text(f"{kept}worker\nzones: [a, b]\n", encoding="utf-8")
    assert read_session_file(str(file)).zones == ["a", "b"]
    file.write_text(f"{kept}5\nzones: [1]\n", encoding="utf-8")
    with pytest.raises(InvalidSessionFileError) as refused:
        read_session_file(str(file))
    assert [str(problem).partition(" must")[0] for problem in refused.value.problems] == [
        "line 6: node.kind:",
        "line 8: zones[0]:",
    ]


def sandbox(session: CreateSession) -> None:
    """The sandbox stores it, shows what it promises, hides the secret from its journal, and routes the operation."""
    with serve(validate_responses=True) as server, SessionsClient(server.token, host=server.url) as client:
        created = client.create_session(session)
        assert created.vault_key == "hush-1"
        assert (created.node.kind, created.nodes, created.rank) == ("head", [], 1)
        assert "hush" not in repr(created) + server.journal.text()
        assert [one.id for one in client.list_sessions("p", kinds=[NodeKind.HEAD])] == [created.id]
        with pytest.raises(ServerError, match="put_session_node"):
            client.put_session_node(created.id, "n", NewNode(kind=NodeKind.HEAD), dry_run=True)
        asyncio.run(asynchronous(server.url, server.token))


async def asynchronous(url: str, token: str) -> None:
    """The other client has the operation, too."""
    async with AsyncSessionsClient(token, host=url) as client:
        with pytest.raises(ServerError, match="put_session_node"):
            await client.put_session_node("ses_1", "n", NewNode(kind=NodeKind.HEAD))


described = values()
session_file(Path(sys.argv[1]) / "session.yaml")
sandbox(described)
