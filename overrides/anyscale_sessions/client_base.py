"""What both clients share: their settings, the token, and how an operation becomes steps."""

from __future__ import annotations

import asyncio
import platform
import random
import threading
import time
from collections.abc import Generator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from attrs import evolve, field, frozen

from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.types import Operation

from .calling import Clock, Limits, Send, Sleep, call
from .create_session import CreateSession
from .credentials import find_base_url, find_token
from .exceptions import InvalidRequest, Problem
from .preparing import prepare
from .version import __version__
from .waiting import Patience

if TYPE_CHECKING:
    from anyscale_sessions_api.models import Session

T = TypeVar("T")

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


@frozen
class UserService:
    """Where a session's user service is, and the headers that open it. Its repr does not show them."""

    url: str
    headers: dict[str, str] = field(repr=False)


class ClientBase:
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
            if not is_duration(value)
        ]
        if not _is_count(max_attempts):
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
        body, is_checked = operation.body, False
        if operation.id == "create_session" and isinstance(body, GeneratedCreateSession):
            # A plain generated instance, or one that was tampered with, obeys the rules as well.
            operation, is_checked = evolve(operation, body=CreateSession.of(body)), True
        return call(
            operation, prepare(operation, is_body_checked=is_checked), self._limits, self._clock, (self._token,)
        )

    def _patience(self, timeout: float, poll_interval: float | None) -> Patience:
        problems = [
            Problem(name, "must be a finite number of seconds above 0", "pass seconds")
            for name, value in (("timeout", timeout), ("poll_interval", poll_interval))
            if value is not None and not is_duration(value)
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


def is_duration(value: object) -> bool:
    """Whether `value` is a finite number of seconds above 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
