"""One call as a generator that yields what to do and receives what came of it; and the two drivers that do it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

import msgspec
from msgspec.structs import replace

from anyscale_sessions_api.types import ABSENT, DecodeError, Operation, decode

from .._instrumentation.hooks import AttemptNotifier
from .._redaction import redact, redacted_body, shown_request_id
from .._utils.records import Record
from ..exceptions import (
    ERRORS_BY_STATUS,
    APIStatusError,
    CreateOutcomeUnknownError,
    OutcomeUnknownError,
    Problem,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    SessionsError,
    UnprocessableEntityError,
)
from .policies import Kind, policy_of
from .request import Request
from .retry import LONGEST_RETRY_AFTER_S, Outcome, backoff_s, is_good, is_retryable, outcome_of, retry_after_s
from .retry_budget import CLEAN_SUCCESS_GAIN, RetryBudget, cost_of

T = TypeVar("T")

SHORTEST_ATTEMPT_S = 0.001
NOT_FOUND = 404
MAX_DETAIL_CHARACTERS = 1000
MAX_PROBLEMS = 100
RETRY_BUDGET_NOTE = (
    "not repeated: too many requests of this client have failed, and its retry_budget for repeating is used up"
)


class Send(Record, frozen=True):
    """Send the request once; answered with a `Response` or a `Failure`.

    Attributes:
        request: what to send.
        timeout_s: how long to wait for a connection, and for each next byte.
        left_s: how long the attempt may take as a whole.
        headers: to send besides those of every request.
    """

    request: Request
    timeout_s: float
    left_s: float
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Sleep(Record, frozen=True):
    """Do nothing for a while."""

    seconds: float


class Response(Record, frozen=True):
    """What came back. Header names are in lower case."""

    _hidden = frozenset({"headers", "body"})

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray


class Failure(Record, frozen=True):
    """No response came: the class of the outcome, and the error to raise if that is the end."""

    outcome: Outcome
    error: SessionsError


class Clock(Record, frozen=True):
    """Where time and chance come from.

    Attributes:
        monotonic: seconds, from any start.
        now: the time of day, aware.
        fraction: a random number from 0 to 1.
        sleep: do nothing for some seconds.
        sleep_async: the same, awaited.
    """

    monotonic: Callable[[], float]
    now: Callable[[], datetime]
    fraction: Callable[[], float]
    sleep: Callable[[float], None]
    sleep_async: Callable[[float], Awaitable[None]]


class Limits(Record, frozen=True):
    """How long and how often a call is tried."""

    timeout_s: float
    deadline_s: float
    max_attempts: int

    def within(self, seconds: float) -> Limits:
        """The same limits for a call that may take no longer than this."""
        return replace(self, deadline_s=min(self.deadline_s, seconds))


class Context(Record, frozen=True):
    """What a call is made with.

    Attributes:
        clock: where time and chance come from.
        secrets: texts that must not be shown.
        retry_budget: the allowance for repeating, shared by the calls of a client.
        watch: who is told of the attempts, if anybody is.
        headers: to send besides those of every request.
    """

    _hidden = frozenset({"secrets"})

    clock: Clock
    secrets: tuple[str, ...]
    retry_budget: RetryBudget
    watch: AttemptNotifier | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()


Calls = Generator[Send | Sleep, Any, T]


def value_of(operation: Operation[Any], response: Response) -> Any:
    """What a good response holds for the caller. Raises `DecodeError`."""
    if operation.response is None:
        return None
    whole = decode(response.body, operation.response)
    value = getattr(whole, operation.envelope) if operation.envelope == "result" else whole
    for name, wanted in operation.path_values.items():
        # An operation on `session_id` gives a Session with that `id`, or something that names it in `session_id`.
        is_of_the_thing = name.removesuffix("_id").replace("_", "") == type(value).__name__.lower()
        attribute = "id" if is_of_the_thing else name
        if getattr(value, attribute, ABSENT) not in (wanted, ABSENT):
            raise DecodeError("the response is about another id than the one asked for", f"$.result.{attribute}")
    return value


def call(
    operation: Operation[Any],
    request: Request,
    limits: Limits,
    context: Context,
    read: Callable[[Operation[Any], Response], Any] = value_of,
) -> Calls[Any]:
    """Send a request until it ends well, cannot end well any more, or the deadline has passed.

    Returns what `read` makes of the good response. Raises an error of the tree in `exceptions`, with its attempts.
    """
    clock, retry_budget, watch = context.clock, context.retry_budget, context.watch
    ends_at = clock.monotonic() + limits.deadline_s
    attempt, gain, may_be_done = 0, CLEAN_SUCCESS_GAIN, False
    while True:
        attempt += 1
        left_s = max(SHORTEST_ATTEMPT_S, ends_at - clock.monotonic())
        if watch is not None:
            watch.sending(request, attempt)
        answer = yield Send(request, min(limits.timeout_s, left_s), left_s, context.headers)
        outcome, result, asked_s = _judged(operation, answer, context, request.secrets, read)
        if watch is not None:
            watch.ended(request, attempt, answer, None if outcome is Outcome.SUCCESS else result)
        if outcome is Outcome.SUCCESS:
            retry_budget.release(gain)  # a repetition that works costs nothing
            return result
        if may_be_done and _says_gone(operation, answer):
            return read(replace(operation, response=None), answer)  # an attempt whose response was lost has deleted it
        result.attempts, may_be_done = attempt, may_be_done or outcome is Outcome.UNKNOWN
        wait_s = backoff_s(attempt, outcome, clock.fraction()) if asked_s is None else asked_s
        is_last = attempt >= limits.max_attempts or not is_retryable(operation.id, operation.method, outcome)
        if is_last or wait_s > LONGEST_RETRY_AFTER_S or clock.monotonic() + wait_s >= ends_at:
            raise _final_error(operation, outcome, result)
        gain = cost_of(outcome)
        if not retry_budget.acquire(gain):
            result.add_note(RETRY_BUDGET_NOTE)
            raise _final_error(operation, outcome, result)
        if watch is not None:
            watch.repeating(request, attempt, outcome, result, wait_s)
        yield Sleep(wait_s)


def _says_gone(operation: Operation[Any], answer: Response | Failure) -> bool:
    return operation.method == "DELETE" and isinstance(answer, Response) and answer.status == NOT_FOUND


def _judged(
    operation: Operation[Any],
    answer: Response | Failure,
    context: Context,
    secrets: tuple[str, ...],
    read: Callable[[Operation[Any], Response], Any],
) -> tuple[Outcome, Any, float | None]:
    """The class of what came, the value it holds or the error it means, and the seconds it asks to wait."""
    if isinstance(answer, Failure):
        return answer.outcome, answer.error, None
    secrets = (*context.secrets, *secrets)
    if is_good(answer.status):
        try:
            return Outcome.SUCCESS, read(operation, answer), None
        except DecodeError as problem:
            reason, path = problem.reason, problem.path
        text = f"{operation.id}: the response is not as promised: {reason} (at {path})"
        undecodable = ResponseDecodeError(text, **_facts(answer, secrets))
        undecodable.path = path
        return Outcome.UNKNOWN, undecodable, retry_after_s(answer.headers, context.clock.now())
    now = context.clock.now()
    error = _error_of(operation, answer, now, secrets)
    return outcome_of(answer.status, answer.headers, now), error, retry_after_s(answer.headers, now)


def _facts(response: Response, secrets: tuple[str, ...]) -> dict[str, Any]:
    return {
        "request_id": shown_request_id(response.headers, secrets),
        "status": response.status,
        "body": redacted_body(response.body, secrets),
    }


def _error_of(operation: Operation[Any], response: Response, now: datetime, secrets: tuple[str, ...]) -> APIStatusError:
    kind = ERRORS_BY_STATUS.get(response.status, ServerError if response.status >= 500 else APIStatusError)
    detail = _detail_of(response.body, secrets)
    text = "; ".join(map(str, detail)) if isinstance(detail, tuple) else detail
    from http import HTTPStatus

    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "a status outside the standard list"
    message = f"{operation.id}: {response.status} {phrase}" + (f": {text[:MAX_DETAIL_CHARACTERS]}" if text else "")
    error = kind(message, **_facts(response, secrets))
    if isinstance(error, UnprocessableEntityError) and isinstance(detail, tuple):
        error.problems = detail
    if isinstance(error, RateLimitError | ServerError):
        error.retry_after = retry_after_s(response.headers, now)
    return error


def _detail_of(body: bytes | bytearray, secrets: tuple[str, ...]) -> str | tuple[Problem, ...]:
    """What an error response says: one text, or a problem for each field. Nothing about its shape is relied on."""
    try:
        content = _mapping(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    detail = (_mapping(content.get("error")) or content).get("detail")
    if isinstance(detail, list):
        items = cast("list[object]", detail)[:MAX_PROBLEMS]
        return tuple(_problem_of(_mapping(item), secrets) for item in items)
    return redact(detail, secrets) if isinstance(detail, str) else ""


def _mapping(value: object) -> dict[str, object]:
    """The value where it is a JSON object, else an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _problem_of(item: dict[str, object], secrets: tuple[str, ...]) -> Problem:
    location = item.get("loc")
    steps = [str(step) for step in cast("list[object]", location)] if isinstance(location, list) else []
    field_name, rule = ".".join(steps[1:] or steps) or "request", str(item.get("msg", "is not valid"))
    return Problem(
        redact(field_name, secrets)[:MAX_DETAIL_CHARACTERS],
        redact(rule, secrets)[:MAX_DETAIL_CHARACTERS],
        "mend it and send again",
    )


