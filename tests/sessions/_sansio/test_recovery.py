"""What follows a lost response: generators driven by hand against a service that the test holds."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import (
    APIConnectionError,
    CreateOutcomeUnknownError,
    CreateSession,
    InvalidRequestError,
    RateLimitError,
    make_user_service_token,
)
from anyscale_sessions._fingerprint import UsedTokens
from anyscale_sessions._sansio.call import RETRY_BUDGET_NOTE
from anyscale_sessions._sansio.messages import Failure, Limits, Response, Send
from anyscale_sessions._sansio.probes import MAX_PAGES
from anyscale_sessions._sansio.recovery import create as create_steps
from anyscale_sessions._sansio.recovery import ensure as ensure_steps
from anyscale_sessions._sansio.recovery import reconcile
from anyscale_sessions._sansio.request import prepare
from anyscale_sessions._sansio.retry import Outcome
from anyscale_sessions._utils.locks import ProcessLock
from anyscale_sessions_api.api.sessions import create_session

from ..conftest import Turned
from .conftest import LIMITS, PRIVATE, Run, Scripted, failure, public, response


class Service:
    """A Sessions API in a few lines, whose clock is the client's; `create` says what becomes of a create request.

    Attributes:
        sessions: what is there, as on the wire.
        late: what will be there, and when.
        answers: what a read is answered with, before it is answered well.
        answer: what a create request is answered with; no response by default.
    """

    def __init__(self, turned: Turned, *, applies: float | None = 0.0, answers: tuple[Any, ...] = ()) -> None:
        self.turned, self.applies, self.answers = turned, applies, list(answers)
        self.sessions: list[dict[str, Any]] = []
        self.late: list[tuple[float, dict[str, Any]]] = []
        self.sent: list[str] = []
        self.behind = timedelta(0)
        self.shows_tokens = True
        self.page_size = 50
        self.counts: set[int] = set()
        self.answer: Response | None = None

    def add(self, body: Any, at: float | None = None) -> dict[str, Any]:
        """A session, made now or then."""
        moment = self.turned.time_s if at is None else at
        created_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=moment) + self.behind
        session = {"id": f"ses_{len(self.sessions) + len(self.late)}", "created_at": created_at.isoformat(), **body}
        if moment <= self.turned.time_s:
            self.sessions.append(session)
        else:
            self.late.append((moment, session))
        return session

    def __call__(self, step: Send) -> Response | Failure:
        """One attempt."""
        self.sent.append(step.request.operation_id)
        self.sessions += [session for moment, session in self.late if moment <= self.turned.time_s]
        self.late = [(moment, session) for moment, session in self.late if moment > self.turned.time_s]
        assert step.left_s > 0
        if step.request.operation_id == "create_session":
            if self.applies is not None:
                self.add(json.loads(step.request.body or b""), self.turned.time_s + self.applies)
            return self.answer or failure()
        if self.answers:
            answer = self.answers.pop(0)
            return answer if isinstance(answer, Response) else failure()
        return self._found(json.loads(step.request.body or b""))

    def _found(self, query: Any) -> Response:
        self.counts.add(query["paging"]["count"])
        found = [session for session in self.sessions if session["name"] == query["name"]["equals"]]
        if not self.shows_tokens:
            found = [{**session, "user_service_token": None} for session in found]
        start = int(query["paging"].get("paging_token", 0))
        end = start + self.page_size
        metadata = {"next_paging_token": str(end) if end < len(found) else None}
        date = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.turned.time_s) + self.behind).strftime(
            "%a, %d %b %Y %H:%M:%S GMT"
        )
        return response({"results": found[start:end], "metadata": metadata}, date=date)


def create(
    turned: Turned,
    service: Callable[[Send], Any],
    body: CreateSession,
    *,
    limits: Limits = LIMITS,
    tokens: UsedTokens | None = None,
    **options: Any,
) -> Run:
    """A create against the service."""
    operation = create_session.create_session(body)
    tokens = tokens or UsedTokens(ProcessLock())
    return Run(
        turned, create_steps(operation, prepare(operation), limits, turned.context(), tokens, **options), service
    )


def test_create_with_response_needs_no_search(turned: Turned) -> None:
    """A create request with a good response needs no search."""
    service = Scripted(response({"result": {"id": "ses_1", "name": "nightly"}}))
    assert create(turned, service, public()).result.id == "ses_1"
    assert service.sent == ["create_session"]


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("answers", [(), (None,) * 3, (response({}, 500),) * 3], ids=["empty", "no response", "500"])
def test_searches_come_after_growing_waits(turned: Turned, fraction: float, answers: tuple[Any, ...]) -> None:
    """The waits between searches double from 0.1 s to 5 s with jitter, and take at most half of the time left."""
    turned.fraction = fraction
    create(turned, Service(turned, applies=None, answers=answers), public())
    share = 0.5 + 0.5 * fraction
    assert turned.slept[:8] == pytest.approx([share * wait_s for wait_s in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0)])
    assert turned.slept[-2:] == pytest.approx([turned.slept[-3] / 2, turned.slept[-3] / 4])


def test_no_search_begins_with_hardly_any_time_left(turned: Turned) -> None:
    """No search begins with 50 ms left or less."""
    turned.time_s = 0.0
    service = Service(turned)
    assert type(create(turned, service, public(), limits=Limits(30.0, 0.05, 3)).error) is CreateOutcomeUnknownError
    assert service.sent == ["create_session"]


@pytest.mark.parametrize("late_s", [0.0, 1.5, 20.0, 59.0])
def test_create_with_a_token_is_found_by_it(turned: Turned, late_s: float) -> None:
    """A create request with a token is sent once, and its session is found by the token, even if it appears late."""
    service, body = Service(turned, applies=late_s), public()
    run = create(turned, service, body)
    assert run.error is None
    assert run.result.user_service_token == body.user_service_token
    assert service.sent.count("create_session") == 1
    assert late_s <= run.seconds <= 60.0


def test_create_that_was_not_applied_stays_unknown(turned: Turned) -> None:
    """A session that never appears is searched for until the deadline and then an error."""
    service = Service(turned, applies=None)
    run = create(turned, service, public())
    assert type(run.error) is CreateOutcomeUnknownError
    assert run.error.candidates == ()
    assert 59.0 <= run.seconds <= 60.0
    assert service.sent.count("create_session") == 1
    assert 10 <= service.sent.count("search_sessions") <= 40
    assert isinstance(run.error.__cause__, APIConnectionError)


@pytest.mark.parametrize("late_s", [0.0, 1.5])
def test_create_without_a_token_is_not_adopted(turned: Turned, late_s: float) -> None:
    """Without a token, a session with the same name and project is a candidate and is not returned."""
    service = Service(turned, applies=late_s)
    service.add({"name": "nightly", "project_id": "prj_1"}, at=50.0)
    service.add({"name": "other", "project_id": "prj_1"})
    service.add({"name": "nightly", "project_id": "prj_2"})
    turned.time_s += 1
    run = create(turned, service, PRIVATE)
    assert type(run.error) is CreateOutcomeUnknownError
    assert run.error.candidates == ("ses_3",)
    assert (run.error.name, run.error.project_id) == ("nightly", "prj_1")
    assert run.seconds > 59.0
    assert service.sent.count("create_session") == 1


def test_unique_name_is_enough(turned: Turned) -> None:
    """A session with a unique name is the one, with or without a token."""
    run = create(turned, Service(turned, applies=1.5), PRIVATE, is_name_enough=True)
    assert run.result.name == "nightly"


def test_search_that_fails_is_tried_again(turned: Turned) -> None:
    """Transient errors and throttling do not end the search, which honours Retry-After."""
    answers = (None, response({}, 500), response("what", 200), response({}, 429, retry_after="7"), response({}, 404))
    run = create(turned, Service(turned, answers=answers[:4]), public())
    assert run.result is not None
    assert run.seconds >= 7.0
    lasting = create(turned, Service(turned, answers=answers[4:]), public())
    assert type(lasting.error) is CreateOutcomeUnknownError
    (note,) = lasting.error.__notes__
    assert note == "the client could not check what the request did: search_sessions: 404 Not Found"


def test_search_ends_with_the_retry_budget(turned: Turned) -> None:
    """The search ends when the retry budget is used up."""
    turned.retry_budget.left = 30
    service = Service(turned, answers=(None,) * 9)
    run = create(turned, service, public())
    assert run.error.__notes__ == [RETRY_BUDGET_NOTE]
    assert len(service.sent) == 1 + 3


def test_other_tokens_are_not_adopted(turned: Turned) -> None:
    """A session of the same name with another token is neither returned nor a candidate."""
    service = Service(turned, applies=None)
    service.add({"name": "nightly", "project_id": "prj_1", "user_service_token": make_user_service_token()})
    run = create(turned, service, public())
    assert run.error.candidates == ()


def test_hidden_tokens_make_candidates(turned: Turned) -> None:
    """A session whose token the server does not show is a candidate."""
    service = Service(turned)
    service.shows_tokens = False
    run = create(turned, service, public())
    assert run.error.candidates == ("ses_0",)


def test_all_pages_are_searched(turned: Turned) -> None:
    """The session is found on any page of the search."""
    service = Service(turned)
    service.page_size = 2
    for _ in range(7):
        service.add({"name": "nightly", "project_id": "prj_1"})
    body = public()
    assert create(turned, service, body).result.user_service_token == body.user_service_token
    assert service.counts == {50}


@pytest.mark.parametrize(("took_s", "left_s"), [(10.0, [50.0, 40.0, 30.0]), (60.0, [0.001])])
def test_pages_share_the_deadline(turned: Turned, took_s: float, left_s: list[float]) -> None:
    """The pages of a search share the deadline."""
    service, given = Service(turned, applies=None), []
    service.page_size = 1
    for _ in range(4):
        service.add({"name": "nightly", "project_id": "prj_1"})

    def slow(step: Send) -> Any:
        given.append(step.left_s)
        answer = service(step)
        turned.time_s += took_s if step.request.operation_id == "search_sessions" else 0.0
        return answer

    create(turned, slow, public())
    assert given[2 : 2 + len(left_s)] == pytest.approx(left_s)


def test_token_that_was_used_before_proves_nothing(turned: Turned) -> None:
    """The sessions of two create requests with one token are candidates only."""
    body, tokens = public(), UsedTokens(ProcessLock())
    service = Service(turned)
    first = create(turned, service, body, tokens=tokens)
    assert first.result.id == "ses_0"
    turned.time_s += 10
    second = create(turned, service, body, tokens=tokens)
    assert second.error.candidates == ("ses_1",)


def test_token_of_another_process_belongs_to_an_older_session(turned: Turned) -> None:
    """A session with the same token that is older than the call was not created by it."""
    body, service = public(), Service(turned, applies=None)
    service.add(body.to_dict(), at=turned.time_s - 10)
    assert create(turned, service, body).error.candidates == ()


def test_two_sessions_with_the_same_token_are_candidates(turned: Turned) -> None:
    """Two sessions with the same token are candidates, and neither is returned."""
    body, service = public(), Service(turned)
    service.add(body.to_dict())
    assert create(turned, service, body).error.candidates == ("ses_0", "ses_1")


@pytest.mark.parametrize("behind_s", [-3600, -1, 0, 1, 3600])
def test_server_with_another_time(turned: Turned, behind_s: float) -> None:
    """A session is found although the server's clock is wrong, by the Date of its responses."""
    for body in (PRIVATE, public()):
        service = Service(turned)
        service.behind = timedelta(seconds=behind_s)
        run = create(turned, service, body)
        if body is PRIVATE:
            assert run.error.candidates == (("ses_0",) if behind_s != -1 else ())
        else:
            assert run.result.id == "ses_0"


