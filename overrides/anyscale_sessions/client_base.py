"""What both clients share: their settings, the token, and how an operation becomes steps."""

from __future__ import annotations

import asyncio
import platform
import random
import threading
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from attrs import evolve, field, frozen

from anyscale_sessions_api.api.sessions.start_session import start_session
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.models.session import Session
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.models.user_service_access_types import UserServiceAccessTypes
from anyscale_sessions_api.types import Operation

from .calling import Clock, Limits, Send, Sleep, call
from .create_session import CreateSession
from .credentials import find_base_url, find_token
from .exceptions import InvalidRequest, Problem
from .options import (
    count_problems,
    duration_problems,
    flag_problems,
    http_client_problems,
    proxy_problems,
    tls_context,
)
from .preparing import prepare
from .texts import suggestion
from .version import __version__
from .waiting import Look, Patience

TIMEOUT_S: Final = 30.0
CONNECT_TIMEOUT_S: Final = 5.0
DEADLINE_S: Final = 60.0
WAIT_TIMEOUT_S: Final = 900.0
MAX_ATTEMPTS: Final = 3

SYSTEM_CLOCK: Final = Clock(
    monotonic=time.monotonic,
    now=lambda: datetime.now(UTC),
    fraction=random.random,
    sleep=time.sleep,
    sleep_async=asyncio.sleep,
)


if TYPE_CHECKING:
    from anyscale_sessions_api.models.start_session_options import StartSessionOptions


class HttpClient(Protocol):
    """What the seam `http_client` takes: a client of httpx, or anything with these methods of one."""

    @property
    def build_request(self) -> Callable[..., Any]:
        """Makes a request."""
        ...

    @property
    def send(self) -> Callable[..., Any]:
        """Sends a request; awaited by the asynchronous client."""
        ...


@frozen
class UserService:
    """Where a session's user service is, and the headers that open it. Its repr does not show them."""

    url: str
    headers: dict[str, str] = field(repr=False)