def _final_error(operation: Operation[Any], outcome: Outcome, error: SessionsError) -> SessionsError:
    """The error that ends a call; where it may have been done, and is not sent again, it has one of its own."""
    if outcome is not Outcome.UNKNOWN or policy_of(operation.id, operation.method).kind is not Kind.NON_IDEMPOTENT:
        return error
    facts: dict[str, Any] = {name: getattr(error, name) for name in ("request_id", "status", "attempts", "body")}
    unknown: OutcomeUnknownError
    if operation.id == "create_session":
        unknown = CreateOutcomeUnknownError.of(operation.body, error, facts)
    else:
        unknown = OutcomeUnknownError(
            f"{operation.id}: it may have been done or not: {error}; it was not sent again: look before you repeat it",
            **facts,
        )
    unknown.__cause__ = error
    return unknown


def drive(steps: Generator[Any, Any, T], perform: Callable[[Any], Any], sleep: Callable[[float], object]) -> T:
    """Do what the steps ask for, and tell them what came of it, until they return."""
    try:
        step = next(steps)
        while True:
            try:
                answer = sleep(step.seconds) if isinstance(step, Sleep) else perform(step)
            except SessionsError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()


async def drive_async(
    steps: Generator[Any, Any, T], perform: Callable[[Any], Awaitable[Any]], sleep: Callable[[float], Awaitable[None]]
) -> T:
    """The same, awaiting what is done."""
    try:
        step = next(steps)
        while True:
            try:
                answer = await (sleep(step.seconds) if isinstance(step, Sleep) else perform(step))
            except SessionsError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()