def test_session_without_date_or_project_counts(turned: Turned) -> None:
    """A session without a date or a project in the response can still match."""
    service = Service(turned, applies=None)
    service.sessions = [{"id": "ses_9", "name": "nightly"}]
    assert create(turned, service, PRIVATE).error.candidates == ("ses_9",)


def test_create_leaves_time_to_search(turned: Turned) -> None:
    """A create request without a response leaves a part of the deadline for the search."""
    service = Service(turned)
    given: list[float] = []

    def slow(step: Send) -> Any:
        if step.request.operation_id == "create_session":
            given.append(step.left_s)
            answer = service(step)
            turned.time_s += step.left_s
            return answer
        return service(step)

    for deadline_s in (2.0, 60.0):
        operation = create_session.create_session(public())
        limits = Limits(timeout_s=100.0, deadline_s=deadline_s, max_attempts=3)
        steps = create_steps(operation, prepare(operation), limits, turned.context(), UsedTokens(ProcessLock()))
        assert Run(turned, steps, slow).result is not None
    assert given == [1.5, 55.0]


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.THROTTLED, Outcome.FINAL])
def test_refused_create_needs_no_search(turned: Turned, outcome: Outcome) -> None:
    """A create request that was not sent or was refused fails with its own error and without a search."""
    run = create(turned, lambda _: failure(outcome), public())
    assert type(run.error) is APIConnectionError


