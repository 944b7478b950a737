"""`AsyncSessionsClient`: one method for each operation of the API, and flows of several calls on top."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Self, TypeVar, overload

from anyscale_sessions_api import api, models
from anyscale_sessions_api.client import AsyncApi
from anyscale_sessions_api.pages import AsyncPage, AsyncPager, Page
from anyscale_sessions_api.types import Operation, Secret

from .._sansio.flows import (
    StartOptions,
    launch,
    preference_to_run,
    run_existing,
    start_and_wait,
    terminate,
)
from .._sansio.known_ids import Leftovers
from .._sansio.pagination import AsyncPageImpl, AsyncPagerImpl, PageCursor, first_cursor
from .._sansio.raw_response import RawResponse
from .._sansio.request import with_model_body
from .._sansio.waiters import Bounded
from .._utils.event_loops import running_loop
from ..exceptions import SessionsError
from .aio_waits import AsyncWaits
from .base import WAIT_TIMEOUT_S, flow_models
from .dispatch import SessionBody

T = TypeVar("T")


class AsyncSessionsClient(AsyncWaits, AsyncApi):
    """An asynchronous client of the Sessions API. The tasks of an event loop can share one.

    Close it with `aclose`, or use it in an `async with` statement. Every operation of the API is a method. Before it
    sends anything, an operation checks its arguments and raises `InvalidRequestError` for those that break a rule. The
    other errors are in `anyscale_sessions.exceptions`.
    """

    _is_async = True

    async def _send(self, operation: Operation[T]) -> T:
        result: T = await self._drive(self._steps(operation))
        return result

    def _send_page(self, operation: Operation[Page[T]]) -> AsyncPager[T]:
        return AsyncPagerImpl(operation.id, partial(self._first_page, operation))

    async def _first_page(self, operation: Operation[Page[T]]) -> AsyncPage[T]:
        return await self._page(first_cursor(with_model_body(operation)))

    async def _page(self, cursor: PageCursor[T]) -> AsyncPage[T]:
        return AsyncPageImpl(await self._send(cursor.operation), cursor, self._page)

    async def aclose(self) -> None:
        """Close the connections of the running event loop. A copy made by `with_options` has none of its own.

        A later call opens new connections.
        """
        transport = None if self._is_copy else self._connections.pop_transport(running_loop())
        if transport is not None:
            await transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @overload
    async def send(self, operation: Operation[Page[T]]) -> RawResponse[AsyncPage[T]]: ...
    @overload
    async def send(self, operation: Operation[T]) -> RawResponse[T]: ...
    async def send(self, operation: Operation[Any]) -> RawResponse[Any]:
        """Send an operation and return the whole response: status, headers, bytes, the result and unknown fields.

        Make the operation with a function of `anyscale_sessions.api`. Arguments, retries and errors are those of the
        method of the same name, with one exception: if the response to an operation that is not idempotent is lost, the
        client raises `OutcomeUnknownError` at once, because nothing can replace the response.

        Example::

            response = await client.send(api.get_session("ses_1"))
        """
        return await self._drive(self._raw_steps(operation, self._page_of(operation)))

    def _page_of(self, operation: Operation[Any]) -> Callable[[Any], AsyncPage[Any]]:
        return lambda response: AsyncPageImpl(response, first_cursor(with_model_body(operation)), self._page)

    async def create_session(self, body: SessionBody, *, unique_name: bool = False) -> models.Session:
        """Create a session. This does not start it: call `start_session` next, or `launch_session` instead of both.

        The request is sent once. If no usable response comes, the client searches for the session until the deadline,
        and returns it if this call has certainly created it: the session has the user service token in `body`, which no
        other session has, or the unique name. A call that is cancelled (KeyboardInterrupt, CancelledError) may have
        created a session too.

        Args:
            body: what to create.
            unique_name: append 8 random letters and digits to the name, so that no other session has it.

        Raises:
            CreateOutcomeUnknownError: the session may exist or not.
        """
        operation = api.create_session(body)
        del body  # a traceback would show a mapping
        return await self._drive(self._create_steps(operation, unique_name=unique_name))

    async def ensure_session(self, body: SessionBody) -> models.Session:
        """Return the oldest session with the name and project of `body`, or create one.

        Only the name and the project are compared: an existing session is returned in any state and with any other
        fields. It is not started. Two callers that do this at the same time can create one session each, because the
        platform allows two sessions with one name. Later callers get the older one. This client and its copies remember
        for a minute which sessions they have created, because a search can miss a new session.

        Raises:
            InvalidSessionError: the name has blanks at an end or is not in the Unicode form NFC, so that a server may
                store another name.
            CreateOutcomeUnknownError: there was none, and it is unknown whether this call created one.
        """
        operation = api.create_session(body)
        del body  # a traceback would show a mapping
        return await self._drive(self._ensure_steps(operation))

    async def launch_session(
        self,
        body: SessionBody,
        *,
        start: StartOptions = None,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[models.Session | models.SessionOperation], object] | None = None,
    ) -> models.Session:
        """Create a session, start it, and wait until it runs.

        Args:
            body: what to create.
            start: the options of the start.
            timeout: seconds that everything together may take.
            poll_interval: seconds between two polls. Default: an interval that grows from 1 to 15 s.
            on_progress: called with the result of each poll: the operation, later the session.

        Raises:
            OperationFailedError: the start ended with an error; the session exists.
            UnreachableStateError: the session can no longer reach the state Running.
            WaitTimeoutError: it does not run yet; continue with `wait_for_session`.
        """
        bodies = Secret((body, start))
        del body, start  # a traceback would show them
        checked, options_of_start = flow_models(bodies)
        options = self._wait_options(timeout, poll_interval, on_progress, options_of_start, checked)
        left = Leftovers()
        return await self._run(launch(checked, options_of_start, options, on_progress, left), left)

    async def ensure_running(
        self,
        body: SessionBody,
        *,
        start: StartOptions = None,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[models.Session | models.SessionOperation], object] | None = None,
    ) -> models.Session:
        """Return a running session with the name and project of `body`: an existing one if there is one.

        It is the oldest one that is neither Terminated nor Terminating. If there is none, it is the oldest one that is
        Terminated, and otherwise a new one. It is started if it is at rest. Only the name and the project are compared.
        The arguments are those of `launch_session`, and `timeout` is for everything together.

        Raises:
            InvalidSessionError: the name cannot identify a session; see `ensure_session`.
            CreateOutcomeUnknownError: there was no session, and it is unknown whether this call created one.
            ConflictError: the state of the session does not allow a start.
            OperationFailedError: the start ended with an error; the session exists.
            UnreachableStateError: the session can no longer reach the state Running.
            WaitTimeoutError: it does not run yet; call this again, or continue with `wait_for_session`.
        """
        bodies = Secret((body, start))
        del body, start  # a traceback would show them
        checked, options_of_start = flow_models(bodies)
        options = self._wait_options(timeout, poll_interval, on_progress, options_of_start, checked)
        limits = self._limits.within(timeout)
        session = await self._drive(self._ensure_steps(api.create_session(checked), limits, preference_to_run))
        left, fresh_after = Leftovers(), self._recent_writes.fresh_after(session.id)
        left.add(session)
        return await self._run(run_existing(session.id, options_of_start, options, on_progress, fresh_after), left)

    @asynccontextmanager
    async def session_scope(
        self,
        body: SessionBody,
        *,
        start: StartOptions = None,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[models.Session | models.SessionOperation], object] | None = None,
    ) -> AsyncGenerator[models.Session]:
        """A running session for an `async with` block. It is terminated when the block ends, or if its start fails.

        The arguments are those of `launch_session`.
        """
        bodies = Secret((body, start))
        del body, start  # a traceback would show them
        checked, options_of_start = flow_models(bodies)
        options = self._wait_options(timeout, poll_interval, on_progress, options_of_start, checked)
        session = await self._perform(Bounded(api.create_session(checked), timeout))
        fresh_after = self._recent_writes.fresh_after(session.id)
        end = partial(terminate, session.id, self.clock, fresh_after)
        try:
            yield await self._run(
                start_and_wait(session.id, options_of_start, options, on_progress, fresh_after=fresh_after)
            )
        except BaseException as error:
            try:
                await self._run(end())
            except SessionsError as termination_error:
                error.add_note(f"session {session.id} was not terminated: {termination_error}")
            raise
        await self._run(end())
