"""What a call and its driver exchange."""

from __future__ import annotations

from anyscale_sessions import (
    CreateSession,
)
from anyscale_sessions._sansio.call import (
    call,
)
from anyscale_sessions._sansio.messages import (
    Response,
)
from anyscale_sessions._sansio.request import prepare
from anyscale_sessions_api.api.sessions import (
    create_session,
)

from ..conftest import APP_CONFIG, TOKEN, Turned
from .conftest import LIMITS


def test_repr_of_messages_hides_secrets(turned: Turned) -> None:
    """The repr of what a call yields and receives shows no body, no header and no secret."""
    body = CreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    operation = create_session.create_session(body)
    step = next(call(operation, prepare(operation), LIMITS, turned.context()))
    assert body.user_service_token not in repr(step)
    assert TOKEN not in repr(turned.context())
    shown = repr(Response(200, {"set-cookie": TOKEN}, TOKEN.encode()))
    assert TOKEN not in shown