def test_reconcile_works_in_another_process(turned: Turned) -> None:
    """The pickled error holds no secret and can search in another process."""
    service, body = Service(turned, applies=100.0), public()
    error = create(turned, service, body).error
    assert body.user_service_token is not None
    copied = pickle.loads(pickle.dumps(error))
    assert body.user_service_token not in repr(vars(copied)) + str(copied)
    again = Run(turned, reconcile(copied, LIMITS, turned.context(), UsedTokens(ProcessLock())), service)
    assert again.result.user_service_token == body.user_service_token
    assert service.sent.count("create_session") == 1


def test_reconcile_that_finds_nothing(turned: Turned) -> None:
    """A reconcile that finds nothing raises a new error with the candidates, and does not change the old one."""
    service = Service(turned, applies=100.0)
    error = create(turned, service, PRIVATE).error
    again = Run(turned, reconcile(error, LIMITS, turned.context(), UsedTokens(ProcessLock())), service).error
    assert again is not error
    assert (error.candidates, again.candidates) == ((), ("ses_0",))
    assert vars(again) == {**vars(error), "candidates": ("ses_0",)}
    nothing = CreateOutcomeUnknownError("a")
    assert (
        Run(turned, reconcile(nothing, LIMITS, turned.context(), UsedTokens(ProcessLock())), service).error == nothing
    )


