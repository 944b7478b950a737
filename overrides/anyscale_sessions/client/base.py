"""What both clients share: their options, the token, and copies with other options."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, Final, Self, TypeVar

from anyscale_sessions_api import api, models
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.service import TOKEN_HEADER, TOKEN_PREFIX
from anyscale_sessions_api.types import Secret

from .._config.credentials import find_base_url, find_token
from .._config.options import (
    HttpClient,
    TransportName,
    count_problems,
    duration_problems,
    flag_problems,
    function_problems,
    http_client_problems,
    proxy_problems,
    tls_context,
    transport_problems,
)
from .._instrumentation.hooks import Hooks
from .._sansio.attempts import RequestInfo, ResponseInfo, RetryInfo
from .._sansio.flows import StartOptions
from .._sansio.messages import Clock, Limits
from .._sansio.request import prepare, secrets_of, with_model_body
from .._sansio.retry_budget import RetryBudget
from .._sansio.waiters import Steps, WaitOptions, wait_for_session, wanted_state
from .._utils.event_loops import sleep
from .._utils.locks import ProcessLock
from .._utils.recent_creates import RecentCreates
from .._utils.recent_writes import RecentWrites
from .._utils.secret_texts import SecretTexts
from ..exceptions import InvalidRequestError
from ..user_service import UserService, user_service_of
from ..version import __version__
from .connections import Connections
from .dispatch import Dispatcher, SessionBody, session_body

TIMEOUT_S: Final = 30.0
CONNECT_TIMEOUT_S: Final = 5.0
DEADLINE_S: Final = 60.0
WAIT_TIMEOUT_S: Final = 900.0
MAX_ATTEMPTS: Final = 3
MAX_RESPONSE_BYTES: Final = 16 * 1024 * 1024

T = TypeVar("T")


def _random_fraction() -> float:
    from random import random

    return random()  # noqa: S311 - it spreads delays


def _sleep(seconds: float) -> None:
    time.sleep(seconds)  # looked up in each call, because gevent replaces it, perhaps after the import of this module


SYSTEM_CLOCK: Final = Clock(
    monotonic=time.monotonic,
    now=partial(datetime.now, UTC),
    fraction=_random_fraction,
    sleep=_sleep,
    sleep_async=sleep,
)


class ClientBase(Dispatcher):
    """What both clients share: their options, the token, and copies with other options."""

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
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        http_client: HttpClient | None = None,
        transport: TransportName = "httpcore",
        on_request: Callable[[RequestInfo], object] | None = None,
        on_response: Callable[[ResponseInfo], object] | None = None,
        on_retry: Callable[[RetryInfo], object] | None = None,
    ) -> None:
        """Find the token and the host. The client connects with its first call.

        Args:
            token: the token to authenticate with. Default: ANYSCALE_CLI_TOKEN, then ~/.anyscale/credentials.json.
            host: scheme and authority of the API. Default: ANYSCALE_HOST, then https://api.anyscale.com.
            timeout: seconds that an attempt waits for the next byte of a response.
            connect_timeout: seconds that an attempt waits for a connection.
            deadline: seconds that a call may take, over all its attempts.
            max_attempts: how often a request is sent at most. Only requests that are safe to repeat are sent again.
            ca_file: a PEM file of certificates to trust instead of the default ones.
            proxy: the URL of a proxy. It is never used for loopback addresses.
            trust_env: whether to take a proxy and certificates to trust from the environment.
            allow_http: allow plain http to other hosts than this machine. It shows the token to the network.
            max_response_bytes: the longest response to read. A longer one raises `ResponseDecodeError`.
            http_client: your own client of httpx or httpx2, or any object with its methods `build_request` and `send`.
                You close it. Of the options for connections, only `connect_timeout` applies to it.
            transport: the library that sends the requests: "httpcore", or "aiohttp" (extra `[aiohttp]`), which is for
                `AsyncSessionsClient` under asyncio and takes less CPU.
            on_request: called before each attempt with a record that holds no secret. An exception in a hook ends the
                call and reaches the caller unchanged, even if the request was sent.
            on_response: called after each attempt, with or without a response.
            on_retry: called before the wait for another attempt.

        Raises:
            MissingCredentialsError: there is no token in any of the three places.
            InvalidCredentialsError: the token, the host or the credentials file cannot be used.
            InvalidRequestError: another argument breaks its rule.
        """
        # A traceback shows the variables of functions, and these can hold secrets.
        secret_token, secret_host, secret_proxy = Secret(token), Secret(host), Secret(proxy)
        del token, host, proxy
        hooks = {"on_request": on_request, "on_response": on_response, "on_retry": on_retry}
        problems = [
            *duration_problems({"timeout": timeout, "connect_timeout": connect_timeout, "deadline": deadline}),
            *count_problems({"max_attempts": max_attempts, "max_response_bytes": max_response_bytes}),
            *flag_problems({"trust_env": trust_env, "allow_http": allow_http}),
            *proxy_problems(secret_proxy.value),
            *http_client_problems(http_client, is_async=self._is_async),
            *function_problems(hooks),
            *transport_problems(transport, http_client, is_async=self._is_async),
        ]
        if problems:
            raise InvalidRequestError.of(type(self).__name__, problems)
        from .._instrumentation.logs import AttemptLog, configure_from_environment, is_attempt_logged

        configure_from_environment()
        self._base_url = find_base_url(secret_host, allow_http=allow_http)
        self._token = find_token(secret_token, base_url=self._base_url).value
        self._limits = Limits(timeout_s=timeout, deadline_s=deadline, max_attempts=max_attempts)
        self._retry_budget = RetryBudget(ProcessLock())
        self._recent_writes = RecentWrites(ProcessLock())
        self._recent_creates = RecentCreates(ProcessLock())
        self._hooks = Hooks(on_request, on_response, on_retry)
        self._has_hooks = bool(self._hooks)
        self._log = AttemptLog()
        self._is_logged = is_attempt_logged
        self._is_copy = False
        self._http_client = http_client
        settings = Secret[dict[str, Any]](
            {
                "base_url": self._base_url,
                "headers": _headers(self._token),
                "token": self._token,
                "connect_timeout_s": connect_timeout,
                "tls": tls_context(ca_file),
                "proxy": secret_proxy.value,
                "trust_env": trust_env,
                "max_response_bytes": max_response_bytes,
                "transport": transport,
            }
        )
        self._connections = Connections(settings, http_client, is_async=self._is_async)
        self._arguments: dict[str, Any] = {
            "token": secret_token.value,
            "host": secret_host.value,
            "timeout": timeout,
            "connect_timeout": connect_timeout,
            "deadline": deadline,
            "max_attempts": max_attempts,
            "ca_file": ca_file,
            "proxy": secret_proxy.value,
            "trust_env": trust_env,
            "allow_http": allow_http,
            "max_response_bytes": max_response_bytes,
            "transport": transport,
            **hooks,
        }

    def __getstate__(self) -> dict[str, Any]:
        """The arguments that the client was made with, without its connections.

        They contain a token or a proxy's password only if it was passed as an argument. A token from the environment or
        from the credentials file is looked up again when the client is unpickled.
        """
        if self._http_client is not None:
            raise TypeError("a client with an http_client cannot be pickled; make the client where you need it")
        return self._arguments

    def __setstate__(self, arguments: dict[str, Any]) -> None:
        secret = Secret(arguments)
        del arguments
        ClientBase.__init__(self, **secret.value)

    def __repr__(self) -> str:
        # A traceback also shows a client whose constructor failed, which may have no host yet.
        return f"{type(self).__name__}(host={vars(self).get('_base_url')!r})"

    def with_options(
        self, *, timeout: float | None = None, deadline: float | None = None, max_attempts: int | None = None
    ) -> Self:
        """A copy with other limits. It shares the connections, the retry budget and the hooks of this client.

        An option that is left out keeps its value. This client does not change. Closing the copy has no effect: the
        connections belong to this client.

        Raises `InvalidRequestError`.
        """
        durations = {name: value for name, value in (("timeout", timeout), ("deadline", deadline)) if value is not None}
        counts = {} if max_attempts is None else {"max_attempts": max_attempts}
        problems = [*duration_problems(durations), *count_problems(counts)]
        if problems:
            raise InvalidRequestError.of("with_options", problems)
        copied = object.__new__(type(self))
        vars(copied).update(vars(self))
        copied._arguments = {**self._arguments, **durations, **counts}
        copied._limits = Limits(*(copied._arguments[name] for name in ("timeout", "deadline", "max_attempts")))
        copied._is_copy = True
        return copied

    def user_service(self, session: models.Session) -> UserService:
        """A session's user service: its URL and its headers. Raises `InvalidRequestError` if it has none."""
        return user_service_of(session)

    def _wait_steps(
        self,
        session_id: str,
        until: SessionState,
        options: WaitOptions,
        on_progress: Callable[[models.Session], object] | None,
    ) -> Steps[models.Session]:
        fresh_after = self._recent_writes.fresh_after(session_id)
        return wait_for_session(session_id, wanted_state(until), options, on_progress, fresh_after)

    def _wait_options(
        self,
        timeout: float,
        poll_interval: float | None,
        on_progress: object = None,
        start: object = None,
        body: object = None,
    ) -> WaitOptions:
        """The options of a wait. Checks every argument of the wait, before anything is sent.

        `start` and `body` are the models that the flow sends. Their secrets are not shown.
        """
        intervals = {} if poll_interval is None else {"poll_interval": poll_interval}
        problems = [
            *duration_problems({"timeout": timeout, **intervals}),
            *function_problems({"on_progress": on_progress}),
        ]
        if problems:
            raise InvalidRequestError.of("wait", problems)
        secrets = SecretTexts.of((self._token,), secrets_of(start), secrets_of(body))
        return WaitOptions.of(timeout, poll_interval, self.clock, secrets)


def flow_models(bodies: Secret[tuple[SessionBody, StartOptions]]) -> tuple[Any, Any]:
    """The bodies of a flow that creates and starts a session, as models. Raises `InvalidRequestError`."""
    body, start = session_body(Secret(bodies.value[0])), None
    if bodies.value[1] is not None:
        operation = with_model_body(api.start_session("any", bodies.value[1]))
        prepare(operation)
        start = operation.body
    return body, start


def _headers(token: str) -> dict[str, str]:
    credentials = {TOKEN_HEADER: TOKEN_PREFIX + token} if TOKEN_HEADER else {}
    return {
        "accept": "application/json",
        "accept-encoding": "identity",
        **credentials,
        "user-agent": f"anyscale-sessions/{__version__} python/{platform.python_version()}",
        "x-anyscale-client": "anyscale-sessions",
        "x-anyscale-client-version": __version__,
    }
