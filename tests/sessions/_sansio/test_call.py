"""One call, its generator driven by hand: no server, no event loop, a clock that the test turns."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import (
    APIConnectionError,
    APITimeoutError,
    CreateOutcomeUnknownError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ServerError,
    SessionsError,
)
from anyscale_sessions._sansio.call import (
    RETRY_BUDGET_NOTE,
    call,
)
from anyscale_sessions._sansio.drivers import drive
from anyscale_sessions._sansio.messages import (
    Failure,
    Limits,
    Response,
    Send,
)
from anyscale_sessions._sansio.request import prepare
from anyscale_sessions._sansio.retry import Outcome
from anyscale_sessions_api.types import Operation

from ..conftest import Turned
from .conftest import ACTIONS, BY_ID, CREATE, DELETE, GET, HARMLESS, SESSION, Played, failure, response


@pytest.mark.parametrize("answer", [response(status=204), response(status=200), response({"result": {}}, status=202)])
def test_operation_without_response_body_accepts_any_2xx(turned: Turned, answer: Response) -> None:
    """An operation whose spec has no response body accepts any 2xx with any body."""
    played = Played(turned, DELETE, answer)
    assert (played.result, played.error) == (None, None)


@pytest.mark.parametrize("operation", ACTIONS, ids=BY_ID[: len(ACTIONS)])
@pytest.mark.parametrize(
    "answer",
    [
        failure,
        response("", 500),
        response("", 502),
        response("", 503),
        response("", 504),
        response({"result": 5}),
        response(),
    ],
    ids=["no response", "500", "502", "503", "504", "undecodable", "empty"],
)
def test_non_idempotent_operation_is_sent_once(turned: Turned, operation: Operation[Any], answer: Any) -> None:
    """A create, start, terminate, command or kill request with an unknown outcome is sent once."""
    played = Played(turned, operation, answer)
    assert type(played.error) is (CreateOutcomeUnknownError if operation is CREATE else OutcomeUnknownError)
    assert played.error.attempts == len(played.sent) == 1
    assert played.error.is_done is None
    assert isinstance(played.error.__cause__, SessionsError)
    assert str(played.error.__cause__) in str(played.error)
    if operation is not CREATE:
        assert str(played.error) == (
            f"{operation.id}: the outcome is unknown: {played.error.__cause__}; "
            "the request was not sent again: check what it did before you repeat it"
        )
    assert played.slept == []


@pytest.mark.parametrize("operation", HARMLESS, ids=BY_ID[len(ACTIONS) :])
def test_idempotent_operation_is_retried(turned: Turned, operation: Operation[Any]) -> None:
    """A read, a search, an update and a deletion are retried up to `max_attempts` with jitter."""
    played = Played(turned, operation, failure, response("", 500), failure)
    assert isinstance(played.error, APIConnectionError)
    assert played.error.attempts == len(played.sent) == 3
    assert played.slept == [0.025, 0.05]


@pytest.mark.parametrize("operation", ACTIONS + HARMLESS, ids=BY_ID)
def test_unsent_or_throttled_request_is_retried(turned: Turned, operation: Operation[Any]) -> None:
    """Any operation is retried after an attempt that was not sent or was answered with 429."""
    played = Played(
        turned, operation, lambda: failure(Outcome.NOT_SENT), response("", 429), response("", 429, retry_after="7")
    )
    assert isinstance(played.error, RateLimitError)
    assert (played.error.attempts, played.error.retry_after) == (3, 7.0)
    assert played.slept == [0.025, 1.0]


@pytest.mark.parametrize("operation", ACTIONS + HARMLESS, ids=BY_ID)
def test_503_with_retry_after_is_retried_unless_it_may_have_created(turned: Turned, operation: Operation[Any]) -> None:
    """A 503 with Retry-After is throttling, except for what creates something: a gateway can send it after the fact."""
    creates = operation.id in ("create_session", "create_session_command")
    again = () if creates else (response("", 503, retry_after="7"),) * 2
    played = Played(turned, operation, response("", 503, retry_after="7"), *again)
    assert isinstance(played.error, OutcomeUnknownError if creates else ServerError)
    assert played.slept == ([] if creates else [7.0, 7.0])


def test_one_attempt_means_one(turned: Turned) -> None:
    """A call with `max_attempts` of 1 is never retried."""
    limits = Limits(timeout_s=30.0, deadline_s=60.0, max_attempts=1)
    assert Played(turned, GET, lambda: failure(Outcome.NOT_SENT), limits=limits).error.attempts == 1


def test_many_attempts_do_not_overflow(turned: Turned) -> None:
    """A call can make thousands of attempts if the retry budget allows them."""
    turned.fraction = 0.0
    turned.retry_budget.left = 10**6
    limits = Limits(timeout_s=30.0, deadline_s=60.0, max_attempts=1500)
    assert Played(turned, GET, *[failure] * 1500, limits=limits).error.attempts == 1500


@pytest.mark.parametrize(("answer", "requests"), [(failure, 1 + 500 // 14), (response("", 429), 1 + 500 // 5)])
def test_retries_end_with_the_budget(turned: Turned, answer: Any, requests: int) -> None:
    """Retries cost 14 of 500, throttled ones 5, and end when the budget does not cover the next."""
    turned.fraction = 0.0
    limits = Limits(timeout_s=30.0, deadline_s=60.0, max_attempts=1500)
    error = Played(turned, GET, *[answer] * requests, limits=limits).error
    assert error.attempts == requests
    assert error.__notes__ == [RETRY_BUDGET_NOTE]
    assert RETRY_BUDGET_NOTE == (
        "not retried: too many requests of this client have failed, and its retry budget is used up"
    )
    assert turned.retry_budget.left == 500 % (14 if answer is failure else 5)
    again = Played(turned, GET, answer, limits=limits).error
    assert again.attempts == 1


def test_success_refills_the_budget(turned: Turned) -> None:
    """A success adds 1 to the budget, and a retry that succeeds gets its cost back, up to the full budget."""
    good = response({"result": SESSION})
    Played(turned, GET, good)
    assert turned.retry_budget.left == 500
    Played(turned, GET, failure, good)
    assert turned.retry_budget.left == 500
    Played(turned, GET, failure, response("", 429), good)
    assert turned.retry_budget.left == 500 - 14
    Played(turned, GET, good)
    assert turned.retry_budget.left == 500 - 14 + 1
    Played(turned, GET, response("", 404))
    assert turned.retry_budget.left == 500 - 14 + 1


def test_success_after_failures(turned: Turned) -> None:
    """An attempt that succeeds after failures is the result of the call."""
    played = Played(turned, GET, failure, response("", 429, retry_after="2"), response({"result": SESSION}))
    assert played.result.id == "ses_1"
    assert played.slept == [0.025, 2.0]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_within_the_cap_is_honoured(turned: Turned, status: int) -> None:
    """The client waits exactly as long as Retry-After asks if the deadline allows it."""
    limits = Limits(timeout_s=30.0, deadline_s=500.0, max_attempts=3)
    played = Played(turned, GET, response("", status, retry_after="120"), response({"result": SESSION}), limits=limits)
    assert played.slept == [120.0]


@pytest.mark.parametrize(("asked", "deadline_s"), [("121", 500.0), ("60", 60.0), ("999999999", 60.0)])
def test_retry_after_beyond_the_cap_ends_at_once(turned: Turned, asked: str, deadline_s: float) -> None:
    """A Retry-After of over 120 s, or beyond the deadline, ends the call at once with an error that has the seconds."""
    limits = Limits(timeout_s=30.0, deadline_s=deadline_s, max_attempts=3)
    played = Played(turned, CREATE, response("", 429, retry_after=asked), limits=limits)
    assert type(played.error) is RateLimitError
    assert (played.error.retry_after, played.error.attempts, played.slept) == (float(asked), 1, [])


def test_deadline_ends_the_attempts(turned: Turned) -> None:
    """No attempt begins after the deadline, and none gets more time than is left."""
    limits = Limits(timeout_s=30.0, deadline_s=60.0, max_attempts=10)

    def late() -> Failure:
        turned.time_s += sent_for[len(sent)]
        sent.append(None)
        return Failure(Outcome.UNKNOWN, APITimeoutError("no response"))

    sent: list[None] = []
    sent_for = [30.0, 25.0, 5.0]
    played = Played(turned, GET, late, late, late, limits=limits)
    assert isinstance(played.error, APITimeoutError)
    assert [step.timeout_s for step in played.sent] == pytest.approx([30.0, 29.975, 4.925])
    assert [step.left_s for step in played.sent] == pytest.approx([60.0, 29.975, 4.925])


@given(st.lists(st.tuples(st.sampled_from(Outcome), st.floats(0, 100)), min_size=8, max_size=8), st.floats(0, 1))
def test_no_attempt_begins_after_the_deadline(answers: list[tuple[Outcome, float]], fraction: float) -> None:
    """For any durations of attempts, the last one begins before the deadline and may not last beyond it."""
    turned = Turned()
    turned.fraction = fraction
    limits = Limits(timeout_s=30.0, deadline_s=60.0, max_attempts=8)
    began = turned.time_s
    left = list(answers)

    def attempt(step: Send) -> Failure:
        assert turned.time_s - began < 60.0
        assert step.timeout_s <= step.left_s <= 60.0 - (turned.time_s - began) + 1e-9
        outcome, took_s = left.pop(0)
        turned.time_s += took_s
        return failure(Outcome.UNKNOWN if outcome is Outcome.SUCCESS else outcome)

    with pytest.raises(APIConnectionError):
        drive(call(GET, prepare(GET), limits, turned.context()), attempt, turned.sleep)


def test_not_found_after_a_lost_deletion_is_a_success(turned: Turned) -> None:
    """A 404 after a deletion with an unknown outcome means that the first attempt has deleted the session."""
    played = Played(turned, DELETE, failure, response("", 404))
    assert (played.result, played.error) == (None, None)
    assert type(Played(turned, DELETE, lambda: failure(Outcome.NOT_SENT), response("", 404)).error) is NotFoundError
    assert type(Played(turned, GET, failure, response("", 404)).error) is NotFoundError
    played = Played(turned, DELETE, failure, response("", 429), response("", 404))
    assert (played.result, played.error) == (None, None)


def test_attempt_gets_at_least_a_millisecond(turned: Turned) -> None:
    """The first attempt of a call without time left gets a millisecond."""
    (step,) = Played(turned, GET, failure, limits=Limits(timeout_s=30.0, deadline_s=0.0, max_attempts=3)).sent
    assert (step.timeout_s, step.left_s) == (0.001, 0.001)


def test_create_with_unknown_outcome_has_an_error_of_its_own(turned: Turned) -> None:
    """The error of a create request with an unknown outcome has the name, the fields of the response, and a cause."""
    error = Played(turned, CREATE, response({"error": {"detail": "oops"}}, 500, x_request_id="r1")).error
    assert type(error) is CreateOutcomeUnknownError
    assert (error.name, error.project_id, error.status, error.attempts) == ("nightly", "prj_1", 500, 1)
    assert error.request_id == "r1"
    assert error.body == '{"error": {"detail": "oops"}}'
    assert type(error.__cause__) is ServerError
    assert "call reconcile(), or search for the session before you retry" in str(error)
    assert pickle.loads(pickle.dumps(error)) == error


def test_create_that_was_never_sent_has_its_own_error(turned: Turned) -> None:
    """A create request that was never sent fails with the error of its attempt."""
    error = Played(turned, CREATE, *[lambda: failure(Outcome.NOT_SENT)] * 3).error
    assert type(error) is APIConnectionError