def test_reconcile_without_a_client() -> None:
    """An error that was not raised by a client in this process asks for a client."""
    for client in (None, 5):
        with pytest.raises(InvalidRequestError, match="client"):
            CreateOutcomeUnknownError("a").reconcile(client)  # type: ignore[call-overload]


def ensure(turned: Turned, service: Callable[[Send], Any]) -> Run:
    """`ensure_session` against the service."""
    operation = create_session.create_session(PRIVATE)
    steps = ensure_steps(operation, prepare(operation), LIMITS, turned.context(), UsedTokens(ProcessLock()))
    return Run(turned, steps, service)


def test_ensure_returns_an_existing_session(turned: Turned) -> None:
    """The oldest session of that name in the project is returned, one without a date last, and nothing is created."""
    service = Service(turned)
    service.sessions = [{"id": "ses_x", "name": "nightly"}, {"id": "ses_y", "name": "nightly"}]
    assert ensure(turned, service).result.id == "ses_x"
    service.add({"name": "nightly", "project_id": "prj_1"}, at=90.0)
    service.add({"name": "nightly", "project_id": "prj_1"}, at=10.0)
    assert ensure(turned, service).result.id == "ses_3"
    assert "create_session" not in service.sent


def test_ensure_creates_a_missing_session(turned: Turned) -> None:
    """A missing session is created once, and found by its name if the response is lost."""
    service = Service(turned, applies=1.5)
    run = ensure(turned, service)
    assert run.result.name == "nightly"
    assert service.sent.count("create_session") == 1


def test_ensure_that_cannot_search_creates_nothing(turned: Turned) -> None:
    """A failed search creates nothing."""
    service = Service(turned, answers=(None, None, None))
    assert type(ensure(turned, service).error) is APIConnectionError
    assert service.sent == ["search_sessions"] * 3


def test_ensure_has_one_deadline(turned: Turned) -> None:
    """The search and the creation share the deadline."""
    service = Service(turned, applies=None, answers=(response({}, 429, retry_after="30"),))
    assert ensure(turned, service).error is not None
    assert turned.time_s - 100.0 <= 60.0
    given: list[float] = []

    def slow(step: Send) -> Any:
        given.append(step.left_s)
        turned.time_s += 60.0
        return service(step)

    assert type(ensure(turned, slow).error) is CreateOutcomeUnknownError
    assert given == [60.0, 0.001]


