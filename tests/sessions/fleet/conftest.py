"""Both kinds of client behind one interface, and a sandbox whose clock the tests control."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from anyscale_sessions import AsyncSessionsClient, CreateSession, Session, SessionsClient, SessionState
from anyscale_sessions.fleet import Fleet, Swept, sweep, sweep_async
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, Sandbox, Timings, TransitionRule, serve

PROJECT = "prj_1"
_numbers = itertools.count(1)


def body(_item: object = None) -> CreateSession:
    """A session to create, whose name and idle timeout a fleet replaces."""
    return CreateSession(
        name="any", project_id=PROJECT, uses_app_config=True, build_id="bld_1", compute_template_id="cpt_1"
    )


def a_session(
    name: str,
    state: str = "Running",
    *,
    session_id: str = "ses_1",
    created_at: datetime | None = None,
    pending_state: str | None = None,
) -> Session:
    """A session of a list."""
    fields: dict[str, Any] = {"id": session_id, "name": name, "state": state, "pending_state": pending_state}
    if created_at is not None:
        fields["created_at"] = created_at.isoformat()
    return Session.from_dict(fields)


@pytest.fixture
def fleet() -> Fleet:
    """A fleet with a name that no other test of this process uses."""
    return Fleet(f"fleet-{next(_numbers)}", PROJECT, lifetime=timedelta(hours=1), idle_timeout=15)


@pytest.fixture
def server() -> Iterator[Sandbox]:
    """A sandbox that other processes can use, whose sessions start and terminate at once."""
    with serve(timings=Timings(start_s=0.0, terminate_s=0.0)) as sandbox:
        yield sandbox


@pytest.fixture
def client(server: Sandbox) -> Iterator[SessionsClient]:
    """A client of the sandbox."""
    with SessionsClient(server.token, host=server.url) as sessions_client:
        yield sessions_client


class Face:
    """A client of one kind and the functions of fleets for it, which tests call synchronously."""

    def __init__(self, client: Any, runner: asyncio.Runner) -> None:
        self.client, self._runner = client, runner
        self.is_async = isinstance(client, AsyncSessionsClient)

    def run_one(self, fleet: Fleet, key: str, work: Callable[[Session], Any], make_body: Any = body) -> Any:
        """`Fleet.run_one`, or `Fleet.run_one_async`."""
        if not self.is_async:
            return fleet.run_one(self.client, key, make_body, work)

        async def work_async(session: Session) -> Any:
            return work(session)

        return self._runner.run(fleet.run_one_async(self.client, key, make_body, work_async))

    def sweep(self, **arguments: Any) -> Swept:
        """`sweep`, or `sweep_async`."""
        if not self.is_async:
            return sweep(self.client, PROJECT, **arguments)
        return self._runner.run(sweep_async(self.client, PROJECT, **arguments))


@pytest.fixture(params=["sync", "async"])
def face(request: pytest.FixtureRequest, sandbox: Sandbox, sandbox_clock: ManualClock) -> Iterator[Face]:
    """A client of each kind, with the clock of the sandbox."""
    with asyncio.Runner() as runner:
        kind = SessionsClient if request.param == "sync" else AsyncSessionsClient
        client = kind(sandbox.token, host=sandbox.url)
        client.clock = client_clock(sandbox_clock)
        yield Face(client, runner)
        if isinstance(client, AsyncSessionsClient):
            runner.run(client.aclose())
        else:
            client.close()


def live(client: SessionsClient) -> list[Session]:
    """The sessions of the project that are neither Terminated nor Terminating."""
    ended = (SessionState.TERMINATING, SessionState.TERMINATED)
    return [session for session in client.list_sessions(PROJECT) if session.state not in ended]


def add_rule(sandbox: Sandbox, *states: str, **options: Any) -> None:
    """Add a transition rule to the sandbox."""
    sandbox.transition_rules.add(TransitionRule(*states, **options))
