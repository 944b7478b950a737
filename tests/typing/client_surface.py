"""What the clients return is typed, model by model. Checked, never run."""

from typing import assert_type

from anyscale_sessions import (
    AsyncPage,
    AsyncPager,
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
    api,
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
    assert_type(client.ensure_running(body, start={"build_id": "b"}), Session)
    assert_type(client.create_session({"name": "a"}), Session)
    assert_type(client.update_session("s", {"idle_timeout": 5}), Session)
    assert_type(client.wait_for_session_command("c", on_progress=print), SessionCommand)
    client.update_session("s", 5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
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
    pager = client.list_sessions("p")
    assert_type(pager, AsyncPager[Session])
    assert_type([session async for session in pager], list[Session])
    page = await pager
    assert_type(page, AsyncPage[Session])
    assert_type([session async for session in page], list[Session])
    assert_type(await client.search_sessions("p", {"name": {"equals": "a"}}), AsyncPage[Session])
    assert_type(await client.ensure_running({"name": "a"}, start={"build_id": "b"}), Session)
    assert_type(await client.wait_for_session_command("c"), SessionCommand)
    assert_type(await client.wait_for_session("s"), Session)
    assert_type(await client.wait_for_session_operation("o"), SessionOperation)
    assert_type(await client.create_session(body, unique_name=True), Session)
    assert_type(await client.ensure_session(body), Session)
    assert_type(client.with_options(timeout=5.0), AsyncSessionsClient)
    async with client.session_scope(body) as running:
        assert_type(running, Session)


def send_surface(client: SessionsClient, body: CreateSession) -> None:
    """The response to an operation has the type of the operation's result; a list gives a page."""
    assert_type(client.send(api.create_session(body)), RawResponse[Session])
    assert_type(client.send(api.get_session("s")).parsed.state, SessionState)
    assert_type(client.send(api.delete_session(session_id="s")), RawResponse[None])
    assert_type(client.send(api.start_session("s")), RawResponse[SessionOperation])
    assert_type(client.send(api.search_sessions("p", SessionsQuery())), RawResponse[Page[Session]])
    assert_type(list(client.send(api.get_session_event_log("s", count=2)).parsed), list[SessionEvent])
    client.send("get_session")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    api.get_session()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    api.get_session(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    api.list_sessions("p", counts=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    api.launch_session(body)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]


async def async_send_surface(client: AsyncSessionsClient, body: CreateSession) -> None:
    """The asynchronous client returns the same responses, with asynchronous pages."""
    assert_type(await client.send(api.create_session(body)), RawResponse[Session])
    assert_type((await client.send(api.get_session("s"))).status, int)
    page = (await client.send(api.list_sessions("p", count=2))).parsed
    assert_type(page, AsyncPage[Session])
    assert_type(await page.next_page(), AsyncPage[Session] | None)
