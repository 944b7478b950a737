"""One call of an operation: attempts, retries and the deadline, as a generator that a driver runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from anyscale_sessions_api.types import Operation

from .._utils.records import Record
from .._utils.secret_texts import SecretTexts
from ..exceptions import CreateOutcomeUnknownError, OutcomeUnknownError, SessionsError
from .attempts import AttemptNotifier
from .messages import CallSteps, Clock, Failure, Limits, Response, Send, Sleep
from .policies import Kind, policy_of
from .request import Request
from .responses import Reader, interpret, value_of
from .retry import MAX_RETRY_AFTER_S, Outcome, backoff_s, is_retryable
from .retry_budget import CLEAN_SUCCESS_GAIN, RetryBudget, cost_of

MIN_ATTEMPT_S = 0.001
NOT_FOUND = 404
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


def call(
    operation: Operation[Any],
    request: Request,
    limits: Limits,
    context: Context,
    *,
    read: Reader = value_of,
    recover: Recover | None = None,
) -> CallSteps[Any]:
    """Send a request until it succeeds, fails for good, or the deadline has passed.

    Args:
        operation: the operation that the request was made from.
        request: what to send.
        limits: how long the call may take, and how many attempts it may make.
        context: what the call is made with.
        read: turns a successful response into the result.
        recover: runs instead of raising `OutcomeUnknownError`.

    Raises:
        SessionsError: a subclass of it, with the number of attempts.
    """
    clock, retry_budget, notifier = context.clock, context.retry_budget, context.notifier
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
            retry_budget.release(gain)  # a retry that succeeds gets its cost back
            return result
        if may_be_done and _is_deleted(operation, answer):
            return read(replace(operation, response=None), answer)  # by the attempt whose response was lost
        result.attempts, may_be_done = attempt, may_be_done or outcome is Outcome.UNKNOWN
        wait_s = backoff_s(attempt, outcome, clock.fraction()) if asked_s is None else asked_s
        is_last = attempt >= limits.max_attempts or not is_retryable(operation.id, operation.method, outcome)
        if is_last or wait_s > MAX_RETRY_AFTER_S or clock.monotonic() + wait_s >= ends_at:
            break
        gain = cost_of(outcome)
        if not retry_budget.acquire(gain):
            result.add_note(RETRY_BUDGET_NOTE)
            break
        if notifier is not None:
            notifier.retry_scheduled(request, attempt, outcome, result, wait_s)
        yield Sleep(wait_s)
    error = _final_error(operation, outcome, result)
    if recover is not None and isinstance(error, OutcomeUnknownError):
        return (yield from recover(error))
    raise error


def _is_deleted(operation: Operation[Any], answer: Response | Failure) -> bool:
    return operation.method == "DELETE" and isinstance(answer, Response) and answer.status == NOT_FOUND


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
