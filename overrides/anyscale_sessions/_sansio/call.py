"""One call of an operation: attempts, retries and the deadline, as a generator that a driver runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyscale_sessions_api.types import Operation

from .._utils.records import Record
from .._utils.secret_texts import SecretTexts
from ..exceptions import CreateOutcomeUnknownError, OutcomeUnknownError, SessionsError
from .attempts import AttemptNotifier
from .known_ids import attach_ids, ids_of
from .messages import CallSteps, Clock, Failure, Limits, Response, Send, Sleep
from .policies import Kind, policy_of
from .request import Request
from .responses import Reader, interpret, value_of
from .retry import MAX_RETRY_AFTER_S, Outcome, backoff_s, is_retryable
from .retry_budget import CLEAN_SUCCESS_GAIN, RetryBudget, cost_of

MIN_ATTEMPT_S = 0.001
NOT_FOUND = 404
TOO_MANY_REQUESTS = 429
RETRY_BUDGET_NOTE = "not retried: too many requests of this client have failed, and its retry budget is used up"


class Context(Record, frozen=True):
    """What a call is made with.

    Attributes:
        clock: the source of time, random numbers and sleep.
        secrets: texts that must not be shown.
        retry_budget: the budget that retries draw on, shared by the calls of a client.
        notifier: notifies observers of the attempts, if there are any.
        headers: additional headers of each request.
    """

    _hidden = frozenset({"secrets"})

    clock: Clock
    secrets: SecretTexts
    retry_budget: RetryBudget
    notifier: AttemptNotifier | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()


Recover = Callable[[OutcomeUnknownError], CallSteps[Any]]
"""Finds out what came of a call whose response was lost. Returns the result, or raises the error."""

Search = Callable[[], CallSteps[Any | None]]
"""Searches for what a throttled attempt may have created all the same. Returns it, or `None` if it does not exist."""


def call(
    operation: Operation[Any],
    request: Request,
    limits: Limits,
    context: Context,
    *,
    read: Reader = value_of,
    recover: Recover | None = None,
    search: Search | None = None,
) -> CallSteps[Any]:
    """Send a request until it succeeds, fails for good, or the deadline has passed.

    Args:
        operation: the operation that the request was made from.
        request: what to send.
        limits: how long the call may take, and how many attempts it may make.
        context: what the call is made with.
        read: turns a successful response into the result.
        recover: runs instead of raising `OutcomeUnknownError`.
        search: runs after a throttled attempt, before the request is sent again or the error is raised.

    Raises:
        SessionsError: a subclass of it, with the number of attempts.
    """
    clock, notifier = context.clock, context.notifier
    secrets = SecretTexts.of(context.secrets, request.secrets)
    ends_at = clock.monotonic() + limits.deadline_s
    attempt, gain, may_be_done = 0, CLEAN_SUCCESS_GAIN, False
    while True:
        attempt += 1
        left_s = max(MIN_ATTEMPT_S, ends_at - clock.monotonic())
        if notifier is not None:
            notifier.attempt_started(request, attempt)
        answer = yield Send(request, min(limits.timeout_s, left_s), left_s, context.headers)
        outcome, result, asked_s = interpret(operation, answer, read, clock.now, secrets)
        if notifier is not None:
            notifier.attempt_ended(request, attempt, answer, None if outcome is Outcome.SUCCESS else result)
        if outcome is Outcome.SUCCESS:
            context.retry_budget.release(gain)  # a retry that succeeds gets its cost back
            return result
        if may_be_done and _is_deleted(operation, answer):
            return read(operation, answer)  # by the attempt whose response was lost
        result.attempts = attempt
        if search is None and outcome is Outcome.THROTTLED and _may_have_created(operation, answer):
            outcome = Outcome.UNKNOWN
        may_be_done = may_be_done or outcome is Outcome.UNKNOWN
        is_retried = yield from _wait(operation, request, limits, context, ends_at, _Failed(outcome, result, asked_s))
        if search is not None and outcome is Outcome.THROTTLED:
            found, outcome = yield from _searched(search, operation, answer, result)
            if found is not None:
                return found
            is_retried = is_retried and outcome is Outcome.THROTTLED and clock.monotonic() < ends_at
        if not is_retried:
            break
        gain = cost_of(outcome)
    error = _final_error(operation, outcome, result)
    attach_ids(error, ids_of(operation))
    return (yield from _end(error, recover))


def _end(error: SessionsError, recover: Recover | None) -> CallSteps[Any]:
    """Recover from an unknown outcome, or raise the error."""
    if recover is not None and isinstance(error, OutcomeUnknownError):
        return (yield from recover(error))
    raise error


class _Failed(Record, frozen=True):
    """A failed attempt: its outcome, its error, and the seconds that the server asks to wait."""

    outcome: Outcome
    error: SessionsError
    asked_s: float | None


def _wait(
    operation: Operation[Any], request: Request, limits: Limits, context: Context, ends_at: float, failed: _Failed
) -> CallSteps[bool]:
    """Wait after a failed attempt. Returns whether there may be another one."""
    outcome, error, attempt = failed.outcome, failed.error, failed.error.attempts
    if attempt >= limits.max_attempts or not is_retryable(operation.id, operation.method, outcome):
        return False
    wait_s = backoff_s(attempt, outcome, context.clock.fraction()) if failed.asked_s is None else failed.asked_s
    if wait_s > MAX_RETRY_AFTER_S or context.clock.monotonic() + wait_s >= ends_at:
        return False
    if not context.retry_budget.acquire(cost_of(outcome)):
        error.add_note(RETRY_BUDGET_NOTE)
        return False
    if context.notifier is not None:
        context.notifier.retry_scheduled(request, attempt, outcome, error, wait_s)
    yield Sleep(wait_s)
    return True


def _searched(
    search: Search, operation: Operation[Any], answer: Response | Failure, error: SessionsError
) -> CallSteps[tuple[Any | None, Outcome]]:
    """What the search finds after a throttled attempt, and the outcome of the attempt.

    If the search fails, the request must not be sent again, and the error gets a note.
    """
    try:
        return (yield from search()), Outcome.THROTTLED
    except SessionsError as problem:
        error.add_note(f"not retried: the client could not check that the request was not applied: {problem}")
        return None, Outcome.UNKNOWN if _may_have_created(operation, answer) else Outcome.FINAL


def _may_have_created(operation: Operation[Any], answer: Response | Failure) -> bool:
    """Whether a throttled attempt may have created something: a gateway can send 503 after the server has done it."""
    is_sent = isinstance(answer, Response) and answer.status != TOO_MANY_REQUESTS
    return is_sent and policy_of(operation.id, operation.method).creates


def _is_deleted(operation: Operation[Any], answer: Response | Failure) -> bool:
    """Whether the answer to a repeated DELETE says that it is done. One that returns something has no result then."""
    is_gone = isinstance(answer, Response) and answer.status == NOT_FOUND
    return is_gone and operation.method == "DELETE" and operation.response is None


def _final_error(operation: Operation[Any], outcome: Outcome, error: SessionsError) -> SessionsError:
    """The error that ends the call: `OutcomeUnknownError` if the request may have been applied."""
    if outcome is not Outcome.UNKNOWN or policy_of(operation.id, operation.method).kind is not Kind.NON_IDEMPOTENT:
        return error
    fields: dict[str, Any] = {name: getattr(error, name) for name in ("request_id", "status", "attempts", "body")}
    unknown: OutcomeUnknownError
    if operation.id == "create_session":
        unknown = CreateOutcomeUnknownError.of(operation.body, error, fields)
    else:
        unknown = OutcomeUnknownError(
            f"{operation.id}: the outcome is unknown: {error}; the request was not sent again: "
            "check what it did before you repeat it",
            **fields,
        )
    unknown.__cause__ = error
    return unknown
