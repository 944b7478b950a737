"""How an operation becomes a call: its body is checked, its policy is chosen, and observers are attached."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from anyscale_sessions_api import api, models
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.types import Operation

from .._config.options import flag_problems
from .._fingerprint import UsedTokens
from .._instrumentation.hooks import Hooks
from .._instrumentation.tracing import TRACING_API, CallSpan
from .._sansio.attempts import AttemptNotifier, Observer
from .._sansio.call import Context, call
from .._sansio.messages import CallSteps, Clock, Limits
from .._sansio.policies import Kind, Recovery, policy_of
from .._sansio.raw_response import RawResponse, raw_response_of
from .._sansio.request import Request, prepare
from .._sansio.retry_budget import RetryBudget
from .._sansio.waiters import Poll
from .._utils.locks import ProcessLock
from .._utils.recent_writes import RecentWrites
from ..create_session import CreateSession
from ..exceptions import CreateOutcomeUnknownError, InvalidRequestError, Problem

UNIQUE_LENGTH: Final = 8
UNIQUE_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
USED_TOKENS: Final = UsedTokens(ProcessLock())

T = TypeVar("T")


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
    _hooks: Hooks
    _log: Observer
    _is_logged: Callable[[], bool]
    _has_hooks: bool
    _quiet_context: Context | None = None

    def _steps(self, step: Operation[Any] | Poll) -> CallSteps[Any]:
        """The steps of an operation, with the recovery of its policy, or of one poll."""
        if isinstance(step, Poll):
            return self._poll_steps(step)
        if step.id == "create_session":
            return self._create_steps(step)
        request = prepare(step)
        if policy_of(step.id, step.method).recovery is Recovery.NONE:
            steps = self._observed(step, lambda context: call(step, request, self._limits, context))
        else:
            from .._sansio.recovery import call_and_recover  # which reads do not need

            steps = self._observed(step, lambda context: call_and_recover(step, request, self._limits, context))
        return self._recorded(step, steps)

    def _poll_steps(self, poll: Poll) -> CallSteps[Any]:
        operation, limits = poll.operation, self._limits.within(poll.within_s)
        request = prepare(operation)
        return self._observed(operation, lambda context: call(operation, request, limits, context))

    def _create_steps(self, operation: Operation[Any], *, unique_name: bool = False) -> CallSteps[models.Session]:
        from .._sansio.recovery import create

        if unique_name is not False and unique_name is not True:
            raise InvalidRequestError.of(operation.id, list(flag_problems({"unique_name": unique_name})))
        operation, request = _prepare(operation, has_unique_name=unique_name)
        return self._observed(
            operation,
            lambda context: create(operation, request, self._limits, context, USED_TOKENS, is_name_enough=unique_name),
        )

    def _ensure_steps(self, operation: Operation[Any]) -> CallSteps[models.Session]:
        from .._sansio.recovery import ensure

        operation, request = _prepare(operation)
        return self._observed(operation, lambda context: ensure(operation, request, self._limits, context, USED_TOKENS))

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
        read = partial(raw_response_of, secrets=(self._token, *request.secrets), page_of=page_of)
        steps = self._observed(operation, lambda context: call(operation, request, self._limits, context, read=read))
        return self._recorded(operation, steps)

    def _recorded(self, operation: Operation[Any], steps: CallSteps[T]) -> CallSteps[T]:
        """The same steps. If they change a session, later reads of it can be stale for a while."""
        session_id = operation.path_values.get("session_id")
        if session_id is None or policy_of(operation.id, operation.method).kind is Kind.READ:
            return steps
        return self._record_write(str(session_id), steps)

    def _record_write(self, session_id: str, steps: CallSteps[T]) -> CallSteps[T]:
        try:
            return (yield from steps)
        finally:
            self._recent_writes.add(session_id, self.clock.monotonic())

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
            context = self._quiet_context = Context(self.clock, (self._token,), self._retry_budget)
        observers: list[Observer] = [self._hooks] if self._has_hooks else []
        if self._is_logged():
            observers.append(self._log)
        if span is not None:
            observers.append(span)
        if not observers:
            return context
        notifier = AttemptNotifier(observers, self.clock, (self._token,))
        return replace(context, notifier=notifier, headers=() if span is None else span.headers)


def _prepare(operation: Operation[Any], *, has_unique_name: bool = False) -> tuple[Operation[Any], Request]:
    """An operation and its request.

    The body of a create request obeys the rules even if it is a plain generated instance or was tampered with.
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
