"""`SessionsClient` and `AsyncSessionsClient`: the generated methods, and a few flows of several calls on top."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

from anyscale_sessions_api.pages import AsyncPage, Page

from anyscale_sessions_api import api
from anyscale_sessions_api.client import OPERATION_IDS, AsyncApi, SyncApi
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import Operation

from .._sansio.call import Calls, drive, drive_async
from .._sansio.pagination import AsyncPageImpl, PageCursor, SyncPage, first_cursor
from .._sansio.waiters import Look, command_steps, end_steps, launch_steps, operation_steps, start_steps
from .._utils.event_loops import running_loop
from ..exceptions import CreateOutcomeUnknownError, SessionsError
from .arguments import told_clearly
from .base import WAIT_TIMEOUT_S, ClientBase

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session, SessionCommand, SessionOperation, StartSessionOptions


T = TypeVar("T")

FLOWS = (
    "ensure_session",
    "launch_session",
    "run_command",
    "session_scope",
    "wait_for_session",
    "wait_for_session_operation",
    "with_options",
)


@told_clearly((*OPERATION_IDS, *FLOWS))
class SessionsClient(ClientBase, SyncApi):
    """A client of the Sessions API. Share one between threads; close it, or use it in a `with` statement.

    Every operation of the API is a method. An operation raises `InvalidRequestError` before anything is sent, or one of the
    other errors in `anyscale_sessions.exceptions`.
    """

    _is_async = False

    def _send(self, operation: Operation[T]) -> T:
        result: T = self._perform(operation)
        return result

    def _send_page(self, operation: Operation[T]) -> Page[T]:
        return self._page(first_cursor(operation))

    def _page(self, place: PageCursor[T]) -> Page[T]:
        return SyncPage(self._send(place.operation), place, self._page)

    def _perform(self, step: Operation[Any] | Look) -> Any:
        return self._drive(self._steps(step))

    def _drive(self, steps: Calls[T]) -> T:
        return drive(steps, self._connections.transport(), self.clock.sleep)

    def _run(self, steps: Generator[Any, Any, T]) -> T:
        return drive(steps, self._perform, self.clock.sleep)

    def close(self) -> None:
        """Close the connections, unless they are those of the client that this one is a copy of.

        A call after that opens new ones.
        """
        transport = None if self._is_copy else self._connections.pop_transport()
        if transport is not None:
            transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def create_session(self, body: GeneratedCreateSession, *, unique_name: bool = False) -> Session:
        """Create a session. It is not started: call `start_session` next, or `launch_session` instead of both.

        It is sent once. Where no usable response comes, the session is searched for until the deadline has passed, and
        returned if it is certainly the one that this call has made: by the user service token in `body`, which no other
        session has, or by its unique name. A call that is cancelled (KeyboardInterrupt, CancelledError) may have made a
        session as well.

        Args:
            body: what to create.
            unique_name: append 8 random letters and digits to the name, so that it belongs to no other session.

        Raises:
            CreateOutcomeUnknownError: the session may exist or not.
        """
        return self._drive(self._create_steps(api.create_session(body), unique_name=unique_name))

    def ensure_session(self, body: GeneratedCreateSession) -> Session:
        """The session with the name and in the project of `body`: the oldest one that is there, or else a new one.

        The name is all that counts: a session that is there is returned whatever its state and its other fields are.
        It is not started. Two callers that do this at the same moment can make one each, since the platform lets two
        sessions have one name; whoever calls later gets the older one.

        Raises:
            CreateOutcomeUnknownError: there was none, and it is not known whether one was made.
        """
        return self._drive(self._ensure_steps(api.create_session(body)))

    def reconcile_create(self, unknown: CreateOutcomeUnknownError) -> Session:
        """What `CreateOutcomeUnknownError.reconcile` does: search for a session that may have been created.

        Raises:
            CreateOutcomeUnknownError: it is still not certain.
        """
        return self._drive(self._reconcile_steps(unknown))

    def launch_session(
        self,
        body: GeneratedCreateSession,
        *,
        start: StartSessionOptions | None = None,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[Session | SessionOperation], object] | None = None,
    ) -> Session:
        """Create a session, start it, and wait until it runs.

        Args:
            body: what to create.
            start: what to start it with.
            timeout: seconds that all of it may take.
            poll_interval: seconds between two looks; without it, a growing interval from 1 to 15 s.
            on_progress: called with what each look found: the operation, later the session.

        Raises:
            OperationFailedError: the start ended with an error; the session exists.
            UnreachableStateError: the session cannot come to run any more.
            WaitTimeoutError: it does not run yet; go on with `wait_for_session`.
        """
        patience = self._patience(timeout, poll_interval, on_progress, start, body)
        return self._run(launch_steps(body, start, patience, on_progress))

    def wait_for_session(
        self,
        session_id: str,
        until: SessionState = SessionState.RUNNING,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[Session], object] | None = None,
    ) -> Session:
        """Wait until a session is in the state `until`, and return it; the arguments are those of `launch_session`.

        Raises:
            UnreachableStateError: at once, when it cannot come there unless somebody asks it to.
            WaitTimeoutError: it is not there yet; wait again with the same id.
        """
        patience = self._patience(timeout, poll_interval, on_progress)
        return self._run(self._session_steps(session_id, until, patience, on_progress))

    def wait_for_session_operation(
        self,
        operation_id: str,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[SessionOperation], object] | None = None,
    ) -> SessionOperation:
        """Wait until a start or a termination is completed, and return it.

        Raises:
            OperationFailedError: it ended with an error.
            WaitTimeoutError: it is not completed yet; wait again with the same id.
        """
        patience = self._patience(timeout, poll_interval, on_progress)
        return self._run(operation_steps(operation_id, patience, on_progress))

    def run_command(
        self,
        session_id: str,
        shell_command: str,
        *,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
    ) -> SessionCommand:
        """Run a command in a session, wait until it has finished, and return it; look at its `status_code`."""
        return self._run(command_steps(session_id, shell_command, self._patience(timeout, poll_interval)))

    @contextmanager
    def session_scope(
        self,
        body: GeneratedCreateSession,
        *,
        start: StartSessionOptions | None = None,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[Session | SessionOperation], object] | None = None,
    ) -> Generator[Session]:
        """A running session for a `with` block, terminated at its end, also where starting it fails."""
        patience = self._patience(timeout, poll_interval, on_progress, start, body)
        session = self.create_session(body)
        try:
            yield self._run(start_steps(session.id, start, patience, on_progress))
        except BaseException as error:
            try:
                self._run(end_steps(session.id))
            except SessionsError as trouble:
                error.add_note(f"session {session.id} was not terminated: {trouble}")
            raise
        self._run(end_steps(session.id))


@told_clearly((*OPERATION_IDS, *FLOWS))
class AsyncSessionsClient(ClientBase, AsyncApi):
    """A client of the Sessions API. Share one between the tasks of a loop; close it, or use it in an `async with`.

    Every operation of the API is a method. An operation raises `InvalidRequestError` before anything is sent, or one of the
    other errors in `anyscale_sessions.exceptions`.
    """

    _is_async = True

    async def _send(self, operation: Operation[T]) -> T:
        result: T = await self._perform(operation)
        return result

    async def _send_page(self, operation: Operation[T]) -> AsyncPage[T]:
        return await self._page(first_cursor(operation))

    async def _page(self, place: PageCursor[T]) -> AsyncPage[T]:
        return AsyncPageImpl(await self._send(place.operation), place, self._page)

    async def _perform(self, step: Operation[Any] | Look) -> Any:
        return await self._drive(self._steps(step))

    async def _drive(self, steps: Calls[T]) -> T:
        return await drive_async(steps, self._connections.transport(running_loop()), self.clock.sleep_async)

    async def _run(self, steps: Generator[Any, Any, T]) -> T:
        return await drive_async(steps, self._perform, self.clock.sleep_async)

    async def aclose(self) -> None:
        """Close the connections that belong to the running event loop, unless this client is a copy.

        A call after that opens new ones.
        """
        transport = None if self._is_copy else self._connections.pop_transport(running_loop())
        if transport is not None:
            await transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def create_session(self, body: GeneratedCreateSession, *, unique_name: bool = False) -> Session:
        """Create a session. It is not started: call `start_session` next, or `launch_session` instead of both.

        It is sent once. Where no usable response comes, the session is searched for until the deadline has passed, and
        returned if it is certainly the one that this call has made: by the user service token in `body`, which no other
        session has, or by its unique name. A call that is cancelled (KeyboardInterrupt, CancelledError) may have made a
        session as well.

        Args:
            body: what to create.
            unique_name: append 8 random letters and digits to the name, so that it belongs to no other session.

        Raises:
            CreateOutcomeUnknownError: the session may exist or not.
        """
        return await self._drive(self._create_steps(api.create_session(body), unique_name=unique_name))

    async def ensure_session(self, body: GeneratedCreateSession) -> Session:
        """The session with the name and in the project of `body`: the oldest one that is there, or else a new one.

        The name is all that counts: a session that is there is returned whatever its state and its other fields are.
        It is not started. Two callers that do this at the same moment can make one each, since the platform lets two
        sessions have one name; whoever calls later gets the older one.

        Raises:
            CreateOutcomeUnknownError: there was none, and it is not known whether one was made.
        """
        return await self._drive(self._ensure_steps(api.create_session(body)))

    async def reconcile_create(self, unknown: CreateOutcomeUnknownError) -> Session:
        """What `CreateOutcomeUnknownError.reconcile` does: search for a session that may have been created.

        Raises:
            CreateOutcomeUnknownError: it is still not certain.
        """
        return await self._drive(self._reconcile_steps(unknown))

    async def launch_session(
        self,
        body: GeneratedCreateSession,
        *,
        start: StartSessionOptions | None = None,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[Session | SessionOperation], object] | None = None,
    ) -> Session:
        """Create a session, start it, and wait until it runs.

        Args:
            body: what to create.
            start: what to start it with.
            timeout: seconds that all of it may take.
            poll_interval: seconds between two looks; without it, a growing interval from 1 to 15 s.
            on_progress: called with what each look found: the operation, later the session.

        Raises:
            OperationFailedError: the start ended with an error; the session exists.
            UnreachableStateError: the session cannot come to run any more.
            WaitTimeoutError: it does not run yet; go on with `wait_for_session`.
        """
        patience = self._patience(timeout, poll_interval, on_progress, start, body)
        return await self._run(launch_steps(body, start, patience, on_progress))

    async def wait_for_session(
        self,
        session_id: str,
        until: SessionState = SessionState.RUNNING,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[Session], object] | None = None,
    ) -> Session:
        """Wait until a session is in the state `until`, and return it; the arguments are those of `launch_session`.

        Raises:
            UnreachableStateError: at once, when it cannot come there unless somebody asks it to.
            WaitTimeoutError: it is not there yet; wait again with the same id.
        """
        patience = self._patience(timeout, poll_interval, on_progress)
        return await self._run(self._session_steps(session_id, until, patience, on_progress))

    async def wait_for_session_operation(
        self,
        operation_id: str,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[SessionOperation], object] | None = None,
    ) -> SessionOperation:
        """Wait until a start or a termination is completed, and return it.

        Raises:
            OperationFailedError: it ended with an error.
            WaitTimeoutError: it is not completed yet; wait again with the same id.
        """
        patience = self._patience(timeout, poll_interval, on_progress)
        return await self._run(operation_steps(operation_id, patience, on_progress))

    async def run_command(
        self,
        session_id: str,
        shell_command: str,
        *,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
    ) -> SessionCommand:
        """Run a command in a session, wait until it has finished, and return it; look at its `status_code`."""
        return await self._run(command_steps(session_id, shell_command, self._patience(timeout, poll_interval)))

    @asynccontextmanager
    async def session_scope(
        self,
        body: GeneratedCreateSession,
        *,
        start: StartSessionOptions | None = None,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[Session | SessionOperation], object] | None = None,
    ) -> AsyncGenerator[Session]:
        """A running session for a `async with` block, terminated at its end, also where starting it fails."""
        patience = self._patience(timeout, poll_interval, on_progress, start, body)
        session = await self.create_session(body)
        try:
            yield await self._run(start_steps(session.id, start, patience, on_progress))
        except BaseException as error:
            try:
                await self._run(end_steps(session.id))
            except SessionsError as trouble:
                error.add_note(f"session {session.id} was not terminated: {trouble}")
            raise
        await self._run(end_steps(session.id))
