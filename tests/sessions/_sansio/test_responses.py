"""What a response means: its value, or the error it stands for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    CreateOutcomeUnknownError,
    CreateSession,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ResponseDecodeError,
    ServerError,
    SessionsError,
    UnprocessableEntityError,
)
from anyscale_sessions._sansio.messages import (
    Limits,
    Response,
)
from anyscale_sessions._sansio.responses import outcome_of, retry_after_s, value_of
from anyscale_sessions._sansio.retry import Outcome
from anyscale_sessions_api.api.session_commands import (
    get_session_command,
    kill_session_command,
)
from anyscale_sessions_api.api.session_operations import get_session_operation
from anyscale_sessions_api.api.sessions import (
    create_session,
    get_session_for_job,
    list_sessions,
    start_session,
    terminate_session,
    update_session,
)
from anyscale_sessions_api.types import DecodeError, Operation

from ..conftest import APP_CONFIG, TOKEN, Turned
from .conftest import ACTIONS, BY_ID, CREATE, GET, HARMLESS, SESSION, Played, response


def test_result_is_what_the_envelope_holds(turned: Turned) -> None:
    """A good response ends the call at its first attempt with the content of its envelope."""
    played = Played(turned, GET, response({"result": SESSION}))
    assert played.result.to_dict() | SESSION == played.result.to_dict()
    assert len(played.sent) == 1
    assert played.slept == []


def test_list_gives_its_whole_response(turned: Turned) -> None:
    """The value of a list keeps its envelope, from which the page is made."""
    answer = response({"results": [SESSION], "metadata": {"next_paging_token": "t"}})
    played = Played(turned, list_sessions.list_sessions("prj_1"), answer)
    assert [session.id for session in played.result.results] == ["ses_1"]
    assert played.result.metadata.next_paging_token == "t"


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
    """Each 4xx and 3xx has its error and ends the call at the first attempt, with or without Retry-After."""
    played = Played(
        turned, operation, response({"error": {"detail": "no"}}, status, retry_after="1", x_request_id="r1")
    )
    assert type(played.error) is kind
    assert (played.error.status, played.error.attempts, played.error.request_id) == (status, 1, "r1")
    assert str(played.error).startswith(f"{operation.id}: {status} ")
    assert str(played.error).endswith(": no")


@pytest.mark.parametrize(
    ("status", "phrase"),
    [(500, "Internal Server Error"), (520, "non-standard status"), (599, "non-standard")],
)
def test_5xx_is_a_server_error(turned: Turned, status: int, phrase: str) -> None:
    """Each 5xx, standard or not, is a `ServerError` after all attempts."""
    played = Played(turned, GET, *[response("<html>", status)] * 3)
    assert type(played.error) is ServerError
    assert played.error.attempts == 3
    assert str(played.error).startswith(f"get_session: {status} {phrase}")


def test_status_beyond_the_list_is_typed(turned: Turned) -> None:
    """A status that HTTP does not define is a `ServerError`, not a ValueError."""
    assert type(Played(turned, CREATE, response("", 999)).error) is CreateOutcomeUnknownError
    assert type(Played(turned, GET, *[response("", 999)] * 3).error) is ServerError


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
    """A response with another id than the requested one is a `ResponseDecodeError`."""
    is_once = operation.method == "POST"
    error = Played(turned, operation, *[response(content)] * (1 if is_once else 3)).error
    if is_once:
        assert type(error) is OutcomeUnknownError
        error = error.__cause__
    assert type(error) is ResponseDecodeError
    assert error.path == path
    reason = "the response has another id than the requested one"
    assert str(error) == f"{operation.id}: the response does not match the spec: {reason} (at {path})"


@pytest.mark.parametrize(
    ("operation", "content"),
    [
        (get_session_for_job.get_session_for_job("job_1"), {"result": {"id": "ses_1"}}),
        (start_session.start_session("ses_1"), {"result": {"id": "sop_1"}}),
        (start_session.start_session("ses_1"), {"result": {"id": "sop_1", "session_id": "ses_1"}}),
        (get_session_operation.get_session_operation("sop_1"), {"result": {"id": "sop_1", "session_id": "ses_9"}}),
    ],
)
def test_response_about_the_same_id_is_accepted(turned: Turned, operation: Operation[Any], content: Any) -> None:
    """A response is accepted if its ids agree, are left out, or were not requested."""
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
def test_response_that_does_not_match_the_spec_has_a_path(turned: Turned, body: bytes, path: str) -> None:
    """A response that does not match the spec is an error with a JSON path and without a chained error."""
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
        (b'{"error": "busy"}', ""),
        (b'{"detail": {"a": 1}}', ""),
        (b"<html>busy</html>", ""),
        (b"", ""),
        (b"\xff\xfe", ""),
        (b"[" * 100_000, ""),
        (b"[1]", ""),
    ],
)
def test_error_bodies_of_any_shape(turned: Turned, body: bytes, text: str) -> None:
    """The detail of an error response is in the message if it can be found, for a body of any shape."""
    error = Played(turned, GET, Response(409, {}, body)).error
    assert type(error) is ConflictError
    assert str(error) == "get_session: 409 Conflict" + text
    assert len(error.body) <= 4096


def test_problems_are_those_of_a_422_only(turned: Turned) -> None:
    """The problems in another error response are part of its message only."""
    error = Played(turned, GET, response({"detail": [{"loc": ["body", "name"], "msg": "no"}]}, 400)).error
    assert type(error) is BadRequestError
    assert str(error) == "get_session: 400 Bad Request: name: no; fix it and retry"
    assert not hasattr(error, "problems")


@given(st.binary(max_size=200), st.sampled_from([200, 301, 404, 422, 429, 500]))
def test_any_response_ends_in_a_value_or_an_error_of_the_tree(body: bytes, status: int) -> None:
    """Any body ends the call with a value or with an error of this package without foreign errors in its chain."""
    played = Played(Turned(), CREATE, Response(status, {}, body), limits=Limits(30.0, 60.0, 1))
    error: BaseException | None = played.error
    while error is not None:
        assert isinstance(error, SessionsError)
        error = error.__cause__ or error.__context__


def test_422_has_its_problems(turned: Turned) -> None:
    """The problems of a 422 are listed by field, and are in the message too."""
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
    assert "name: too long; fix it and retry; items.0: no" in str(error)


def test_422_with_a_text_has_no_problems(turned: Turned) -> None:
    """The text of a 422 without a list is in its message."""
    error = Played(turned, GET, response({"detail": "no"}, 422)).error
    assert isinstance(error, UnprocessableEntityError)
    assert error.problems == ()
    assert str(error).endswith(": no")


def test_secrets_that_the_server_repeats_are_redacted(turned: Turned) -> None:
    """The token and the user service token are redacted wherever an error response repeats them."""
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
    """The error of a long error response is cut to its limits."""
    error = Played(turned, GET, response({"detail": "x" * 10**6}, 400)).error
    assert str(error) == "get_session: 400 Bad Request: " + "x" * 1000
    detail = [{"loc": ["body", "y" * 10**4], "msg": "x" * 10**4}] * 101
    error = Played(turned, GET, response({"detail": detail}, 422)).error
    assert isinstance(error, UnprocessableEntityError)
    assert len(error.problems) == 100
    assert len(str(error)) < 1000 + 100
    assert len(error.problems[0].field) == len(error.problems[0].rule) == 1000


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "retry_after", "outcome"),
    [
        (200, None, Outcome.SUCCESS),
        (204, None, Outcome.SUCCESS),
        (299, None, Outcome.SUCCESS),
        (300, None, Outcome.FINAL),
        (301, None, Outcome.FINAL),
        (307, None, Outcome.FINAL),
        (400, None, Outcome.FINAL),
        (404, "5", Outcome.FINAL),
        (408, None, Outcome.FINAL),
        (429, None, Outcome.THROTTLED),
        (429, "garbage", Outcome.THROTTLED),
        (500, "5", Outcome.UNKNOWN),
        (502, None, Outcome.UNKNOWN),
        (503, None, Outcome.UNKNOWN),
        (503, "garbage", Outcome.UNKNOWN),
        (503, "5", Outcome.THROTTLED),
        (503, "Thu, 01 Jan 2026 00:00:09 GMT", Outcome.THROTTLED),
        (504, None, Outcome.UNKNOWN),
        (520, None, Outcome.UNKNOWN),
        (999, None, Outcome.UNKNOWN),
    ],
)
def test_class_of_a_response(status: int, retry_after: str | None, outcome: Outcome) -> None:
    """The class of a response follows from its status, and for 503 from a usable Retry-After."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    assert outcome_of(status, headers, NOW) is outcome


