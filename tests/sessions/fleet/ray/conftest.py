"""A sandbox that the processes of actors can use, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Sandbox, Timings, serve


@pytest.fixture
def server() -> Iterator[Sandbox]:
    """A sandbox that actors can use, whose sessions start and terminate at once."""
    with serve(timings=Timings(start_s=0.0, terminate_s=0.0)) as sandbox:
        yield sandbox


@pytest.fixture
def client(server: Sandbox) -> Iterator[SessionsClient]:
    """A client of the sandbox."""
    with SessionsClient(server.token, host=server.url) as sessions_client:
        yield sessions_client
