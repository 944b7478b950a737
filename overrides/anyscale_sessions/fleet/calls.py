"""The calls that runs and sweeps share: search for sessions by name, and see to it that one ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from anyscale_sessions_api.models.page_query import PageQuery
from anyscale_sessions_api.models.sessions_query import SessionsQuery
from anyscale_sessions_api.models.text_query import TextQuery

from ..exceptions import (
    APIConnectionError,
    APITimeoutError,
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
)
from .decisions import LIVE_STATES, is_ending
from .steps import Pause, Steps

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session

T = TypeVar("T")

SESSIONS_A_PAGE: Final = 100  # each can carry a long cluster config, and a response is limited in size

MAX_TERMINATE_ATTEMPTS: Final = 5  # of ours, each of which is several of the client's
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0

_PASSING: Final = (
    APIConnectionError,
    APITimeoutError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
)


def search_steps(project_id: str, text: str, pick: Callable[[Session], T | None]) -> Steps[list[T]]:
    """What `pick` makes of the live sessions whose names contain a text; the server filters by both.

    All pages are read before anything is done about the sessions, since a list that shrinks can hide some of them.
    """
    query = SessionsQuery(
        name=TextQuery(contains=text), state_filter=list(LIVE_STATES), paging=PageQuery(count=SESSIONS_A_PAGE)
    )
    page: Any = yield lambda client: client.search_sessions(project_id, query)
    found: list[T] = []
    while page is not None:
        found += [picked for session in page.results if (picked := pick(session)) is not None]
        page = yield partial(_next_page, page)
    return found


def _next_page(page: Any, _client: object) -> Any:
    return page.next_page()


def terminate_steps(session_id: str) -> Steps[None]:
    """See to it that a session ends, also where its termination is throttled or its response is lost."""
    attempts = 0
    while True:
        try:
            return (yield from _terminate_once(session_id))
        except _PASSING as error:
            pause_s = max(FIRST_PAUSE_S * 2**attempts, getattr(error, "retry_after", None) or 0.0)
            attempts += 1
            if attempts == MAX_TERMINATE_ATTEMPTS or pause_s > LONGEST_PAUSE_S:
                raise
            yield Pause(pause_s)


def _terminate_once(session_id: str) -> Steps[None]:
    try:
        yield lambda client: client.terminate_session(session_id)
    except NotFoundError:
        return
    except OutcomeUnknownError as error:
        if not error.is_done:
            raise
    except ConflictError:
        session: Session = yield lambda client: client.get_session(session_id)
        if not is_ending(session):
            raise
