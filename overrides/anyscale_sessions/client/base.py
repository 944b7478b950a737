"""What both clients share: their settings, the token, and how an operation becomes steps."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar, cast

from msgspec.structs import replace

from anyscale_sessions_api import api
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import Operation

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
from .._fingerprint import UsedTokens
from .._instrumentation.hooks import AttemptNotifier, Hooks, Observer, RequestInfo, ResponseInfo, RetryInfo
from .._instrumentation.tracing import CallSpan, is_traced
from .._sansio.call import Calls, Clock, Context, Limits, call
from .._sansio.policies import Kind, policy_of
from .._sansio.request import Request, prepare, secrets_of
from .._sansio.retry_budget import RetryBudget
from .._sansio.waiters import Look, Steps, WaitOptions, session_steps, wanted_state
from .._utils.event_loops import sleep
from .._utils.locks import ProcessLock
from .._utils.recent_writes import RecentWrites
from ..create_session import CreateSession
from ..exceptions import CreateOutcomeUnknownError, InvalidRequestError
from ..version import __version__
from .connections import Connections

T = TypeVar("T")

# Regeneration fails, and says so, where the spec no longer says the same (tools/contracts/contract.py).
REQUIRES = {
    "operations": {
        "create_session": {"body": "CreateSession", "->": "SessionResponse"},
        "search_sessions": {"project_id": "required string in path", "body": "SessionsQuery"},
        "start_session": {
            "session_id": "required string in path",
            "body": "StartSessionOptions",
            "->": "SessionoperationResponse",
        },
    },
    "CreateSession": {},
    "Session": {},
    "SessionState": (),
}

TIMEOUT_S: Final = 30.0
CONNECT_TIMEOUT_S: Final = 5.0
DEADLINE_S: Final = 60.0
WAIT_TIMEOUT_S: Final = 900.0
MAX_ATTEMPTS: Final = 3
MAX_RESPONSE_BYTES: Final = 16 * 1024 * 1024

UNIQUE_LENGTH: Final = 8
UNIQUE_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
USED_TOKENS: Final = UsedTokens(ProcessLock())


def _fraction() -> float:
    from random import random

    return random()  # noqa: S311 - it spreads delays


SYSTEM_CLOCK: Final = Clock(
    monotonic=time.monotonic,
    now=lambda: datetime.now(UTC),
    fraction=_fraction,
    sleep=time.sleep,
    sleep_async=sleep,
)


if TYPE_CHECKING:
    from anyscale_sessions_api.models.session import Session
    from anyscale_sessions_api.models.start_session_options import StartSessionOptions
    from anyscale_sessions_api.raw import RawResponse

    from ..exceptions import Searcher
    from ..user_service import UserService


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
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        http_client: HttpClient | None = None,
        transport: TransportName = "httpcore",
        on_request: Callable[[RequestInfo], object] | None = None,
        on_response: Callable[[ResponseInfo], object] | None = None,
        on_retry: Callable[[RetryInfo], object] | None = None,
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
            max_response_bytes: a longer response is not read; it ends as `ResponseDecodeError`.
            http_client: an httpx client of your own, or anything with its `build_request` and `send`. It stays
                yours to close, and `connect_timeout` is all that it takes from the connection settings here.
            transport: the library that sends the requests: "httpcore", or "aiohttp" (extra `[aiohttp]`), which is
                for `AsyncSessionsClient` under asyncio and takes less CPU.
            on_request: called before each attempt, with a record that holds no secret. What a hook raises is ignored.
            on_response: called after each attempt, whether a response came or not.
            on_retry: called before the wait for another attempt.

        Raises:
            MissingCredentialsError: there is no token in any of the three places.
            InvalidCredentialsError: the token, the host or the credentials file cannot be used.
            InvalidRequestError: another argument breaks its rule.
        """
        durations = {"timeout": timeout, "connect_timeout": connect_timeout, "deadline": deadline}
        problems = [
            *duration_problems(durations),
            *count_problems({"max_attempts": max_attempts, "max_response_bytes": max_response_bytes}),
            *flag_problems({"trust_env": trust_env, "allow_http": allow_http}),
            *proxy_problems(proxy),
            *http_client_problems(http_client, is_async=self._is_async),
        ]
        hooks = {"on_request": on_request, "on_response": on_response, "on_retry": on_retry}
        problems += function_problems(hooks)
        problems += transport_problems(transport, http_client, is_async=self._is_async)
        if problems:
            raise InvalidRequestError.of(type(self).__name__, problems)
        from .._instrumentation.logs import AttemptLog, follow_environment  # `logging` comes with the first client

        follow_environment()
        self._log = AttemptLog()
        self._base_url = find_base_url(host, allow_http=allow_http)
        self._token = find_token(token, base_url=self._base_url)
        self._limits = Limits(timeout_s=timeout, deadline_s=deadline, max_attempts=max_attempts)
        self._wire: dict[str, Any] = {
            "base_url": self._base_url,
            "headers": self._headers(),
            "connect_timeout_s": connect_timeout,
            "tls": tls_context(ca_file),
            "proxy": proxy,
            "trust_env": trust_env,
            "max_response_bytes": max_response_bytes,
            "transport": transport,
        }
        self._http_client = http_client
        self._quota = RetryBudget(ProcessLock())
        self._lately = RecentWrites(ProcessLock())
        self._hooks = Hooks(on_request, on_response, on_retry)
        self._is_copy = False
        self._connections = Connections(self._wire, http_client, is_async=self._is_async)
        self._arguments: dict[str, Any] = {
            "token": token,
            "host": host,
            "timeout": timeout,
            "connect_timeout": connect_timeout,
            "deadline": deadline,
            "max_attempts": max_attempts,
            "ca_file": ca_file,
            "proxy": proxy,
            "trust_env": trust_env,
            "allow_http": allow_http,
            "max_response_bytes": max_response_bytes,
            "transport": transport,
            **hooks,
        }

    def __getstate__(self) -> dict[str, Any]:
        """The arguments that the client was made with, and no connections.

        A token that was found in the environment or in the credentials file is not among them; it is looked for anew
        where the client comes out. One that was given as an argument is, and so is a proxy's password.
        """
        if self._http_client is not None:
            raise TypeError("a client with an http_client of yours cannot be pickled: make one where it is needed")
        return self._arguments

    def __setstate__(self, arguments: dict[str, Any]) -> None:
        ClientBase.__init__(self, **arguments)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(host={self._base_url!r})"

    def with_options(
        self, *, timeout: float | None = None, deadline: float | None = None, max_attempts: int | None = None
    ) -> Self:
        """A client with other limits, which shares the connections, the retry_budget for repeating and the hooks of this one.

        What is left out stays as it is. This client is not changed. The connections stay its own to close: closing the
        copy does nothing.

        Raises `InvalidRequestError`.
        """
        given = {"timeout": timeout, "deadline": deadline, "max_attempts": max_attempts}
        given = {name: value for name, value in given.items() if value is not None}
        counts = {name: value for name, value in given.items() if name == "max_attempts"}
        problems = [
            *duration_problems({name: value for name, value in given.items() if name != "max_attempts"}),
            *count_problems(counts),
        ]
        if problems:
            raise InvalidRequestError.of("with_options", problems)
        copied = object.__new__(type(self))
        vars(copied).update(vars(self))
        copied._arguments = {**self._arguments, **given}
        copied._limits = Limits(*(copied._arguments[name] for name in ("timeout", "deadline", "max_attempts")))
        copied._is_copy = True
        return copied

    def user_service(self, session: Session) -> UserService:
        """Where the session's user service is, and the headers that open it. Raises `InvalidRequestError` if it has none."""
        from ..user_service import user_service_of

        return user_service_of(session)

    def _steps(self, step: Operation[Any] | Look) -> Calls[Any]:
        """What performs an operation, with all that follows where its response is lost, or only looks."""
        if isinstance(step, Look):
            operation, limits = step.operation, self._limits.within(step.within_s)
            request = prepare(operation)
            return self._told(operation, lambda context: call(operation, request, limits, context))
        if step.id == "create_session":
            return self._create_steps(step)
        request = prepare(step)
        policy = policy_of(step.id, step.method)
        if policy.kind is Kind.READ:
            return self._told(step, lambda context: call(step, request, self._limits, context))
        from .._sansio.recovery import LOOKS, recovered  # nothing that is read needs it

        perform = recovered if policy.recovery in LOOKS else call
        steps = self._told(step, lambda context: perform(step, request, self._limits, context))
        session_id = step.path_values.get("session_id")
        return steps if session_id is None else self._moving(str(session_id), steps)

    def _moving(self, session_id: str, steps: Calls[T]) -> Calls[T]:
        """The same steps, after which what is read of the session can be old for a while."""
        try:
            return (yield from steps)
        finally:
            self._lately.note(session_id, self.clock.monotonic())

    def _session_steps(
        self,
        session_id: str,
        until: SessionState,
        patience: WaitOptions,
        on_progress: Callable[[Session], object] | None,
    ) -> Steps[Session]:
        wanted = wanted_state(until)
        return session_steps(session_id, wanted, patience, on_progress, self._lately.fresh_after(session_id))

    def _raw_steps(self, step: Operation[Any]) -> Calls[RawResponse[Any]]:
        """What performs an operation for its response: nothing else can stand for it."""
        from .raw import raw_of

        operation, request = self._checked(step)
        read = partial(raw_of, secrets=(self._token, *request.secrets))
        return self._told(operation, lambda context: call(operation, request, self._limits, context, read))

    def _create_steps(self, step: Operation[Any], *, unique_name: bool = False) -> Calls[Session]:
        from .._sansio.recovery import created

        if unique_name is not False and unique_name is not True:
            raise InvalidRequestError.of(step.id, list(flag_problems({"unique_name": unique_name})))
        operation, request = self._checked(step, has_unique_name=unique_name)
        steps = self._told(
            operation,
            lambda context: created(operation, request, self._limits, context, USED_TOKENS, is_name_enough=unique_name),
        )
        return self._bound(steps)

    def _ensure_steps(self, step: Operation[Any]) -> Calls[Session]:
        from .._sansio.recovery import ensured

        operation, request = self._checked(step)
        steps = self._told(operation, lambda context: ensured(operation, request, self._limits, context, USED_TOKENS))
        return self._bound(steps)

    def _reconcile_steps(self, unknown: CreateOutcomeUnknownError) -> Calls[Session]:
        from .._sansio.recovery import reconciled

        operation = api.search_sessions(unknown.project_id)
        steps = self._told(operation, lambda context: reconciled(unknown, self._limits, context, USED_TOKENS))
        return self._bound(steps)

    def _told(self, operation: Operation[Any], make: Callable[[Context], Calls[T]]) -> Calls[T]:
        """The steps that `make` makes; hooks, logger and trace are told of their attempts, where there are any."""
        if is_traced():
            return self._traced(operation, make)
        return make(self._context())

    def _traced(self, operation: Operation[Any], make: Callable[[Context], Calls[T]]) -> Calls[T]:
        span = CallSpan(operation, self._base_url)
        return (yield from span.around(make(self._context(span))))

    def _context(self, span: CallSpan | None = None) -> Context:
        listeners: list[Observer] = [self._hooks] if self._hooks else []
        if self._log.is_read:
            listeners.append(self._log)
        if span is not None:
            listeners.append(span)
        watch = AttemptNotifier(listeners, self.clock, (self._token,)) if listeners else None
        return Context(self.clock, (self._token,), self._quota, watch, () if span is None else span.headers)

    def _bound(self, steps: Calls[T]) -> Calls[T]:
        """The same steps, whose error knows this client, to search with again."""
        try:
            return (yield from steps)
        except CreateOutcomeUnknownError as error:
            error.client = cast("Searcher[Any]", self)
            raise

    def _checked(self, operation: Operation[Any], *, has_unique_name: bool = False) -> tuple[Operation[Any], Request]:
        """An operation that is ready to be sent.

        The body of a creation obeys the rules even if it is a plain generated instance, or was tampered with.
        """
        body = operation.body
        if operation.id != "create_session" or not isinstance(body, GeneratedCreateSession):
            return operation, prepare(operation)
        checked = CreateSession.of(body)
        if has_unique_name:
            from secrets import choice

            checked.name += "".join(choice(UNIQUE_CHARACTERS) for _ in range(UNIQUE_LENGTH))
        operation = replace(operation, body=checked)
        return operation, prepare(operation, is_body_checked=True)

    def _patience(
        self,
        timeout: float,
        poll_interval: float | None,
        on_progress: object = None,
        start: StartSessionOptions | None = None,
        body: object = None,
    ) -> WaitOptions:
        """How long to wait, for what a body makes where there is one.

        Looks at every argument of a wait, before anything is sent.
        """
        intervals = {} if poll_interval is None else {"poll_interval": poll_interval}
        problems = list(duration_problems({"timeout": timeout, **intervals}))
        problems += function_problems({"on_progress": on_progress})
        if problems:
            raise InvalidRequestError.of("wait", problems)
        if start is not None:
            prepare(api.start_session("any", start))
        secrets = (self._token, *secrets_of(start), *secrets_of(body))
        return WaitOptions.of(timeout, poll_interval, self.clock, secrets)

    def _headers(self) -> dict[str, str]:
        return {
            "accept": "application/json",
            "accept-encoding": "identity",
            "cookie": f"cli_token={self._token}",
            "user-agent": f"anyscale-sessions/{__version__} python/{platform.python_version()}",
            "x-anyscale-client": "anyscale-sessions",
            "x-anyscale-client-version": __version__,
        }
