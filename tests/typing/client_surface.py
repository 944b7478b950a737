"""What the clients return is typed, model by model. Checked, never run."""

from typing import assert_type

from anyscale_sessions import (
    AsyncPage,
    AsyncSessionsClient,
    CreateOutcomeUnknownError,
    CreateSession,
    Page,
    RawResponse,
    Session,
    SessionCommand,
    SessionEvent,
    SessionOperation,
    SessionsClient,
    SessionsQuery,
    SessionState,
)


def sync_surface(client: SessionsClient, body: CreateSession) -> None:
    """Operations unwrap their envelopes, and pages iterate."""
    session = client.create_session(body)
    assert_type(session, Session)
    assert_type(session.id, str)
    assert_type(session.state, SessionState)
    assert_type(session.pending_state, SessionState | None)
    assert_type(session.idle_timeout, int)
    assert_type(client.list_sessions("p"), Page[Session])
    assert_type(client.search_sessions("p", SessionsQuery()), Page[Session])
    assert_type(list(client.get_session_event_log("s")), list[SessionEvent])
    assert_type(client.list_sessions("p").next_page(), Page[Session] | None)
    assert_type(client.start_session("s"), SessionOperation)
    assert_type(client.delete_session("s"), None)
    assert_type(client.run_command("s", "ls"), SessionCommand)
    assert_type(client.launch_session(body), Session)
    assert_type(client.create_session(body, unique_name=True), Session)
    assert_type(client.ensure_session(body), Session)
    assert_type(client.with_options(timeout=5.0, deadline=10.0, max_attempts=1), SessionsClient)
    with client.session_scope(body) as running:
        assert_type(running, Session)


async def unknown_outcomes(
    error: CreateOutcomeUnknownError, client: SessionsClient, waiting: AsyncSessionsClient
) -> None:
    """What is searched for with a client is typed by the client."""
    assert_type(error.candidates, tuple[str, ...])
    assert_type(error.reconcile(client), Session)
    assert_type(await error.reconcile(waiting), Session)


async def async_surface(client: AsyncSessionsClient, body: CreateSession) -> None:
    """The same, awaited."""
    assert_type(await client.create_session(body), Session)
    page = await client.list_sessions("p")
    assert_type(page, AsyncPage[Session])
    assert_type([session async for session in page], list[Session])
    assert_type(await client.wait_for_session("s"), Session)
    assert_type(await client.wait_for_session_operation("o"), SessionOperation)
    assert_type(await client.create_session(body, unique_name=True), Session)
    assert_type(await client.ensure_session(body), Session)
    assert_type(client.with_options(timeout=5.0), AsyncSessionsClient)
    async with client.session_scope(body) as running:
        assert_type(running, Session)


def raw_surface(client: SessionsClient, body: CreateSession) -> None:
    """Raw operations take what the operations take, and say what they have read."""
    assert_type(client.raw.create_session(body), RawResponse[Session])
    assert_type(client.raw.get_session("s").parsed.state, SessionState)
    assert_type(client.raw.delete_session(session_id="s"), RawResponse[None])
    assert_type(client.raw.start_session("s"), RawResponse[SessionOperation])
    assert_type(client.raw.search_sessions("p", SessionsQuery()), RawResponse[Page[Session]])
    assert_type(list(client.raw.get_session_event_log("s", count=2).parsed), list[SessionEvent])
    client.raw.get_session()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.raw.get_session(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.raw.list_sessions("p", counts=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.raw.launch_session(body)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]


async def async_raw_surface(client: AsyncSessionsClient, body: CreateSession) -> None:
    """The same, awaited."""
    assert_type(await client.raw.create_session(body), RawResponse[Session])
    assert_type((await client.raw.get_session("s")).status, int)
    page = (await client.raw.list_sessions("p", count=2)).parsed
    assert_type(page, AsyncPage[Session])
    assert_type(await page.next_page(), AsyncPage[Session] | None)
    await client.raw.get_session(id="s")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
