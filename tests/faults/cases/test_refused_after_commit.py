"""A server that creates a session and refuses the request all the same, as gateways do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateOutcomeUnknownError,
    CreateSession,
    CreateSessionCommand,
    OutcomeUnknownError,
    Session,
    SessionsClient,
    SessionsError,
    api,
)
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import Fault, ManualClock, Sandbox

CLIENTS = [(SessionsClient, "httpcore"), (AsyncSessionsClient, "httpcore"), (AsyncSessionsClient, "aiohttp")]
REFUSALS: list[tuple[str, dict[str, Any]]] = [
    ("throttle", {"retry_after": 1}),
    ("status", {"status": 503, "headers": {"Retry-After": "0"}}),
    ("status", {"status": 429}),
]


def call(client: Any, name: str, *arguments: Any, **options: Any) -> Any:
    """The result or the error of a call of either client, which is closed then."""
    if isinstance(client, SessionsClient):
        with client:
            try:
                return getattr(client, name)(*arguments, **options)
            except SessionsError as error:
                return error

    async def awaited() -> Any:
        async with client:
            try:
                return await getattr(client, name)(*arguments, **options)
            except SessionsError as error:
                return error

    return asyncio.run(awaited())


@pytest.fixture(params=CLIENTS, ids=["sync", "async", "aiohttp"])
def make(request: pytest.FixtureRequest, sandbox: Sandbox, sandbox_clock: ManualClock) -> Callable[..., Any]:
    """Makes a client of the sandbox."""
    kind, transport = request.param

    def make_client(**options: Any) -> Any:
        client = kind(sandbox.token, host=sandbox.url, transport=transport, **options)
        client.clock = client_clock(sandbox_clock)
        return client

    return make_client


def body(access: str) -> CreateSession:
    """A session to create."""
    return CreateSession(
        name="one", project_id="prj_1", cloud_id="cld_1", cluster_config="x", user_service_access=access
    )


@pytest.mark.parametrize(("kind", "options"), REFUSALS, ids=["429 with a time", "503", "429"])
@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
@pytest.mark.parametrize("proof", ["token", "unique name", "name"])
def test_create_with_a_proof_is_found_and_not_sent_again(
    make: Callable[..., Any], sandbox: Sandbox, kind: str, options: dict[str, Any], times: int | None, proof: str
) -> None:
    """A create request with a proof that was refused after the fact is searched for, so that one session exists."""
    sandbox.faults.add(Fault(kind, operation="create_session", phase="after", times=times, **options))
    asked = body("public" if proof == "token" else "private")
    if proof == "name":
        result = call(make(), "ensure_session", asked)
    else:
        result = call(make(), "create_session", asked, unique_name=proof == "unique name")
    assert isinstance(result, Session)
    with SessionsClient(sandbox.token, host=sandbox.url) as direct:
        assert [session.id for session in direct.list_sessions("prj_1")] == [result.id]


@pytest.mark.parametrize("retry_after", ["0", "3600"])
def test_503_after_the_fact_leaves_a_create_without_a_proof_unknown(
    make: Callable[..., Any], sandbox: Sandbox, retry_after: str
) -> None:
    """A create request without a proof is not repeated after a 503: the error names the session as a candidate."""
    headers = {"Retry-After": retry_after}
    sandbox.faults.add(Fault("status", operation="create_session", phase="after", status=503, headers=headers))
    error = call(make(), "create_session", body("private"))
    assert type(error) is CreateOutcomeUnknownError
    with SessionsClient(sandbox.token, host=sandbox.url) as direct:
        assert tuple(session.id for session in direct.list_sessions("prj_1")) == error.candidates


@pytest.mark.parametrize(
    ("options", "attempts"), [({"status": 429, "headers": {"Retry-After": "3600"}}, 3), ({"status": 429}, 1)]
)
def test_create_that_is_not_sent_again_is_searched_for_too(
    make: Callable[..., Any], sandbox: Sandbox, options: dict[str, Any], attempts: int
) -> None:
    """A create request with a proof is also searched for where the refusal ends the call."""
    sandbox.faults.add(Fault("status", operation="create_session", phase="after", **options))
    assert isinstance(call(make(max_attempts=attempts), "create_session", body("public")), Session)


@pytest.mark.parametrize(("kind", "options"), REFUSALS, ids=["429 with a time", "503", "429"])
@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
def test_create_for_its_response_is_searched_for_too(
    make: Callable[..., Any], sandbox: Sandbox, kind: str, options: dict[str, Any], times: int | None
) -> None:
    """A create request with a token that is sent for its response is not sent again either: the error has the id."""
    sandbox.faults.add(Fault(kind, operation="create_session", phase="after", times=times, **options))
    error = call(make(), "send", api.create_session(body("public")))
    assert type(error) is CreateOutcomeUnknownError
    with SessionsClient(sandbox.token, host=sandbox.url) as direct:
        assert tuple(session.id for session in direct.list_sessions("prj_1")) == error.candidates
        assert (error.session_id,) == error.candidates
        assert error.reconcile(direct).id == error.session_id


def test_create_for_its_response_is_sent_again_if_it_was_refused(make: Callable[..., Any], sandbox: Sandbox) -> None:
    """A create request that is sent for its response is repeated after a 429 if the search finds no session."""
    sandbox.faults.add(Fault("status", operation="create_session", status=429))
    response = call(make(), "send", api.create_session(body("public")))
    assert response.parsed.name == "one"


def test_create_whose_response_is_lost_can_be_reconciled(make: Callable[..., Any], sandbox: Sandbox) -> None:
    """The error of a create request that was sent for its response, which was lost, can find the session."""
    sandbox.faults.add(Fault("reset", operation="create_session", phase="after"))
    error = call(make(), "send", api.create_session(body("public")))
    assert type(error) is CreateOutcomeUnknownError
    with SessionsClient(sandbox.token, host=sandbox.url) as direct:
        assert error.reconcile(direct).id == direct.list_sessions("prj_1").results[0].id


def test_command_is_not_sent_again_after_a_503(
    make: Callable[..., Any], sandbox: Sandbox, sandbox_clock: ManualClock
) -> None:
    """A command that a gateway refused after the fact has run once, and the error names it as a candidate."""
    with SessionsClient(sandbox.token, host=sandbox.url) as direct:
        direct.clock = client_clock(sandbox_clock)
        session = direct.launch_session(body("private"))
        headers = {"Retry-After": "0"}
        sandbox.faults.add(
            Fault("status", operation="create_session_command", phase="after", status=503, headers=headers)
        )
        asked = CreateSessionCommand(session_id=session.id, shell_command="true")
        error = call(make(), "create_session_command", asked)
        assert type(error) is OutcomeUnknownError
        assert tuple(command.id for command in direct.list_session_commands(session.id)) == error.candidates
        assert len(error.candidates) == 1
