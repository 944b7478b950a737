"""The calls that runs and sweeps share: search for sessions by name, and terminate a session."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from anyscale_sessions_api.models.page_query import PageQuery
from anyscale_sessions_api.models.sessions_query import SessionsQuery
from anyscale_sessions_api.models.text_query import TextQuery

from .._sansio.retry import TRANSIENT_ERRORS
from ..exceptions import ConflictError, NotFoundError, OutcomeUnknownError
from .decisions import LIVE_STATES, is_ending
from .steps import Ask, Pause, Steps

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session

    from .._sansio.messages import Clock

T = TypeVar("T")

SESSIONS_PER_PAGE: Final = 100  # a session can have a long cluster_config, and the size of a response is limited

MAX_TERMINATE_CALLS: Final = 5  # each makes several attempts
FIRST_PAUSE_S: Final = 1.0
MAX_PAUSE_S: Final = 30.0


def search_steps(project_id: str, text: str, pick: Callable[[Session], T | None]) -> Steps[list[T]]:
    """The results of `pick`, without `None`, for the live sessions whose names contain a text. The server filters.

    All pages are read before any session is changed, because a list that becomes shorter can hide sessions.
    """
    query = SessionsQuery(
        name=TextQuery(contains=text), state_filter=list(LIVE_STATES), paging=PageQuery(count=SESSIONS_PER_PAGE)
    )
    page: Any = yield lambda client: client.search_sessions(project_id, query)
    results: list[T] = []
    while page is not None:
        results += [picked for session in page.results if (picked := pick(session)) is not None]
        page = yield partial(_next_page, page)
    return results


def _next_page(page: Any, _client: object) -> Any:
    return page.next_page()


def retry_not_found(ask: Ask, clock: Clock, fresh_after: float) -> Steps[Any]:
    """Make a call. Before the time `fresh_after`, repeat it after a 404, because the session is new."""
    while True:
        try:
            return (yield ask)
        except NotFoundError:
            if clock.monotonic() >= fresh_after:
                raise
            yield Pause(FIRST_PAUSE_S)


def terminate_steps(session_id: str, clock: Clock, fresh_after: float = 0.0) -> Steps[None]:
    """Terminate a session. Repeat this for a while if it is throttled, fails, or its outcome is unknown.

    Before the time `fresh_after`, a 404 does not mean that the session was deleted, because it is new.
    """
    calls = 0
    while True:
        try:
            return (yield from _terminate_once(session_id, clock, fresh_after))
        except (*TRANSIENT_ERRORS, OutcomeUnknownError) as error:
            pause_s = max(FIRST_PAUSE_S * 2**calls, getattr(error, "retry_after", None) or 0.0)
            calls += 1
            if calls == MAX_TERMINATE_CALLS or pause_s > MAX_PAUSE_S:
                raise
            yield Pause(pause_s)


def _terminate_once(session_id: str, clock: Clock, fresh_after: float) -> Steps[None]:
    try:
        yield from retry_not_found(lambda client: client.terminate_session(session_id), clock, fresh_after)
    except NotFoundError:
        return
    except OutcomeUnknownError as error:
        if not error.is_done:
            raise
    except ConflictError:
        session: Session = yield lambda client: client.get_session(session_id)
        if not is_ending(session):
            raise
