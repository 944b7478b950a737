"""`SessionsClient` and `AsyncSessionsClient`: the generated methods, and a few flows of several calls on top."""

from __future__ import annotations

import asyncio
import platform
import random
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from anyscale_sessions_api.client import OPERATION_IDS, AsyncApi, SyncApi
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import AsyncPage, Operation, Page
from attrs import evolve, field, frozen

from .arguments import told_clearly
from .calling import Clock, Limits, Send, Sleep, call, drive, drive_async
from .create_session import CreateSession
from .credentials import find_base_url, find_token
from .exceptions import InvalidRequest, Problem, SessionsError
from .pages import AwaitedPage, SyncPage
from .preparing import prepare
from .version import __version__
from .waiting import Patience, command_steps, launch_steps, operation_steps, session_steps

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session, SessionCommand, SessionOperation, StartSessionOptions

T = TypeVar("T")

TIMEOUT_S: Final = 30.0
CONNECT_TIMEOUT_S: Final = 5.0
DEADLINE_S: Final = 60.0
WAIT_TIMEOUT_S: Final = 900.0
MAX_ATTEMPTS: Final = 3

SYSTEM_CLOCK: Final = Clock(monotonic=time.monotonic, now=lambda: datetime.now(UTC), fraction=random.random)


@frozen
class UserService:
    """Where a session's user service is, and the headers that open it. Its repr does not show them."""

    url: str
    headers: dict[str, str] = field(repr=False)


class _Base:
    """What both clients share: settings, the token, and how an operation becomes steps."""

    def __init__(
        self,
        token: str | None = None,
        *,
        host: str | None = None,
        timeout: float = TIMEOUT_S,
        connect_timeout: float = CONNECT_TIMEOUT_S,
        deadline: float = DEADLINE_S,
        max_attempts: int = MAX_ATTEMPTS,
        ca_file: str | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        allow_http: bool = False,
        http_client: Any = None,
        transport: str = "httpx",
    ) -> None:
        """Find the token and the host; no connection is made before the first call.

        Args:
            token: the token to authenticate with; else ANYSCALE_CLI_TOKEN, else ~/.anyscale/credentials.json.
            host: scheme and authority of the API; else ANYSCALE_HOST, else https://api.anyscale.com.
            timeout: seconds that one attempt may take between two bytes.
            connect_timeout: seconds to get a connection.
            deadline: seconds that a call may take, over all its attempts.
            max_attempts: how often a request is sent at most, where it may be repeated.
            ca_file: certificates to trust, as a PEM file, instead of the usual ones.
            proxy: URL of a proxy; never used for this machine.
            trust_env: whether proxies are taken from the environment.
            allow_http: allow plain http to other machines too, which shows the token to the network.
            http_client: an httpx client of your own, or anything with its `build_request` and `send`.
            transport: what sends the requests; "httpx".

        Raises:
            MissingCredentials: there is no token in any of the three places.
            InvalidCredentials: the token, the host or the credentials file cannot be used.
            InvalidRequest: another argument breaks its rule.
        """
        problems = [
            Problem(name, "must be a finite number of seconds above 0", "pass seconds")
            for name, value in (("timeout", timeout), ("connect_timeout", connect_timeout), ("deadline", deadline))
            if not _is_duration(value)
        ]
        if not isinstance(max_attempts, int) or isinstance(max_attempts, bool) or max_attempts < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            problems.append(Problem("max_attempts", "must be a whole number from 1", "pass 1 for no repetition"))
        if transport != "httpx":
            problems.append(Problem("transport", "must be httpx", "leave it out"))
        if problems:
            raise InvalidRequest.of(type(self).__name__, problems)
        self._token = find_token(token)
        self._base_url = find_base_url(host, allow_http=allow_http)
        self._limits = Limits(timeout_s=timeout, deadline_s=deadline, max_attempts=max_attempts)
        self._connect_timeout_s = connect_timeout
        self._http_options = {"ca_file": ca_file, "proxy": proxy, "trust_env": trust_env}
        self._http_client = http_client
        self._clock = SYSTEM_CLOCK
        self._transport: Any = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(host={self._base_url!r})"

    def user_service(self, session: Session) -> UserService:
        """Where the session's user service is, and the headers that open it. Raises `InvalidRequest` if it has none."""
        token = session.user_service_token or session.access_token
        if session.user_service_url is None or not token:
            problem = Problem("session", "must have a user service", "wait until it runs, and get it again")
            raise InvalidRequest.of("user_service", [problem])
        return UserService(session.user_service_url, {"Authorization": f"Bearer {token}"})

    def _steps(self, operation: Operation[Any]) -> Generator[Send | Sleep, Any, Any]:
        body = operation.body
        if operation.id == "create_session" and isinstance(body, GeneratedCreateSession):
            # A plain generated instance, or one that was tampered with, obeys the rules as well.
            operation = evolve(operation, body=CreateSession.of(body))
        return call(operation, prepare(operation), self._limits, self._clock, (self._token,))

    def _patience(self, timeout: float, poll_interval: float | None) -> Patience:
        problems = [
            Problem(name, "must be a finite number of seconds above 0", "pass seconds")
            for name, value in (("timeout", timeout), ("poll_interval", poll_interval))
            if value is not None and not _is_duration(value)
        ]
        if problems:
            raise InvalidRequest.of("wait", problems)
        return Patience(timeout_s=timeout, poll_interval_s=poll_interval, clock=self._clock)

    def _headers(self) -> dict[str, str]:
        return {
            "accept": "application/json",
            "accept-encoding": "identity",
            "cookie": f"cli_token={self._token}",
            "user-agent": f"anyscale-sessions/{__version__} python/{platform.python_version()}",
            "x-anyscale-client": "anyscale-sessions",
            "x-anyscale-client-version": __version__,
        }

    def _wire(self) -> dict[str, Any]:
        return {
            "base_url": self._base_url,
            "headers": self._headers(),
            "connect_timeout_s": self._connect_timeout_s,
            "http_client": self._http_client,
            **self._http_options,
        }


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


@told_clearly(OPERATION_IDS)
class SessionsClient(_Base, SyncApi):
    """A client of the Sessions API. Share one between threads; close it, or use it in a `with` statement.

    Every operation of the API is a method. An operation raises `InvalidRequest` before anything is sent, or one of the
    other errors in `anyscale_sessions.exceptions`.
    """

    def _send(self, operation: Operation[T]) -> T:
        result: T = drive(self._steps(operation), self._connected(), time.sleep)
        return result

    def _send_page(self, operation: Operation[T]) -> Page[T]:
        return SyncPage(self._send(operation), operation, self._send_page)

    def _run(self, steps: Generator[Any, Any, T]) -> T:
        return drive(steps, self._send, time.sleep)

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
    ) -> Iterator[Session]:
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
class AsyncSessionsClient(_Base, AsyncApi):
    """A client of the Sessions API. Share one between the tasks of a loop; close it, or use it in an `async with`.

    Every operation of the API is a method. An operation raises `InvalidRequest` before anything is sent, or one of the
    other errors in `anyscale_sessions.exceptions`.
    """

    async def _send(self, operation: Operation[T]) -> T:
        result: T = await drive_async(self._steps(operation), self._connected(), asyncio.sleep)
        return result

    async def _send_page(self, operation: Operation[T]) -> AsyncPage[T]:
        return AwaitedPage(await self._send(operation), operation, self._send_page)

    async def _run(self, steps: Generator[Any, Any, T]) -> T:
        return await drive_async(steps, self._send, asyncio.sleep)

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
    ) -> AsyncIterator[Session]:
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
