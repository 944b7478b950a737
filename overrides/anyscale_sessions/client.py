"""`SessionsClient` and `AsyncSessionsClient`: the generated methods, and a few flows of several calls on top."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

from anyscale_sessions_api.client import OPERATION_IDS, AsyncApi, SyncApi
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import AsyncPage, Operation, Page

from .arguments import told_clearly
from .calling import drive, drive_async
from .client_base import WAIT_TIMEOUT_S, ClientBase
from .create_session import CreateSession
from .exceptions import SessionsError
from .pages import AwaitedPage, SyncPage
from .waiting import command_steps, launch_steps, operation_steps, session_steps

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session, SessionCommand, SessionOperation, StartSessionOptions

T = TypeVar("T")


@told_clearly(OPERATION_IDS)
class SessionsClient(ClientBase, SyncApi):
    """A client of the Sessions API. Share one between threads; close it, or use it in a `with` statement.

    Every operation of the API is a method. An operation raises `InvalidRequest` before anything is sent, or one of the
    other errors in `anyscale_sessions.exceptions`.
    """

    def _send(self, operation: Operation[T]) -> T:
        result: T = drive(self._steps(operation), self._connected(), self._clock.sleep)
        return result

    def _send_page(self, operation: Operation[T]) -> Page[T]:
        return SyncPage(self._send(operation), operation, self._send_page)

    def _run(self, steps: Generator[Any, Any, T]) -> T:
        return drive(steps, self._send, self._clock.sleep)

    def _connected(self) -> Any:
        with self._lock:
            if self._transport is None:
                from . import _http

                self._transport = _http.connect(**self._wire())
            return self._transport

    def close(self) -> None:
        """Close the connections. A call after that opens new ones."""
        with self._lock:
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
            timeout: seconds to wait at most, for the start and again for the state.
            poll_interval: seconds between two looks; without it, a growing interval from 1 to 15 s.
            on_progress: called with what each look found: the operation, later the session.

        Raises:
            OperationFailed: the start ended with an error; the session exists.
            SessionUnreachableState: the session cannot come to run any more.
            WaitTimeout: it does not run yet; go on with `wait_for_session`.
        """
        patience = self._patience(timeout, poll_interval)
        return self._run(launch_steps(self.create_session(body), start, patience, on_progress))

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
            SessionUnreachableState: at once, when it cannot come there unless somebody asks it to.
            WaitTimeout: it is not there yet; wait again with the same id.
        """
        patience = self._patience(timeout, poll_interval)
        return self._run(session_steps(session_id, SessionState(until), patience, on_progress))

    def wait_for_session_operation(
        self,
        operation_id: str,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[SessionOperation], object] | None = None,
    ) -> SessionOperation:
        """Wait until a start or a termination is completed, and return it.

        Raises:
            OperationFailed: it ended with an error.
            WaitTimeout: it is not completed yet; wait again with the same id.
        """
        return self._run(operation_steps(operation_id, self._patience(timeout, poll_interval), on_progress))

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
        patience = self._patience(timeout, poll_interval)
        session = self.create_session(CreateSession.of(body))
        try:
            yield self._run(launch_steps(session, start, patience, on_progress))
        except BaseException as error:
            try:
                self.terminate_session(session.id)
            except SessionsError as trouble:
                error.add_note(f"session {session.id} was not terminated: {trouble}")
            raise
        self.terminate_session(session.id)


@told_clearly(OPERATION_IDS)
class AsyncSessionsClient(ClientBase, AsyncApi):
    """A client of the Sessions API. Share one between the tasks of a loop; close it, or use it in an `async with`.

    Every operation of the API is a method. An operation raises `InvalidRequest` before anything is sent, or one of the
    other errors in `anyscale_sessions.exceptions`.
    """

    async def _send(self, operation: Operation[T]) -> T:
        result: T = await drive_async(self._steps(operation), self._connected(), self._clock.sleep_async)
        return result

    async def _send_page(self, operation: Operation[T]) -> AsyncPage[T]:
        return AwaitedPage(await self._send(operation), operation, self._send_page)

    async def _run(self, steps: Generator[Any, Any, T]) -> T:
        return await drive_async(steps, self._send, self._clock.sleep_async)

    def _connected(self) -> Any:
        with self._lock:
            if self._transport is None:
                from . import _http

                self._transport = _http.connect_async(**self._wire())
            return self._transport

    async def aclose(self) -> None:
        """Close the connections. A call after that opens new ones."""
        with self._lock:
            transport, self._transport = self._transport, None
        if transport is not None:
            await transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

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
            timeout: seconds to wait at most, for the start and again for the state.
            poll_interval: seconds between two looks; without it, a growing interval from 1 to 15 s.
            on_progress: called with what each look found: the operation, later the session.

        Raises:
            OperationFailed: the start ended with an error; the session exists.
            SessionUnreachableState: the session cannot come to run any more.
            WaitTimeout: it does not run yet; go on with `wait_for_session`.
        """
        patience = self._patience(timeout, poll_interval)
        return await self._run(launch_steps(await self.create_session(body), start, patience, on_progress))

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
            SessionUnreachableState: at once, when it cannot come there unless somebody asks it to.
            WaitTimeout: it is not there yet; wait again with the same id.
        """
        patience = self._patience(timeout, poll_interval)
        return await self._run(session_steps(session_id, SessionState(until), patience, on_progress))

    async def wait_for_session_operation(
        self,
        operation_id: str,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[SessionOperation], object] | None = None,
    ) -> SessionOperation:
        """Wait until a start or a termination is completed, and return it.

        Raises:
            OperationFailed: it ended with an error.
            WaitTimeout: it is not completed yet; wait again with the same id.
        """
        return await self._run(operation_steps(operation_id, self._patience(timeout, poll_interval), on_progress))

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
        patience = self._patience(timeout, poll_interval)
        session = await self.create_session(CreateSession.of(body))
        try:
            yield await self._run(launch_steps(session, start, patience, on_progress))
        except BaseException as error:
            try:
                await self.terminate_session(session.id)
            except SessionsError as trouble:
                error.add_note(f"session {session.id} was not terminated: {trouble}")
            raise
        await self.terminate_session(session.id)
