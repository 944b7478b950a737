"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from anyscale_sessions import (
    CreateSession,
    SessionsClient,
)
from anyscale_sessions_sandbox import ManualClock, Sandbox, serve

BODY = CreateSession(name="a", project_id="prj_1", uses_app_config=True, build_id="b", compute_template_id="c")


PHASES = ("before", "after")


RAW = {"name": "a", "project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox whose time stands still."""
    with serve(clock=ManualClock(), validate_responses=True) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SessionsClient]:
    """A client that tries once and has little patience."""
    with SessionsClient(sandbox.token, host=sandbox.url, timeout=0.4, deadline=1.0, max_attempts=1) as made:
        yield made


def ask(
    sandbox: Sandbox, fault: str, *, method: str = "GET", path: str = "/sessions/?project_id=prj_1", **options: Any
) -> Any:
    """A request that asks for a fault of its own."""
    headers = {"cookie": f"cli_token={sandbox.token}", "x-sandbox-fault": fault}
    return httpx.request(method, f"{sandbox.url}/v0{path}", headers=headers, trust_env=False, timeout=5, **options)


def ask_plainly(sandbox: Sandbox) -> httpx.Response:
    """A request that asks for nothing special."""
    headers = {"cookie": f"cli_token={sandbox.token}"}
    return httpx.get(f"{sandbox.url}/v0/sessions/?project_id=p", headers=headers, trust_env=False)
