"""What CONTRIBUTING's change of the spec brings, as both type checkers see it. Checked in a scratch copy, never run."""

from datetime import datetime
from typing import assert_type

from anyscale_sessions import (
    AsyncPage,
    AsyncSessionsClient,
    CreateSession,
    Page,
    Session,
    SessionPriority,
    SessionsClient,
    SessionSnapshot,
)

app_config = CreateSession(
    name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", priority="high"
)
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="c", priority=SessionPriority.LOW)
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="c", priority="urgent")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
assert_type(app_config.priority, SessionPriority | None)


def synchronous(client: SessionsClient, session: Session) -> None:
    """The operation, its parameter and its result."""
    page = client.list_session_snapshots(session.id)
    assert_type(page, Page[SessionSnapshot])
    assert_type(page.results[0].created_at, datetime)
    assert_type(session.region, str)
    client.list_sessions("p", name_contains="a")
    client.list_sessions("p", name_contains=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def asynchronous(client: AsyncSessionsClient) -> None:
    """The same, awaited."""
    assert_type(await client.list_session_snapshots("ses_1"), AsyncPage[SessionSnapshot])
