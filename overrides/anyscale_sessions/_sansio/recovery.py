"""Calls whose response may be lost and that are not sent again: the client finds out what they did."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from anyscale_sessions_api import api, models
from anyscale_sessions_api.types import Operation

from .._fingerprint import CreateFingerprint, UsedTokens
from .._utils.recent_writes import STALE_S
from .._utils.records import Record
from ..exceptions import (
    CreateOutcomeUnknownError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    SessionsError,
)
from .call import RETRY_BUDGET_NOTE, Context, Search, call
from .messages import CallSteps, Limits, Sleep
from .policies import policy_of
from .probes import PROBES, Probe, Rank, search_probe
from .request import Request, prepare
from .responses import Reader, value_of
from .retry import TRANSIENT_ERRORS
from .retry_budget import RETRY_COST

# The part of the deadline that the request itself must leave, so that there is time for probes.
MAX_RESERVE_S: Final = 5.0
RESERVED_SHARE: Final = 0.25
FIRST_INTERVAL_S: Final = 0.1
MAX_INTERVAL_S: Final = 5.0
RECENT_INTERVAL_S: Final = 1.0
# With less than this left, another probe cannot succeed.
MIN_PROBE_S: Final = 0.05

T = TypeVar("T")


def call_and_recover(operation: Operation[Any], request: Request, limits: Limits, context: Context) -> CallSteps[Any]:
    """Call an operation. If its outcome is unknown, find out what it did.

    Returns what the response would have been, if the probe of the operation finds out. Raises `OutcomeUnknownError`
    otherwise.
    """
    ends_at, since = context.clock.monotonic() + limits.deadline_s, context.clock.now()

    def recover(unknown: OutcomeUnknownError) -> CallSteps[Any]:
        probe = PROBES[policy_of(operation.id, operation.method).recovery](operation, unknown, since)
        fresh_after = context.clock.monotonic() + STALE_S
        return _probe_until(probe, unknown, ends_at, limits, context, fresh_after)

    return call(operation, request, _without_reserve(limits), context, recover=recover)


def create(
    operation: Operation[models.Session],
    request: Request,
    limits: Limits,
    context: Context,
    used_tokens: UsedTokens,
    *,
    is_name_enough: bool = False,
    is_name_unique: bool = False,
) -> CallSteps[models.Session]:
    """Create a session. If the outcome is unknown, search for it.

    With a proof (a token, or a name that is enough), it is also searched for before a throttled request is sent again.
    Returns the session that this call has created. Raises `CreateOutcomeUnknownError` if it cannot be identified.
    """
    ends_at = context.clock.monotonic() + limits.deadline_s
    fingerprint = _fingerprint_of(operation, context, used_tokens, is_name_enough=is_name_enough)

    def recover(unknown: Any) -> CallSteps[Any]:
        unknown.fingerprint = fingerprint
        return _probe_until(search_probe(fingerprint, unknown, used_tokens), unknown, ends_at, limits, context)

    return call(
        operation,
        request,
        _without_reserve(limits),
        context,
        read=partial(value_of, is_name_unique=is_name_unique),
        recover=recover,
        search=_search_for(fingerprint, limits, context, used_tokens),
    )


def create_response(
    operation: Operation[models.Session],
    request: Request,
    limits: Limits,
    context: Context,
    used_tokens: UsedTokens,
    read: Reader,
) -> CallSteps[Any]:
    """Create a session, and return the response as `read` reads it.

    A session without its response is no result. Raises `CreateOutcomeUnknownError` where `create` would return such a
    session, or would search for it.
    """
    fingerprint = _fingerprint_of(operation, context, used_tokens, is_name_enough=False)
    throttled_search = _search_for(fingerprint, limits, context, used_tokens)
    try:
        result = yield from call(operation, request, limits, context, read=read, search=throttled_search)
    except CreateOutcomeUnknownError as error:
        error.fingerprint = fingerprint
        raise
    if isinstance(result, models.Session):
        cause = RateLimitError("the server refused the request, but has created the session")
        unknown = CreateOutcomeUnknownError.of(operation.body, cause, {})
        unknown.fingerprint, unknown.candidates, unknown.session_id = fingerprint, (result.id,), result.id
        raise unknown
    return result


def _fingerprint_of(
    operation: Operation[models.Session], context: Context, used_tokens: UsedTokens, *, is_name_enough: bool
) -> CreateFingerprint:
    body: Any = operation.body
    fingerprint = CreateFingerprint.of(body, context.clock.now(), is_name_enough=is_name_enough)
    if fingerprint.token_digest is not None:
        used_tokens.add(fingerprint.token_digest)
    return fingerprint


def _search_for(
    fingerprint: CreateFingerprint, limits: Limits, context: Context, used_tokens: UsedTokens
) -> Search | None:
    """A search for the session before the end of `limits`; `None` if nothing would prove which one it is."""
    if not fingerprint.is_name_enough and fingerprint.token_digest is None:
        return None
    ends_at = context.clock.monotonic() + limits.deadline_s

    def search() -> CallSteps[models.Session | None]:
        left = limits.within(max(0.0, ends_at - context.clock.monotonic()))
        return search_probe(fingerprint, CreateOutcomeUnknownError(), used_tokens)(left, context)

    return search


def reconcile(
    unknown: CreateOutcomeUnknownError, limits: Limits, context: Context, used_tokens: UsedTokens
) -> CallSteps[models.Session]:
    """Search for a session whose creation has an unknown outcome.

    Raises a new `CreateOutcomeUnknownError` if the session still cannot be identified.
    """
    fingerprint, error = unknown.fingerprint, CreateOutcomeUnknownError(*unknown.args)
    vars(error).update(vars(unknown))
    if fingerprint is None:
        raise error
    ends_at = context.clock.monotonic() + limits.deadline_s
    return (yield from _probe_until(search_probe(fingerprint, error, used_tokens), error, ends_at, limits, context))


class Existing(Record, frozen=True):
    """Which existing session is used instead of a new one.

    Attributes:
        rank: the order of preference.
        recent: sessions that were created recently and that a search can miss: their ids, oldest first, each with the
            time of the clock before which a 404 does not mean that it was deleted.
    """

    rank: Rank = lambda _: 0
    recent: tuple[tuple[str, float], ...] = ()


ANY_EXISTING: Final = Existing()


def ensure(
    operation: Operation[models.Session],
    request: Request,
    limits: Limits,
    context: Context,
    used_tokens: UsedTokens,
    existing: Existing = ANY_EXISTING,
    on_created: Callable[[models.Session], object] | None = None,
) -> CallSteps[models.Session]:
    """The session with that name in that project: an existing one, or else a new one."""
    body: Any = operation.body
    ends_at = context.clock.monotonic() + limits.deadline_s

    def left() -> Limits:
        return limits.within(max(0.0, ends_at - context.clock.monotonic()))

    fingerprint = CreateFingerprint.of(body, context.clock.now(), is_name_enough=True)
    probe = search_probe(fingerprint, CreateOutcomeUnknownError(), used_tokens, existing.rank)
    session = yield from probe(left(), context)
    if session is None:
        session = yield from _preferred(existing, left, context)
    if session is None:
        session = yield from create(operation, request, left(), context, used_tokens, is_name_enough=True)
        if on_created is not None:
            on_created(session)
    return session


def _preferred(existing: Existing, left: Callable[[], Limits], context: Context) -> CallSteps[models.Session | None]:
    """The session that is preferred among those that were created recently; `None` if there is none."""
    found: list[tuple[int, models.Session]] = []
    for session_id, fresh_after in existing.recent:
        session = yield from _get_recent(session_id, fresh_after, left, context)
        order = None if session is None else existing.rank(session)
        if session is not None and order is not None:
            found.append((order, session))
    return min(found, key=lambda ranked: ranked[0])[1] if found else None


def _get_recent(
    session_id: str, fresh_after: float, left: Callable[[], Limits], context: Context
) -> CallSteps[models.Session | None]:
    """A session that was created recently; `None` if it no longer exists."""
    read = api.get_session(session_id)
    while True:
        try:
            session: models.Session = yield from call(read, prepare(read), left(), context)
        except NotFoundError:
            if context.clock.monotonic() >= fresh_after or left().deadline_s <= MIN_PROBE_S:
                return None
        else:
            return session
        yield Sleep(min(RECENT_INTERVAL_S, left().deadline_s))


def _without_reserve(limits: Limits) -> Limits:
    reserve_s = min(MAX_RESERVE_S, limits.deadline_s * RESERVED_SHARE)
    return replace(limits, deadline_s=limits.deadline_s - reserve_s)


def _probe_until(
    probe: Probe[T],
    unknown: OutcomeUnknownError,
    ends_at: float,
    limits: Limits,
    context: Context,
    fresh_after: float = 0.0,
) -> CallSteps[T]:
    """Probe until there is a result or the deadline has passed: the server may apply the request late.

    Before the time `fresh_after`, a 404 does not end that, because the thing is new.
    """
    clock = context.clock
    interval_s = FIRST_INTERVAL_S
    while (left_s := ends_at - clock.monotonic()) > MIN_PROBE_S:
        asked_s = 0.0
        try:
            result = yield from probe(replace(limits, deadline_s=left_s, max_attempts=1), context)
        except SessionsError as error:
            if _is_final(error, unknown, context, fresh_after):
                break
            asked_s = getattr(error, "retry_after", None) or 0.0
        else:
            if result is not None:
                return result
        left_s = ends_at - clock.monotonic()
        if asked_s >= left_s:
            break
        # At most half of the time left, so that the last probe comes late.
        jittered_s = min(MAX_INTERVAL_S, interval_s) * (0.5 + 0.5 * clock.fraction())
        yield Sleep(max(asked_s, min(jittered_s, left_s / 2)))
        interval_s *= 2
    raise unknown


def _is_final(error: SessionsError, unknown: OutcomeUnknownError, context: Context, fresh_after: float) -> bool:
    """Whether no other probe follows one that failed. Then `unknown` gets a note that says why.

    A probe that fails with a transient error draws on the retry budget, so that a service that is down is left alone.
    """
    if error is unknown:
        return True
    if isinstance(error, NotFoundError) and context.clock.monotonic() < fresh_after and not unknown.is_done:
        return False
    # An error with a paging token is a list that does not end. It would not end for the next probe either.
    if not isinstance(error, TRANSIENT_ERRORS) or error.paging_token is not None:
        unknown.add_note(f"the client could not check what the request did: {error}")
        return True
    if not context.retry_budget.acquire(RETRY_COST):
        unknown.add_note(RETRY_BUDGET_NOTE)
        return True
    return False
