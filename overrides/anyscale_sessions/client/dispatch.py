"""How an operation becomes a call: its body is checked, its policy is chosen, and observers are attached."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar, cast

from msgspec.structs import replace

from anyscale_sessions_api import api, models
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.types import Operation, Secret

from .._config.options import flag_problems
from .._fingerprint import UsedTokens
from .._instrumentation.hooks import Hooks
from .._instrumentation.tracing import TRACING_API, CallSpan
from .._sansio.attempts import AttemptNotifier, Observer
from .._sansio.call import Context, call
from .._sansio.known_ids import ids_in, ids_of
from .._sansio.messages import CallSteps, Clock, Limits
from .._sansio.policies import Kind, Recovery, policy_of
from .._sansio.raw_response import RawResponse, raw_response_of
from .._sansio.request import Request, prepare, with_model_body
from .._sansio.retry_budget import RetryBudget
from .._sansio.waiters import Bounded
from .._utils.locks import ProcessLock
from .._utils.recent_creates import RecentCreates
from .._utils.recent_writes import RecentWrites
from .._utils.secret_texts import SecretTexts
from .._utils.text import fold_name
from ..create_session import CreateSession
from ..exceptions import CreateOutcomeUnknownError, InvalidRequestError, InvalidSessionError, NotFoundError, Problem

UNIQUE_LENGTH: Final = 8
UNIQUE_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
USED_TOKENS: Final = UsedTokens(ProcessLock())

T = TypeVar("T")

SessionBody = GeneratedCreateSession | Mapping[str, Any]
"""What a session is created from: a `CreateSession`, or a mapping of its field names to JSON values."""


class Dispatcher:
    """Turns an operation into the steps of a call.

    Attributes:
        clock: the source of time, random numbers and sleep. Tests can assign another one, as those of `testing` do.
    """

    clock: Clock
    _token: str
    _base_url: str
    _limits: Limits
    _retry_budget: RetryBudget
    _recent_writes: RecentWrites
    _recent_creates: RecentCreates
    _hooks: Hooks
    _log: Observer
    _is_logged: Callable[[], bool]
    _has_hooks: bool
    _quiet_context: Context | None = None

    def _steps(self, step: Operation[Any] | Bounded) -> CallSteps[Any]:
        """The steps of an operation, with the recovery of its policy."""
        limits = self._limits
        if isinstance(step, Bounded):
            limits, step = limits.within(max(0.0, step.within_s)), step.operation
        if step.id == "create_session":
            return self._create_steps(step, limits)
        operation = with_model_body(step)
        request = prepare(operation)
        if policy_of(operation.id, operation.method).recovery is Recovery.NONE:
            steps = self._observed(operation, lambda context: call(operation, request, limits, context))
        else:
            from .._sansio.recovery import call_and_recover  # which reads do not need

            steps = self._observed(operation, lambda context: call_and_recover(operation, request, limits, context))
        return self._recorded(operation, steps)

    def _create_steps(
        self, operation: Operation[Any], limits: Limits | None = None, *, unique_name: bool = False
    ) -> CallSteps[models.Session]:
        from .._sansio.recovery import create

        if unique_name is not False and unique_name is not True:
            raise InvalidRequestError.of(operation.id, list(flag_problems({"unique_name": unique_name})))
        operation, request = _prepare(operation, has_unique_name=unique_name)
        within = limits or self._limits

        def start(context: Context) -> CallSteps[models.Session]:
            is_enough = {"is_name_enough": unique_name, "is_name_unique": unique_name}
            return create(operation, request, within, context, USED_TOKENS, **is_enough)

        return self._recorded(operation, self._observed(operation, start))

    def _ensure_steps(
        self,
        operation: Operation[Any],
        limits: Limits | None = None,
        preference: Callable[[models.Session], int | None] | None = None,
    ) -> CallSteps[models.Session]:
        """The steps to an existing session with the name, or to a new one."""
        from .._sansio.recovery import Existing, ensure

        operation, request = _prepare(operation, is_name_identity=True)
        within, now = limits or self._limits, self.clock.monotonic()
        ids = self._recent_creates.ids(_key_of(operation), now)
        existing = Existing(recent=tuple((each, self._recent_writes.fresh_after(each)) for each in ids))
        if preference is not None:
            existing = replace(existing, rank=preference)

        def start(context: Context) -> CallSteps[models.Session]:
            return ensure(
                operation,
                request,
                within,
                context,
                USED_TOKENS,
                existing,
                lambda session: self._record(operation, session),
            )

        return self._observed(operation, start)

    def _reconcile_steps(self, unknown: CreateOutcomeUnknownError) -> CallSteps[models.Session]:
        from .._sansio.recovery import reconcile

        search = api.search_sessions(unknown.project_id)
        return self._observed(search, lambda context: reconcile(unknown, self._limits, context, USED_TOKENS))

    def _raw_steps(self, operation: Operation[Any], page_of: Callable[[Any], Any]) -> CallSteps[RawResponse[Any]]:
        """The steps of an operation whose result is the response. Without a response there is no result to recover."""
        candidate: Any = operation  # type checkers believe that it is one already
        if not isinstance(candidate, Operation):
            problem = Problem("operation", "must be an Operation", "make one with a function of anyscale_sessions.api")
            raise InvalidRequestError.of("send", [problem])
        operation, request = _prepare(operation)
        read = partial(raw_response_of, secrets=SecretTexts.of((self._token,), request.secrets), page_of=page_of)
        limits = self._limits
        if operation.id == "create_session":
            from .._sansio.recovery import create_response

            steps = self._observed(
                operation, lambda context: create_response(operation, request, limits, context, USED_TOKENS, read)
            )
        else:
            steps = self._observed(operation, lambda context: call(operation, request, limits, context, read=read))
        return self._recorded(operation, steps)

    def _recorded(self, operation: Operation[Any], steps: CallSteps[T]) -> CallSteps[T]:
        """The same steps. If they create or change something, later reads of it can be stale for a while."""
        is_read = policy_of(operation.id, operation.method).kind is Kind.READ
        return steps if is_read else self._record_write(operation, steps)

    def _record_write(self, operation: Operation[Any], steps: CallSteps[T]) -> CallSteps[T]:
        try:
            result = yield from steps
        except NotFoundError:  # there was nothing to change
            raise
        except BaseException:
            self._record(operation, None)
            raise
        self._record(operation, getattr(result, "parsed", result))
        return result

    def _record(self, operation: Operation[Any], result: object) -> None:
        """Remember what an operation has created or changed."""
        now = self.clock.monotonic()
        ids = {**ids_of(operation), **ids_in(result)}
        for written_id in ids.values():
            self._recent_writes.add(written_id, now)
        if operation.id == "create_session" and "session_id" in ids:
            self._recent_creates.add(ids["session_id"], _key_of(operation), now)
        elif operation.id == "delete_session":
            self._recent_creates.remove(ids["session_id"])

    def _observed(self, operation: Operation[Any], start: Callable[[Context], CallSteps[T]]) -> CallSteps[T]:
        """The steps that `start` returns, with a span around them if the application traces."""
        return self._traced(operation, start) if TRACING_API in sys.modules else start(self._context())

    def _traced(self, operation: Operation[Any], start: Callable[[Context], CallSteps[T]]) -> CallSteps[T]:
        span = CallSpan(operation, self._base_url)
        return (yield from span.wrap(start(self._context(span))))

    def _context(self, span: CallSpan | None = None) -> Context:
        """What a call is made with. Nearly all calls share one context, because nothing observes them."""
        context = self._quiet_context
        if context is None or context.clock is not self.clock:
            context = self._quiet_context = Context(self.clock, SecretTexts((self._token,)), self._retry_budget)
        observers: list[Observer] = [self._hooks] if self._has_hooks else []
        if self._is_logged():
            observers.append(self._log)
        if span is not None:
            observers.append(span)
        if not observers:
            return context
        notifier = AttemptNotifier(observers, self.clock, context.secrets)
        return replace(context, notifier=notifier, headers=() if span is None else span.headers)


def _prepare(
    operation: Operation[Any], *, has_unique_name: bool = False, is_name_identity: bool = False
) -> tuple[Operation[Any], Request]:
    """An operation and its request.

    The body of a create request obeys the rules even if it is a mapping or a plain generated instance, or was tampered
    with.
    """
    if operation.id != "create_session":
        operation = with_model_body(operation)
        return operation, prepare(operation)
    checked = CreateSession.of(session_body(Secret(operation.body)))
    if has_unique_name:
        from secrets import choice

        checked.name += "".join(choice(UNIQUE_CHARACTERS) for _ in range(UNIQUE_LENGTH))
    if has_unique_name or is_name_identity:
        _check_identity_name(checked.name)
    operation = replace(operation, body=checked)
    return operation, prepare(operation, is_body_checked=True)


def session_body(body: Secret[Any]) -> Any:
    """The body of a create request: a `CreateSession` for a mapping, which is checked, or the model as it is.

    Raises `InvalidRequestError`.
    """
    if isinstance(body.value, Mapping):
        mapping = cast("Secret[Mapping[str, Any]]", body)
        return CreateSession.from_dict(mapping.value)
    if not isinstance(body.value, GeneratedCreateSession):
        prepare(api.create_session(body.value))  # raises the error
    return body.value


def _check_identity_name(name: str) -> None:
    """Raise `InvalidSessionError` for a name that a server may store in another form, so that no search finds it."""
    from unicodedata import is_normalized

    if name != name.strip():
        problem = Problem("name", "must have no blanks at its ends, because it identifies the session", "remove them")
    elif not is_normalized("NFC", name):
        rule = "must be in the Unicode form NFC, because it identifies the session"
        problem = Problem("name", rule, 'pass unicodedata.normalize("NFC", name)')
    else:
        return
    raise InvalidSessionError.of("CreateSession", [problem])


def _key_of(operation: Operation[Any]) -> tuple[str, str]:
    """What identifies the session of a create request for `ensure_session`."""
    body: Any = operation.body
    return body.project_id, fold_name(body.name)