@given(st.integers(min_value=100, max_value=999), st.text())
def test_every_status_has_a_class(status: int, retry_after: str) -> None:
    """Any status with any header has a class, and only 2xx is a success."""
    outcome = outcome_of(status, {"retry-after": retry_after}, NOW)
    assert outcome is not Outcome.NOT_SENT
    assert (outcome is Outcome.SUCCESS) == (200 <= status < 300)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("999999999", 999999999.0),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90.0),
        ("Thursday, 01-Jan-26 00:01:30 GMT", 90.0),
        ("Thu Jan  1 00:01:30 2026", 90.0),
        ("Thu, 01 Jan 2026 00:01:30 -0000", 90.0),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("1e3", None),
        ("inf", None),
        ("nan", None),
        ("1" * 35, None),
        ("٣", None),
        ("7, 8", None),
        ("soon", None),
        ("Mon, 01 Jan 0001 00:00:00 +9999", None),
        ("Thu, 99 Jan 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    """Retry-After is digits or an HTTP date, and anything else is ignored."""
    assert retry_after_s({"retry-after": text}, NOW) == seconds


def test_missing_retry_after_is_none() -> None:
    """A response without Retry-After has no seconds to wait."""
    assert retry_after_s({}, NOW) is None


@given(
    st.text()
    | st.text("0123456789 ,:-+GMTJanFebThu")
    | st.builds(
        "{}, {} {} {} {}:{}:{} {}".format,
        st.sampled_from(["Thu", "Foo", ""]),
        st.integers(-1, 99999),
        st.sampled_from(["Jan", "Dec", "Xyz"]),
        st.integers(-5, 10**12),
        st.integers(-1, 99),
        st.integers(-1, 99),
        st.integers(-1, 10**10),
        st.sampled_from(["GMT", "-0000", "+9999", "-99999999", "EST", ""]),
    )
)
def test_retry_after_survives_any_text(text: str) -> None:
    """Any text of Retry-After gives seconds that are not negative, or none."""
    seconds = retry_after_s({"retry-after": text}, NOW)
    assert seconds is None or 0.0 <= seconds < float("inf")


@given(st.integers(min_value=0, max_value=10**6))
def test_retry_after_reads_the_dates_that_servers_write(seconds: int) -> None:
    """A date in the form of RFC 9110 gives the seconds until then."""
    text = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_s({"retry-after": text}, NOW) == seconds


@pytest.mark.parametrize(
    ("media", "kind", "body", "content_type", "value"),
    [
        ("text", str, "é".encode(), "text/csv", "é"),
        ("text", str, "é".encode("latin-1"), 'text/csv; Charset="ISO-8859-1"', "é"),
        ("bytes", bytes, b"\x00\xff", "image/png", b"\x00\xff"),
        ("json", dict, b"", "application/json", None),
    ],
)
def test_a_response_is_read_as_the_spec_says(
    media: Any, kind: Any, body: bytes, content_type: str, value: object
) -> None:
    """Text is decoded in its charset, binary data is returned as it is, and an empty response may be `None`."""
    operation = Operation[Any](
        id="do", method="GET", path="/", response=kind, media=media, may_be_empty=media == "json"
    )
    assert value_of(operation, Response(200, {"content-type": content_type}, body)) == value


@pytest.mark.parametrize(("body", "content_type"), [(b"\xff", "text/plain"), (b"a", "text/plain; charset=nonsense")])
def test_text_that_cannot_be_decoded_is_an_error(body: bytes, content_type: str) -> None:
    """Text in another charset than the response says, or in an unknown one, is a `DecodeError` that quotes nothing."""
    operation = Operation[str](id="do", method="GET", path="/", response=str, media="text")
    with pytest.raises(DecodeError, match="not text in the charset of its Content-Type") as caught:
        value_of(operation, Response(200, {"content-type": content_type}, body))
    assert caught.value.__context__ is None
