"""One call, its generator driven by hand: no server, no event loop, a clock that the test turns."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Callable, Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    CreateOutcomeUnknownError,
    CreateSession,
    CreateSessionCommand,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    Problem,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    SessionsError,
    UnprocessableEntityError,
    UpdateSession,
)
from anyscale_sessions._sansio.call import (
    RETRY_BUDGET_NOTE,
    Failure,
    Limits,
    Response,
    Send,
    Sleep,
    call,
    drive,
    drive_async,
)
from anyscale_sessions._sansio.request import prepare
from anyscale_sessions._sansio.retry import Outcome
from anyscale_sessions_api.api.session_commands import (
    create_session_command,
    get_session_command,
    kill_session_command,
)
from anyscale_sessions_api.api.session_operations import get_session_operation
from anyscale_sessions_api.api.sessions import (
    create_session,
    delete_session,
    get_session,
    get_session_for_job,
    list_sessions,
    search_sessions,
    start_session,
    terminate_session,
    update_session,
)
from anyscale_sessions_api.types import Operation

from ..conftest import APP_CONFIG, TOKEN, Turned

LIMITS = Limits(timeout_s=30.0, deadline_s=60.0, max_attempts=3)
GET = get_session.get_session("ses_1")
DELETE = delete_session.delete_session("ses_1")
CREATE = create_session.create_session(CreateSession(name="nightly", project_id="prj_1", **APP_CONFIG))
ACTIONS = [
    CREATE,
    start_session.start_session("ses_1"),
    terminate_session.terminate_session("ses_1"),
    create_session_command.create_session_command(CreateSessionCommand(session_id="ses_1", shell_command="ls")),
    kill_session_command.kill_session_command("scd_1"),
]
HARMLESS = [
    GET,
    DELETE,
    update_session.update_session("ses_1", UpdateSession(idle_timeout=5)),
    list_sessions.list_sessions("prj_1"),
    search_sessions.search_sessions("prj_1"),
]
BY_ID = [operation.id for operation in ACTIONS + HARMLESS]
SESSION = {"id": "ses_1", "name": "nightly", "state": "Running"}


def response(content: object = None, status: int = 200, **headers: str) -> Response:
    """A response with a JSON body, or with none."""
    body = b"" if content is None else json.dumps(content).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def failure(outcome: Outcome = Outcome.UNKNOWN) -> Failure:
    """No response."""
    return Failure(outcome, APIConnectionError("the connection broke"))


class Played:
    """A call to which each `Send` is answered with the next answer, a function of no argument or a value."""

    def __init__(self, turned: Turned, operation: Operation[Any], *answers: Any, limits: Limits = LIMITS) -> None:
        self.sent: list[Send] = []
        self.slept: list[float] = []
        self.result: Any = None
        self.error: SessionsError | None = None
        left = list(answers)
        steps = call(operation, prepare(operation), limits, turned.context())
        try:
            step = next(steps)
            while True:
                if isinstance(step, Sleep):
                    self.slept.append(step.seconds)
                    turned.time_s += step.seconds
                    step = next(steps)
                    continue
                self.sent.append(step)
                answer = left.pop(0)
                step = steps.send(answer() if callable(answer) else answer)
        except StopIteration as end:
            self.result = end.value
        except SessionsError as error:
            self.error = error
        assert not left, "every answer is asked for"


def test_result_is_what_the_envelope_holds(turned: Turned) -> None:
    """A good response ends the call at its first attempt with what is inside the envelope."""
    played = Played(turned, GET, response({"result": SESSION}))
    assert played.result.to_dict() | SESSION == played.result.to_dict()
    assert len(played.sent) == 1
    assert played.slept == []


def test_list_gives_its_whole_response(turned: Turned) -> None:
    """A list keeps its envelope, which the page is made of."""
    answer = response({"results": [SESSION], "metadata": {"next_paging_token": "t"}})
    played = Played(turned, list_sessions.list_sessions("prj_1"), answer)
    assert [session.id for session in played.result.results] == ["ses_1"]
    assert played.result.metadata.next_paging_token == "t"


@pytest.mark.parametrize("answer", [response(status=204), response(status=200), response({"result": {}}, status=202)])
def test_nothing_is_promised_for_a_deletion(turned: Turned, answer: Response) -> None:
    """An operation that promises no body takes any 2xx, whatever it holds."""
    played = Played(turned, DELETE, answer)
    assert (played.result, played.error) == (None, None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (409, ConflictError),
        (407, APIStatusError),
        (418, APIStatusError),
        (422, UnprocessableEntityError),
        (301, APIStatusError),
        (307, APIStatusError),
        (101, APIStatusError),
    ],
)
@pytest.mark.parametrize("operation", ACTIONS + HARMLESS, ids=BY_ID)
def test_final_statuses_are_typed_and_sent_once(
    turned: Turned, operation: Operation[Any], status: int, kind: type[APIStatusError]
) -> None:
    """Each 4xx and 3xx has its error, and is the end at the first attempt, Retry-After or not."""
    played = Played(
        turned, operation, response({"error": {"detail": "no"}}, status, retry_after="1", x_request_id="r1")
    )
    assert type(played.error) is kind
    assert (played.error.status, played.error.attempts, played.error.request_id) == (status, 1, "r1")
    assert str(played.error).startswith(f"{operation.id}: {status} ")
    assert str(played.error).endswith(": no")


@pytest.mark.parametrize(
    ("status", "phrase"),
    [(500, "Internal Server Error"), (520, "a status outside the standard list"), (599, "a status outside")],
)
def test_5xx_is_a_server_fault(turned: Turned, status: int, phrase: str) -> None:
    """Each 5xx, listed or not, is a `ServerError`, here after as many attempts as are allowed."""
    played = Played(turned, GET, *[response("<html>", status)] * 3)
    assert type(played.error) is ServerError
    assert played.error.attempts == 3
    assert str(played.error).startswith(f"get_session: {status} {phrase}")


def test_status_beyond_the_list_is_typed(turned: Turned) -> None:
    """A status that HTTP does not know is a `ServerError` and no ValueError."""
    assert type(Played(turned, CREATE, response("", 999)).error) is CreateOutcomeUnknownError
    assert type(Played(turned, GET, *[response("", 999)] * 3).error) is ServerError


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
def test_what_may_have_been_done_is_not_sent_again(turned: Turned, operation: Operation[Any], answer: Any) -> None:
    """A create, start, termination, command or kill whose outcome is unknown is sent once."""
    played = Played(turned, operation, answer)
    assert type(played.error) is (CreateOutcomeUnknownError if operation is CREATE else OutcomeUnknownError)
    assert played.error.attempts == len(played.sent) == 1
    assert played.error.is_done is None
    assert isinstance(played.error.__cause__, SessionsError)
    assert str(played.error.__cause__) in str(played.error)
    if operation is not CREATE:
        assert str(played.error) == (
            f"{operation.id}: it may have been done or not: {played.error.__cause__}; "
            "it was not sent again: look before you repeat it"
        )
    assert played.slept == []


@pytest.mark.parametrize("operation", HARMLESS, ids=BY_ID[len(ACTIONS) :])
def test_what_is_harmless_twice_is_sent_again(turned: Turned, operation: Operation[Any]) -> None:
    """A read, a search, an update and a deletion are repeated up to `max_attempts`, with jitter between."""
    played = Played(turned, operation, failure, response("", 500), failure)
    assert isinstance(played.error, APIConnectionError)
    assert played.error.attempts == len(played.sent) == 3
    assert played.slept == [0.025, 0.05]


@pytest.mark.parametrize("operation", ACTIONS + HARMLESS, ids=BY_ID)
def test_what_was_not_sent_or_refused_is_sent_again(turned: Turned, operation: Operation[Any]) -> None:
    """Any operation is repeated that never left, or that the server asked to come back with."""
    played = Played(
        turned, operation, lambda: failure(Outcome.NOT_SENT), response("", 429), response("", 503, retry_after="7")
    )
    assert isinstance(played.error, ServerError)
    assert (played.error.attempts, played.error.retry_after) == (3, 7.0)
    assert played.slept == [0.025, 1.0]


def test_one_attempt_means_one(turned: Turned) -> None:
    """With `max_attempts` of 1 nothing is repeated."""
    limits = Limits(timeout_s=30.0, deadline_s=60.0, max_attempts=1)
    assert Played(turned, GET, lambda: failure(Outcome.NOT_SENT), limits=limits).error.attempts == 1


def test_many_attempts_do_not_overflow(turned: Turned) -> None:
    """Thousands of attempts that cost no time are made as they are asked for, if the retry_budget allows them."""
    turned.fraction = 0.0
    turned.retry_budget.left = 10**6
    limits = Limits(timeout_s=30.0, deadline_s=60.0, max_attempts=1500)
    assert Played(turned, GET, *[failure] * 1500, limits=limits).error.attempts == 1500


@pytest.mark.parametrize(("answer", "requests"), [(failure, 1 + 500 // 14), (response("", 429), 1 + 500 // 5)])
def test_repeating_ends_with_the_quota(turned: Turned, answer: Any, requests: int) -> None:
    """A repetition costs 14 of 500, one that the server asked for 5; what is not enough for is not repeated."""
    turned.fraction = 0.0
    limits = Limits(timeout_s=30.0, deadline_s=60.0, max_attempts=1500)
    error = Played(turned, GET, *[answer] * requests, limits=limits).error
    assert error.attempts == requests
    assert error.__notes__ == [RETRY_BUDGET_NOTE]
    assert RETRY_BUDGET_NOTE == (
        "not repeated: too many requests of this client have failed, and its retry_budget for repeating is used up"
    )
    assert turned.retry_budget.left == 500 % (14 if answer is failure else 5)
    again = Played(turned, GET, answer, limits=limits).error
    assert again.attempts == 1


def test_what_works_fills_the_quota(turned: Turned) -> None:
    """A call that works at once gives 1; a repetition that works gives back what it has cost; full is full."""
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
    """An attempt that works is the result, whatever came before it."""
    played = Played(turned, GET, failure, response("", 429, retry_after="2"), response({"result": SESSION}))
    assert played.result.id == "ses_1"
    assert played.slept == [0.025, 2.0]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_within_the_cap_is_kept_to(turned: Turned, status: int) -> None:
    """A wait that the server asks for is kept to the second, as long as the deadline allows."""
    limits = Limits(timeout_s=30.0, deadline_s=500.0, max_attempts=3)
    played = Played(turned, GET, response("", status, retry_after="120"), response({"result": SESSION}), limits=limits)
    assert played.slept == [120.0]


@pytest.mark.parametrize(("asked", "deadline_s"), [("121", 500.0), ("60", 60.0), ("999999999", 60.0)])
def test_retry_after_beyond_the_cap_ends_at_once(turned: Turned, asked: str, deadline_s: float) -> None:
    """A wait of over 120 s, or beyond the deadline, is not begun; the error tells how long it is."""
    limits = Limits(timeout_s=30.0, deadline_s=deadline_s, max_attempts=3)
    played = Played(turned, CREATE, response("", 429, retry_after=asked), limits=limits)
    assert type(played.error) is RateLimitError
    assert (played.error.retry_after, played.error.attempts, played.slept) == (float(asked), 1, [])


def test_deadline_ends_the_attempts(turned: Turned) -> None:
    """No attempt is begun when the deadline has passed, and none gets more time than is left."""
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
    """Whatever the attempts take, the last one begins before the deadline, and none is allowed to last beyond it."""
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


def test_lost_deletion_counts_as_done(turned: Turned) -> None:
    """404 after an attempt whose outcome is unknown means that this attempt has deleted it."""
    played = Played(turned, DELETE, failure, response("", 404))
    assert (played.result, played.error) == (None, None)
    assert type(Played(turned, DELETE, lambda: failure(Outcome.NOT_SENT), response("", 404)).error) is NotFoundError
    assert type(Played(turned, GET, failure, response("", 404)).error) is NotFoundError
    played = Played(turned, DELETE, failure, response("", 429), response("", 404))
    assert (played.result, played.error) == (None, None)


def test_attempt_is_allowed_some_time_at_least(turned: Turned) -> None:
    """The first attempt of a call that has no time left gets a millisecond, which a transport takes for no time."""
    (step,) = Played(turned, GET, failure, limits=Limits(timeout_s=30.0, deadline_s=0.0, max_attempts=3)).sent
    assert (step.timeout_s, step.left_s) == (0.001, 0.001)


def test_create_of_unknown_outcome_says_so(turned: Turned) -> None:
    """The error names what may exist, keeps what is known of the response, and has the last failure as its cause."""
    error = Played(turned, CREATE, response({"error": {"detail": "oops"}}, 500, x_request_id="r1")).error
    assert type(error) is CreateOutcomeUnknownError
    assert (error.name, error.project_id, error.status, error.attempts) == ("nightly", "prj_1", 500, 1)
    assert error.request_id == "r1"
    assert error.body == '{"error": {"detail": "oops"}}'
    assert type(error.__cause__) is ServerError
    assert "search for it before you create it anew" in str(error)
    assert pickle.loads(pickle.dumps(error)) == error


def test_create_that_was_never_sent_is_no_doubt(turned: Turned) -> None:
    """A create that never left fails with what kept it from it."""
    error = Played(turned, CREATE, *[lambda: failure(Outcome.NOT_SENT)] * 3).error
    assert type(error) is APIConnectionError


@pytest.mark.parametrize(
    ("operation", "content", "path"),
    [
        (GET, {"result": {"id": "ses_2"}}, "$.result.id"),
        (update_session.update_session("ses_1"), {"result": {"id": "ses_2"}}, "$.result.id"),
        (
            start_session.start_session("ses_1"),
            {"result": {"id": "sop_1", "session_id": "ses_2"}},
            "$.result.session_id",
        ),
        (
            terminate_session.terminate_session("ses_1"),
            {"result": {"id": "sop_1", "session_id": "ses_2"}},
            "$.result.session_id",
        ),
        (get_session_operation.get_session_operation("sop_1"), {"result": {"id": "sop_2"}}, "$.result.id"),
        (get_session_command.get_session_command("scd_1"), {"result": {"id": "scd_2"}}, "$.result.id"),
        (kill_session_command.kill_session_command("scd_1"), {"result": {"id": "scd_2"}}, "$.result.id"),
    ],
    ids=lambda value: getattr(value, "id", None),
)
def test_response_about_another_id_is_refused(
    turned: Turned, operation: Operation[Any], content: Any, path: str
) -> None:
    """A response that names another id than the one asked for is not taken for an answer."""
    is_once = operation.method == "POST"
    error = Played(turned, operation, *[response(content)] * (1 if is_once else 3)).error
    if is_once:
        assert type(error) is OutcomeUnknownError
        error = error.__cause__
    assert type(error) is ResponseDecodeError
    assert error.path == path
    reason = "the response is about another id than the one asked for"
    assert str(error) == f"{operation.id}: the response is not as promised: {reason} (at {path})"


@pytest.mark.parametrize(
    ("operation", "content"),
    [
        (get_session_for_job.get_session_for_job("job_1"), {"result": {"id": "ses_1"}}),
        (start_session.start_session("ses_1"), {"result": {"id": "sop_1"}}),
        (start_session.start_session("ses_1"), {"result": {"id": "sop_1", "session_id": "ses_1"}}),
        (get_session_operation.get_session_operation("sop_1"), {"result": {"id": "sop_1", "session_id": "ses_9"}}),
    ],
)
def test_response_about_the_same_id_is_taken(turned: Turned, operation: Operation[Any], content: Any) -> None:
    """Ids that agree, that a response leaves out, or that nobody asked for are no reason to refuse it."""
    assert Played(turned, operation, response(content)).result.id == content["result"]["id"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", "$"),
        (b"<html>", "$"),
        (b"\xff", "$"),
        (b"[" * 10_000, "$"),
        (b'{"result": {"id": "ses_1", "idle_timeout": NaN}}', "$"),
        (b'{"result": null}', "$.result"),
        (b'{"result": {"name": "a"}}', "$.result"),
        (b'{"result": {"id": 5}}', "$.result.id"),
        (b'{"result": {"id": "ses_1", "created_at": "soon"}}', "$.result.created_at"),
        (b"[]", "$"),
    ],
)
def test_response_out_of_shape_names_the_place(turned: Turned, body: bytes, path: str) -> None:
    """A response that is not as promised is `ResponseDecodeError` with a JSON path, with no other error behind it."""
    error = Played(turned, GET, *[Response(200, {}, body)] * 3).error
    assert type(error) is ResponseDecodeError
    assert error.path == path
    assert error.status == 200
    assert error.__cause__ is error.__context__ is None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error": {"detail": "busy"}}', ": busy"),
        (b'{"detail": "busy"}', ": busy"),
        (b'{"detail": "busy", "error": {}}', ": busy"),
        (b'{"error": "busy"}', " Conflict"),
        (b'{"detail": {"a": 1}}', " Conflict"),
        (b"<html>busy</html>", " Conflict"),
        (b"", " Conflict"),
        (b"\xff\xfe", " Conflict"),
        (b"[" * 100_000, " Conflict"),
        (b"[1]", " Conflict"),
    ],
)
def test_error_bodies_of_any_shape(turned: Turned, body: bytes, text: str) -> None:
    """What an error response says is told where it can be found, and nothing about its shape is relied on."""
    error = Played(turned, GET, Response(409, {}, body)).error
    assert type(error) is ConflictError
    assert str(error) == "get_session: 409 Conflict" + text.removeprefix(" ConflictError")
    assert len(error.body) <= 4096


def test_problems_are_those_of_a_422_only(turned: Turned) -> None:
    """Another error that lists what is wrong tells it in its text."""
    error = Played(turned, GET, response({"detail": [{"loc": ["body", "name"], "msg": "no"}]}, 400)).error
    assert type(error) is BadRequestError
    assert str(error) == "get_session: 400 Bad Request: name: no; mend it and send again"
    assert not hasattr(error, "problems")


@given(st.binary(max_size=200), st.sampled_from([200, 301, 404, 422, 429, 500]))
def test_any_response_ends_in_a_value_or_an_error_of_the_tree(body: bytes, status: int) -> None:
    """Whatever the body, the call ends in a value or in an error of ours with nothing else in its chain."""
    played = Played(Turned(), CREATE, Response(status, {}, body), limits=Limits(30.0, 60.0, 1))
    error: BaseException | None = played.error
    while error is not None:
        assert isinstance(error, SessionsError)
        error = error.__cause__ or error.__context__


def test_422_has_its_problems(turned: Turned) -> None:
    """The problems of a 422 are told field by field, in the text as well."""
    detail = [
        {"loc": ["body", "name"], "msg": "too long", "type": "x"},
        {"loc": ["query", "items", 0], "msg": "no"},
        {"loc": ["body"]},
        {"loc": "body"},
        "what",
    ]
    error = Played(turned, GET, response({"detail": detail}, 422)).error
    assert isinstance(error, UnprocessableEntityError)
    assert [(problem.field, problem.rule) for problem in error.problems] == [
        ("name", "too long"),
        ("items.0", "no"),
        ("body", "is not valid"),
        ("request", "is not valid"),
        ("request", "is not valid"),
    ]
    assert "name: too long; mend it and send again; items.0: no" in str(error)


def test_422_with_a_text_has_no_problems(turned: Turned) -> None:
    """A 422 that says what is wrong in one text says it in its message."""
    error = Played(turned, GET, response({"detail": "no"}, 422)).error
    assert isinstance(error, UnprocessableEntityError)
    assert error.problems == ()
    assert str(error).endswith(": no")


def test_secrets_that_the_server_repeats_are_masked(turned: Turned) -> None:
    """The token and the user service token are redact wherever an error response repeats them."""
    body = CreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    token = body.user_service_token
    assert token is not None
    for detail in (f"{TOKEN} {token}", [{"loc": ["body", TOKEN], "msg": f"bad {token}"}]):
        error = Played(turned, create_session.create_session(body), response({"detail": detail}, 422)).error
        assert isinstance(error, UnprocessableEntityError)
        shown = f"{error!s} {error!r} {error.body} {error.problems} {vars(error)}"
        assert TOKEN not in shown
        assert token not in shown
        assert "***" in str(error)


def test_long_error_texts_are_cut(turned: Turned) -> None:
    """However much an error response says, its error stays small."""
    error = Played(turned, GET, response({"detail": "x" * 10**6}, 400)).error
    assert str(error) == "get_session: 400 Bad Request: " + "x" * 1000
    detail = [{"loc": ["body", "y" * 10**4], "msg": "x" * 10**4}] * 101
    error = Played(turned, GET, response({"detail": detail}, 422)).error
    assert isinstance(error, UnprocessableEntityError)
    assert len(error.problems) == 100
    assert len(str(error)) < 1000 + 100
    assert len(error.problems[0].field) == len(error.problems[0].rule) == 1000


def test_what_steps_hold_is_not_shown(turned: Turned) -> None:
    """The repr of what a call asks for, and of what it gets, shows no body, no header and no secret."""
    body = CreateSession(name="a", project_id="prj_1", user_service_access="public", **APP_CONFIG)
    operation = create_session.create_session(body)
    step = next(call(operation, prepare(operation), LIMITS, turned.context()))
    assert body.user_service_token not in repr(step)
    assert TOKEN not in repr(turned.context())
    shown = repr(Response(200, {"set-cookie": TOKEN}, TOKEN.encode()))
    assert TOKEN not in shown


Drive = Callable[[Generator[Any, Any, Any], Callable[[Any], Any], Callable[[float], Any]], Any]


def driven_async(steps: Generator[Any, Any, Any], perform: Callable[[Any], Any], sleep: Callable[[float], Any]) -> Any:
    """`drive_async` with functions that are not."""

    async def performed(step: Any) -> Any:
        return perform(step)

    async def slept(seconds: float) -> None:
        sleep(seconds)

    return asyncio.run(drive_async(steps, performed, slept))


@pytest.mark.parametrize("driver", [drive, driven_async])
def test_drivers_do_what_steps_ask_for(driver: Drive) -> None:
    """A driver sleeps, performs, sends back results, throws errors of ours into the steps, and returns their end."""
    done: list[Any] = []

    def steps() -> Generator[Any, Any, Any]:
        first = yield "one"
        assert (yield Sleep(2.5)) is None
        try:
            yield "broken"
        except APIConnectionError as error:
            second = yield f"after {error}"
        return first, second

    def perform(step: str) -> str:
        done.append(step)
        if step == "broken":
            raise APIConnectionError("it broke")
        return step.upper()

    assert driver(steps(), perform, done.append) == ("ONE", "AFTER IT BROKE")
    assert done == ["one", 2.5, "broken", "after it broke"]


@pytest.mark.parametrize("driver", [drive, driven_async])
def test_drivers_pass_errors_on(driver: Drive) -> None:
    """An error that the steps do not handle, or that is not ours, is the driver's, as it was."""

    def steps() -> Generator[Any, Any, None]:
        yield "one"

    ours, other = InvalidRequestError.of("get_session", [Problem("a", "b", "c")]), ZeroDivisionError()
    for error in (ours, other):

        def perform(_step: str, error: Exception = error) -> None:
            raise error

        with pytest.raises(type(error)) as raised:
            driver(steps(), perform, print)
        assert raised.value is error
        assert raised.value.__context__ is None


@pytest.mark.parametrize("driver", [drive, driven_async])
def test_drivers_leave_no_steps_open(driver: Drive) -> None:
    """Steps that are not gone through to their end are closed at once, so that what they hold ends with the call."""
    closed: list[bool] = []

    def steps() -> Generator[Any, Any, None]:
        try:
            yield "one"
        finally:
            closed.append(True)

    def interrupted(_step: object) -> None:
        raise KeyboardInterrupt

    held = steps()
    with pytest.raises(KeyboardInterrupt):
        driver(held, interrupted, print)
    assert closed == [True]