@given(
    st.sampled_from(["public", "private", "unique"]),
    st.none() | st.floats(0, 70),
    st.lists(st.sampled_from([None, 429, 500, 502]), max_size=10),
    st.floats(0, 1),
    st.floats(0.5, 60),
    st.sampled_from([None, None, "429", "503", "another session"]),
)
def test_no_fault_makes_two_sessions(
    access: str, applies: float | None, troubles: list[int | None], fraction: float, deadline_s: float, lie: str | None
) -> None:
    """With any faults, at most one session is created, only that one is returned, and the call ends on time.

    The faults include a refusal after the session was created, for a create request with a proof, and a response about
    another session.
    """
    turned = Turned()
    turned.fraction = fraction
    answers = tuple(None if status is None else response({}, status) for status in troubles)
    service = Service(turned, applies=applies, answers=answers)
    service.add({"name": "nightly", "project_id": "prj_1"}, at=50.0)
    body = public() if access == "public" else PRIVATE
    if lie == "another session":
        service.answer = response({"result": {"id": "ses_9", "name": "other", "project_id": "prj_1"}})
    elif lie is not None and not (lie == "429" and access == "private"):
        # What the server does after it has refused, the search cannot see.
        service.applies = 0.0 if applies is not None else None
        service.answer = response({}, int(lie), retry_after="1")
    if access == "unique":
        body = CreateSession.of(body)
        body.name += "x"
    run = create(
        turned,
        service,
        body,
        limits=Limits(30.0, deadline_s, 3),
        is_name_enough=access == "unique",
    )
    made = [session["id"] for session in (*service.sessions, *(session for _, session in service.late))][1:]
    assert len(made) <= 1
    assert run.seconds <= deadline_s + 1e-6
    if run.error is None:
        assert access != "private"
        assert [run.result.id] == made
    elif type(run.error) is CreateOutcomeUnknownError:
        assert set(run.error.candidates) <= {"ses_1"}
    elif made:
        assert run.error.status == 429
        assert run.error.__notes__[-1].startswith("not retried: the client could not check")


@pytest.mark.parametrize("applies", [None, 0.0])
def test_throttled_create_is_searched_for_before_it_is_sent_again(turned: Turned, applies: float | None) -> None:
    """A throttled create request with a token is searched for after the wait, and is sent again if it is not found."""
    service = Service(turned, applies=applies)
    service.answer = response({}, 429, retry_after="3")
    run = create(turned, service, public())
    if applies is None:
        assert type(run.error) is RateLimitError
        assert service.sent == ["create_session", "search_sessions"] * 3
        assert turned.slept == [3.0, 3.0]
    else:
        assert run.result.id == "ses_0"
        assert service.sent == ["create_session", "search_sessions"]
        assert turned.slept == [3.0]


@pytest.mark.parametrize(("status", "error"), [(429, RateLimitError), (503, CreateOutcomeUnknownError)])
def test_throttled_create_that_cannot_be_searched_for_is_not_sent_again(
    turned: Turned, status: int, error: type[Exception]
) -> None:
    """A create request is not sent again if the search fails; after a 503 its outcome is unknown."""
    service = Service(turned, applies=None, answers=(response({}, 403),) * 2)
    service.answer = response({}, status, retry_after="3")
    run = create(turned, service, public())
    assert type(run.error) is error
    assert service.sent.count("create_session") == 1
    cause = run.error if status == 429 else run.error.__cause__
    assert cause.__notes__ == [
        "not retried: the client could not check that the request was not applied: search_sessions: 403 Forbidden"
    ]


def test_search_that_uses_up_the_time_is_not_followed_by_another_attempt(turned: Turned) -> None:
    """A create request is not sent again after the deadline, which the search can reach."""
    service = Service(turned, applies=None)
    service.answer = response({}, 429)

    def slow(step: Send) -> Any:
        turned.time_s += 58.0 if step.request.operation_id == "search_sessions" else 0.0
        return service(step)

    assert type(create(turned, slow, public()).error) is RateLimitError
    assert service.sent == ["create_session", "search_sessions"]


def test_session_without_a_usable_id_is_no_candidate(turned: Turned) -> None:
    """A session in the search whose id no path can hold is no candidate."""
    service = Service(turned, applies=None)
    service.sessions = [{"id": "../x", "name": "nightly", "project_id": "prj_1"}]
    assert create(turned, service, PRIVATE).error.candidates == ()


def test_search_has_a_limited_number_of_pages(turned: Turned) -> None:
    """A search is left after 200 pages, and the error says so and keeps the candidates."""
    service = Service(turned)
    service.page_size = 1
    for _ in range(250):
        service.add({"name": "nightly", "project_id": "prj_1"})
    run = create(turned, service, PRIVATE)
    assert service.sent.count("search_sessions") == MAX_PAGES
    assert len(run.error.candidates) == MAX_PAGES
    assert "the list does not end: 200 pages were read" in run.error.__notes__[0]


def test_candidates_are_limited(turned: Turned) -> None:
    """At most 1,000 candidates are kept."""
    service = Service(turned)
    service.page_size = 2_000
    for _ in range(1_100):
        service.add({"name": "nightly", "project_id": "prj_1"})
    assert len(create(turned, service, PRIVATE).error.candidates) == 1_000