class ClientBase:
    """What both clients share: settings, the token, and how an operation becomes steps.

    Attributes:
        clock: where time and chance come from. A test can assign another, as the fixtures in `testing` do.
    """

    clock: Clock = SYSTEM_CLOCK
    _is_async: ClassVar[bool]

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
        http_client: HttpClient | None = None,
        transport: str = "httpx",
    ) -> None:
        """Find the token and the host; no connection is made before the first call.

        Args:
            token: the token to authenticate with; else ANYSCALE_CLI_TOKEN, else ~/.anyscale/credentials.json.
            host: scheme and authority of the API; else ANYSCALE_HOST, else https://api.anyscale.com.
            timeout: seconds that one attempt waits for a connection's next byte.
            connect_timeout: seconds to get a connection.
            deadline: seconds that a call may take, over all its attempts.
            max_attempts: how often a request is sent at most, where it may be repeated.
            ca_file: certificates to trust, as a PEM file, instead of the usual ones.
            proxy: URL of a proxy; never used for this machine.
            trust_env: whether a proxy and certificates to trust are taken from the environment.
            allow_http: allow plain http to other machines too, which shows the token to the network.
            http_client: an httpx client of your own, or anything with its `build_request` and `send`. It stays
                yours to close, and `connect_timeout` is all that it takes from the connection settings here.
            transport: what sends the requests; "httpx".

        Raises:
            MissingCredentials: there is no token in any of the three places.
            InvalidCredentials: the token, the host or the credentials file cannot be used.
            InvalidRequest: another argument breaks its rule.
        """
        durations = {"timeout": timeout, "connect_timeout": connect_timeout, "deadline": deadline}
        problems = [
            *duration_problems(durations),
            *count_problems({"max_attempts": max_attempts}),
            *flag_problems({"trust_env": trust_env, "allow_http": allow_http}),
            *proxy_problems(proxy),
            *http_client_problems(http_client, is_async=self._is_async),
        ]
        if transport != "httpx":
            problems.append(Problem("transport", "must be httpx", "leave it out"))
        if problems:
            raise InvalidRequest.of(type(self).__name__, problems)
        self._token = find_token(token)
        self._base_url = find_base_url(host, allow_http=allow_http)
        self._limits = Limits(timeout_s=timeout, deadline_s=deadline, max_attempts=max_attempts)
        self._wire: dict[str, Any] = {
            "base_url": self._base_url,
            "headers": self._headers(),
            "connect_timeout_s": connect_timeout,
            "tls": tls_context(ca_file),
            "proxy": proxy,
            "trust_env": trust_env,
        }
        self._http_client = http_client
        self._transports: dict[Any, Any] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(host={self._base_url!r})"

    def user_service(self, session: Session) -> UserService:
        """Where the session's user service is, and the headers that open it. Raises `InvalidRequest` if it has none."""
        return _user_service(session)

    def _transport(self, loop: asyncio.AbstractEventLoop | None = None) -> Any:
        """What sends: made once, and by an asynchronous client for each event loop, which its connections belong to."""
        with self._lock:
            transport = self._transports.get(loop)
            if transport is None:
                from . import _http

                connect = _http.connect_async if self._is_async else _http.connect
                open_loops = {key: value for key, value in self._transports.items() if key and not key.is_closed()}
                transport = connect(self._http_client, _http.Settings(**self._wire))
                self._transports = {**open_loops, loop: transport}
            return transport

    def _disconnected(self, loop: asyncio.AbstractEventLoop | None = None) -> Any:
        """The transport that is to be closed, if there is one."""
        with self._lock:
            return self._transports.pop(loop, None)

    def _steps(self, step: Operation[Any] | Look) -> Generator[Send | Sleep, Any, Any]:
        operation, limits = (
            (step.operation, self._limits.within(step.within_s)) if isinstance(step, Look) else (step, self._limits)
        )
        body, is_checked = operation.body, False
        if operation.id == "create_session" and isinstance(body, GeneratedCreateSession):
            # A plain generated instance, or one that was tampered with, obeys the rules as well.
            operation, is_checked = evolve(operation, body=CreateSession.of(body)), True
        request = prepare(operation, is_body_checked=is_checked)
        return call(operation, request, limits, self.clock, (self._token,))

    def _patience(
        self,
        timeout: float,
        poll_interval: float | None,
        on_progress: object = None,
        start: StartSessionOptions | None = None,
    ) -> Patience:
        """How long to wait. Looks at every argument of a wait, before anything is sent."""
        intervals = {} if poll_interval is None else {"poll_interval": poll_interval}
        problems = list(duration_problems({"timeout": timeout, **intervals}))
        if on_progress is not None and not callable(on_progress):
            problems.append(Problem("on_progress", "must be a function of one argument", "pass one, or None"))
        if problems:
            raise InvalidRequest.of("wait", problems)
        if start is not None:
            prepare(start_session("any", start))
        return Patience.of(timeout, poll_interval, self.clock)

    def _headers(self) -> dict[str, str]:
        return {
            "accept": "application/json",
            "accept-encoding": "identity",
            "cookie": f"cli_token={self._token}",
            "user-agent": f"anyscale-sessions/{__version__} python/{platform.python_version()}",
            "x-anyscale-client": "anyscale-sessions",
            "x-anyscale-client-version": __version__,
        }


def wanted_state(until: object) -> SessionState:
    """The state to wait for. Raises `InvalidRequest` for a text that is none; a new one is `SessionState("New")`."""
    known = [state.value for state in SessionState]
    if isinstance(until, SessionState):
        return until
    if isinstance(until, str) and until in known:
        return SessionState(until)
    remedy = suggestion(until, known) if isinstance(until, str) else "pass a SessionState"
    raise InvalidRequest.of("wait_for_session", [Problem("until", f"must be one of {', '.join(known)}", remedy)])


def _user_service(session: object) -> UserService:
    if not isinstance(session, Session):
        raise InvalidRequest.of("user_service", [Problem("session", "must be a Session", "pass what get_session gave")])
    token = _service_token(session)
    if not session.user_service_url or not token:
        problem = Problem("session", "must have a user service", "wait until it runs, and get it again")
        raise InvalidRequest.of("user_service", [problem])
    return UserService(session.user_service_url, {"Authorization": f"Bearer {token}"})


def _service_token(session: Session) -> str | None:
    """What opens a session's user service: a token of its own if it is public, the session's if it is private."""
    if session.user_service_access == UserServiceAccessTypes.PRIVATE:
        return session.access_token
    if session.user_service_access == UserServiceAccessTypes.PUBLIC:
        return session.user_service_token
    return session.user_service_token or session.access_token
