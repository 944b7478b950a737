"""Every operation's arguments become a request, or every problem with them; then nothing is sent."""

from __future__ import annotations

import datetime as dt
import json
from importlib.resources import files
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import (
    CreateSession,
    CreateSessionCommand,
    InvalidRequestError,
    PageQuery,
    Session,
    SessionEventTypes,
    SessionsQuery,
    StartSessionOptions,
    TerminateSessionOptions,
    TextQuery,
    UpdateSession,
    UserServiceAccessTypes,
)
from anyscale_sessions._sansio.request import Request, prepare, with_model_body
from anyscale_sessions._validation.fields import FieldType, check
from anyscale_sessions._validation.query import parameter_shapes
from anyscale_sessions_api import api, models
from anyscale_sessions_api.client import OPERATION_IDS, SyncApi
from anyscale_sessions_api.types import Model, Operation
from spec.examples import arguments_of

TOKEN = "A" * 43
APP = {"name": "a", "project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}
SPEC = json.loads(files("anyscale_sessions_api").joinpath("openapi.json").read_text(encoding="utf-8"))
# One call of each operation that is in order; those of operations that are not listed follow from the spec.
CALLS: dict[str, tuple[Any, ...]] = {
    "list_sessions": ("prj_1",),
    "create_session": (CreateSession(**APP),),
    "get_session": ("ses_1",),
    "update_session": ("ses_1", UpdateSession(idle_timeout=5)),
    "delete_session": ("ses_1",),
    "search_sessions": ("prj_1", SessionsQuery()),
    "start_session": ("ses_1", StartSessionOptions()),
    "terminate_session": ("ses_1", TerminateSessionOptions()),
    "get_session_for_job": ("job_1",),
    "get_session_operation": ("op_1",),
    "list_session_commands": ("ses_1",),
    "create_session_command": (CreateSessionCommand(session_id="ses_1", shell_command="ls"),),
    "get_session_command": ("cmd_1",),
    "kill_session_command": ("cmd_1",),
    "get_session_event_log": ("ses_1",),
}
CALLS |= {name: arguments_of(SPEC, name, models) for name in OPERATION_IDS if name not in CALLS}
WITH_ID = [name for name in OPERATION_IDS if CALLS[name] and isinstance(CALLS[name][0], str)]
WITH_BODY = [name for name in OPERATION_IDS if CALLS[name] and isinstance(CALLS[name][-1], Model)]
LISTS = {"list_sessions": 50, "list_session_commands": 50, "get_session_event_log": 1000}
AWARE = dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))


class Prepared(SyncApi):
    """The generated methods, giving the request instead of sending it."""

    def _send(self, operation: Operation[Any]) -> Any:
        return prepare(operation)

    _send_page = _send


def request(operation_id: str, *arguments: Any, **named: Any) -> Request:
    """The request of a call."""
    prepared: Request = getattr(Prepared(), operation_id)(*arguments, **named)
    return prepared


def query(operation_id: str, *arguments: Any, **named: Any) -> list[tuple[str, str]]:
    """The query of a call."""
    return parse_qsl(urlsplit(request(operation_id, *arguments, **named).target).query, keep_blank_values=True)


def problems(operation_id: str, *arguments: Any, **named: Any) -> dict[str, str]:
    """The fields that a call is refused for, each with the rule; each problem has a remedy, and no error is chained."""
    with pytest.raises(InvalidRequestError) as caught:
        request(operation_id, *arguments, **named)
    assert str(caught.value).startswith(f"{operation_id}: ")
    assert all(problem.rule and problem.remedy for problem in caught.value.problems)
    assert caught.value.__context__ is None
    return {problem.field: problem.rule for problem in caught.value.problems}


def test_every_operation_is_here() -> None:
    """A new operation in the spec needs a line in this file."""
    assert set(CALLS) == set(OPERATION_IDS)


@pytest.mark.parametrize("operation_id", OPERATION_IDS)
def test_good_arguments_become_a_request(operation_id: str) -> None:
    """Ids go into the path or the query, and the body into JSON."""
    made = request(operation_id, *CALLS[operation_id])
    assert made.operation_id == operation_id
    assert (made.body is not None) == (operation_id in WITH_BODY)
    assert "{" not in made.target
    if operation_id in WITH_ID:
        assert CALLS[operation_id][0] in made.target


IDS = [
    "",
    ".",
    "..",
    "a/b",
    "../a",
    "a\n",
    "\n",
    "a%2fb",
    "%2e%2e",
    "a b",
    "a?b",
    "a#b",
    "é",
    "\x00",
    "\ud800",
    "a" * 257,
]


@pytest.mark.parametrize("value", [*IDS, 5, b"ses_1", True, ["ses_1"], object()])
@pytest.mark.parametrize("operation_id", WITH_ID)
def test_other_ids_are_refused(operation_id: str, value: Any) -> None:
    """An id that is empty, too long, of another type or could lead to another path is refused."""
    assert len(problems(operation_id, value, *CALLS[operation_id][1:])) == 1


@pytest.mark.parametrize("operation_id", WITH_ID)
def test_an_id_that_is_none_is_refused(operation_id: str) -> None:
    """`None` is refused as an id, in the path and in the query."""
    assert len(problems(operation_id, None, *CALLS[operation_id][1:])) == 1


class Tricky(str):
    """A text that shows itself as another one."""

    __slots__ = ()

    def __str__(self) -> str:
        return "../other"

    def __format__(self, _: str) -> str:
        return "../other"


@pytest.mark.parametrize("operation_id", WITH_ID)
def test_an_id_of_a_subclass_is_what_it_holds(operation_id: str) -> None:
    """A subclass of str cannot lead to another path than the one that was checked."""
    target = request(operation_id, Tricky("ses_1"), *CALLS[operation_id][1:]).target
    assert ("ses_1" in target, "other" in target) == (True, False)


@given(st.text(st.characters(codec=None)))
def test_any_id_is_sent_unchanged_or_refused(text: str) -> None:
    """Any id is part of the path letter by letter, or there is no request."""
    try:
        target = request("get_session", text).target
    except InvalidRequestError:
        return
    assert target == f"/sessions/{text}"
    assert unquote(target).split("/") == ["", "sessions", text]


# The query


@pytest.mark.parametrize(("operation_id", "most"), LISTS.items())
def test_counts_have_the_limits_of_the_spec(operation_id: str, most: int) -> None:
    """0 to 50, or 1000 events; another count is refused before it is sent."""
    assert ("count", "0") in query(operation_id, "id_1", count=0)
    assert ("count", str(most)) in query(operation_id, "id_1", count=most)
    assert problems(operation_id, "id_1", count=-1) == {"count": "must be a whole number (int) >= 0"}
    assert problems(operation_id, "id_1", count=most + 1) == {"count": f"must be a whole number (int) <= {most}"}
    assert problems(operation_id, "id_1", count=10**30) == {"count": "must be within 64 bits"}


@pytest.mark.parametrize("value", [True, "5", 5.0, [5], b"5"])
def test_only_a_whole_number_is_a_count(value: Any) -> None:
    """A bool, a text or a float is refused as a count."""
    expected = f"must be a whole number (int), not {type(value).__name__}"
    assert problems("list_sessions", "prj_1", count=value) == {"count": expected}


def test_texts_are_quoted() -> None:
    """A paging token of any characters is quoted in the query."""
    token = "a b&c=d/é+%\u2028🎉"
    assert query("list_sessions", "prj_1", paging_token=token) == [("project_id", "prj_1"), ("paging_token", token)]


@pytest.mark.parametrize("token", ["a\nb", "\x00", "\ud800", 5, b"a"])
def test_other_paging_tokens_are_refused(token: Any) -> None:
    """Control characters, surrogates and other types are refused."""
    assert list(problems("list_sessions", "prj_1", paging_token=token)) == ["paging_token"]


def test_moments_keep_their_offset() -> None:
    """An aware datetime, or its text, is sent as RFC 3339 with its offset."""
    sent = query("get_session_event_log", "ses_1", before=AWARE, after="2026-01-31T10:00:00Z")
    assert [dt.datetime.fromisoformat(text) for _, text in sent[1:]] == [AWARE, AWARE]


@pytest.mark.parametrize(
    ("moment", "rule"),
    [
        (dt.datetime(2026, 1, 31), "must have a time zone"),  # noqa: DTZ001 - what this is about
        ("2026-01-31T10:00:00", "must be a datetime with a timezone component"),
        ("yesterday", "must be valid: Invalid RFC3339 encoded datetime"),
        (dt.date(2026, 1, 31), "must be a datetime, not date"),
        (1769853600, "must be a datetime, not int"),
    ],
)
def test_other_moments_are_refused(moment: Any, rule: str) -> None:
    """A datetime without an offset is refused, because it could mean any time."""
    assert problems("get_session_event_log", "ses_1", before=moment) == {"before": rule}


def test_lists_repeat_their_key() -> None:
    """A list is sent with its key repeated for each item, which may be an enum, its string or a new value."""
    sent = query(
        "get_session_event_log",
        "ses_1",
        event_types=["created", SessionEventTypes.RUNNING, "brand_new"],
        log_level_types=("info",),
    )
    assert sent[1:] == [
        ("event_types", "created"),
        ("event_types", "running"),
        ("event_types", "brand_new"),
        ("log_level_types", "info"),
    ]
    assert query("get_session_event_log", "ses_1", event_types=[]) == [("session_id", "ses_1")]


@pytest.mark.parametrize(
    ("value", "field", "rule"),
    [
        ("created", "event_types", "must be a list, not str"),
        ([5], "event_types[0]", "must be text (str), not int"),
        (["created", None], "event_types[1]", "must be text (str), not None"),
        (["a\nb"], "event_types", "must not contain control characters"),
        (["\ud800"], "event_types[0]", "contains a lone surrogate"),
    ],
)
def test_other_lists_are_refused(value: Any, field: str, rule: str) -> None:
    """A list with a wrong item is refused with the name of that item."""
    assert problems("get_session_event_log", "ses_1", event_types=value) == {field: rule}


def test_every_problem_is_reported_at_once() -> None:
    """The problems of path, query and body are reported together."""
    assert list(problems("get_session_event_log", "a/b", before="soon", count=-1, paging_token=5)) == [
        "session_id",
        "before",
        "paging_token",
        "count",
    ]
    assert list(problems("start_session", "", StartSessionOptions(build_id=5, compute_template_id="a\n"))) == [
        "session_id",
        "build_id",
        "compute_template_id",
    ]


# Bodies


@pytest.mark.parametrize("body", [{}, "{}", 5, [], Session, object()])
@pytest.mark.parametrize("operation_id", WITH_BODY)
def test_a_body_of_another_class_is_refused(operation_id: str, body: Any) -> None:
    """A body of another class is refused with the names of both classes."""
    needed = type(CALLS[operation_id][-1]).__name__
    expected = {"body": f"must be a {needed}, not {type(body).__name__}"}
    assert problems(operation_id, *CALLS[operation_id][:-1], body) == expected


def test_a_body_of_another_operation_is_refused() -> None:
    """A body of another operation's model is refused."""
    assert list(problems("start_session", "ses_1", TerminateSessionOptions())) == ["body"]
    assert list(problems("create_session", UpdateSession())) == ["body"]


@pytest.mark.parametrize(
    ("operation_id", "body", "expected"),
    [
        ("start_session", StartSessionOptions(build_id=5), {"build_id": "must be text (str) or None, not int"}),
        ("terminate_session", TerminateSessionOptions(delete=1), {"delete": "must be True or False, not int"}),
        ("update_session", UpdateSession(idle_timeout=-2), {"idle_timeout": "must be a whole number (int) >= -1"}),
        ("update_session", UpdateSession(idle_timeout=2**63), {"idle_timeout": "must be within 64 bits"}),
        (
            "update_session",
            UpdateSession(idle_timeout=True),
            {"idle_timeout": "must be a whole number (int) or None, not bool"},
        ),
        ("search_sessions", SessionsQuery(name="a"), {"name": "must be a TextQuery or None, not str"}),
        (
            "search_sessions",
            SessionsQuery(name=TextQuery(equals=5)),
            {"name.equals": "must be text (str) or None, not int"},
        ),
        (
            "search_sessions",
            SessionsQuery(name=TextQuery(contains="\ud800")),
            {"name.contains": "contains a lone surrogate"},
        ),
        (
            "search_sessions",
            SessionsQuery(paging=PageQuery(count=-1)),
            {"paging.count": "must be a whole number (int) >= 0"},
        ),
        (
            "search_sessions",
            SessionsQuery(state_filter=["Running", 5]),
            {"state_filter[1]": "must be text (str), not int"},
        ),
        ("search_sessions", SessionsQuery(state_filter=None), None),
        (
            "search_sessions",
            SessionsQuery(creator_id="a\n"),
            {"creator_id": "must not contain control characters, such as line breaks"},
        ),
        (
            "create_session_command",
            CreateSessionCommand(session_id="../a", shell_command=None),
            {
                "session_id": "must be 1 to 256 characters of A-Z a-z 0-9 _ . - and not only dots",
                "shell_command": "must be text (str), not None",
            },
        ),
    ],
)
def test_bodies_are_checked(operation_id: str, body: Any, expected: dict[str, str] | None) -> None:
    """A wrong value in a body is reported by field, with the path inside it."""
    arguments = (*CALLS[operation_id][:-1], body)
    if expected is None:
        assert request(operation_id, *arguments)
    else:
        assert problems(operation_id, *arguments) == expected


def test_a_body_is_checked_when_it_is_sent() -> None:
    """A body is checked again when it is sent, because attributes can be assigned or deleted after it was made."""
    body = CreateSessionCommand(session_id="ses_1", shell_command="ls")
    body.shell_command = 5  # type: ignore[assignment]
    del body.session_id
    assert list(problems("create_session_command", body)) == ["session_id", "shell_command"]


def test_a_body_nested_without_end_is_refused() -> None:
    """A value that contains itself is refused."""
    endless: list[Any] = []
    endless.append(endless)
    assert list(problems("search_sessions", "prj_1", SessionsQuery(state_filter=endless))) == ["state_filter"]


def test_a_body_that_contains_itself_is_refused() -> None:
    """A model that is a part of itself is refused, and Python's limit of recursion is not met."""
    query = SessionsQuery()
    query.name = query  # type: ignore[assignment]
    with pytest.raises(InvalidRequestError, match="body: is nested too deeply"):
        with_model_body(api.search_sessions("prj_1", query))


def test_bodies_are_sent_as_given() -> None:
    """A body is sent without the fields that are not set, also in nested models, and with plain texts."""
    body = SessionsQuery(name=TextQuery(contains=Tricky("x")), state_filter=["Running"], paging=PageQuery(count=0))
    sent = json.loads(request("search_sessions", "prj_1", body).body or b"")
    assert sent == {"name": {"contains": "x"}, "paging": {"count": 0}, "state_filter": ["Running"]}
    assert request("update_session", "ses_1", UpdateSession()).body == b"{}"


def test_fields_of_a_subclass_are_not_sent() -> None:
    """A field that a subclass adds to a model is not sent."""

    @attrs.define(kw_only=True)
    class Labelled(StartSessionOptions):
        label: str = "mine"

    assert request("start_session", "ses_1", Labelled(build_id="bld_1")).body == b'{"build_id":"bld_1"}'


def test_a_checked_body_is_not_checked_again() -> None:
    """A create body that the client has checked is not checked again."""
    operation = Operation(
        id="create_session", method="POST", path="/sessions/", body=CreateSession(**APP), types={"body": CreateSession}
    )
    assert prepare(operation, is_body_checked=True).body == CreateSession(**APP).to_json()


def test_a_request_shows_no_secret() -> None:
    """The repr of a request hides the body, and the request lists its secrets for redaction."""
    session = CreateSession(
        name="a",
        project_id="p",
        cluster_config="key: canary",
        cloud_id="c",
        user_service_access="public",
        user_service_token=TOKEN,
    )
    made = request("create_session", session)
    assert set(made.secrets) == {"key: canary", TOKEN}
    assert "canary" not in repr(made)
    assert TOKEN not in repr(made)


# Any spec


def test_every_limit_of_a_parameter_counts() -> None:
    """Every limit of a query parameter in the spec is checked, also through a reference."""
    shapes = parameter_shapes(api.list_sessions("prj_1"), "query")
    assert {name for name, shape in shapes.items() if shape.is_required} == {"project_id"}
    assert set(shapes) >= {"paging_token", "count"}
    assert shapes["count"].kind == Annotated[int, msgspec.Meta(ge=0, le=50)]


def test_an_operation_without_query_has_none() -> None:
    """An operation that is not in the spec has no query parameters."""
    assert parameter_shapes(Operation(id="unheard_of", method="GET", path="/"), "query") == {}


@pytest.mark.parametrize(
    ("value", "kind", "rule"),
    [
        (5, bool, "must be True or False, not int"),
        ({"a": 1}, dict[str, str], "must be text (str), not int"),
        ("x", UserServiceAccessTypes, None),
        (5, UserServiceAccessTypes, "must be one of private, public, not int"),
        ("x" * 5, Annotated[str, msgspec.Meta(max_length=4)], "must be text (str) of length <= 4"),
        (dt.date(2026, 1, 31), dt.date, None),
        ("canary", dt.date, "must be valid: Invalid RFC3339 encoded date"),
    ],
)
def test_types_that_no_field_has_yet_have_messages(value: Any, kind: Any, rule: str | None) -> None:
    """A spec with other types gets messages that name the type and not the value."""
    _, problem = check("field", value, FieldType(kind, None))
    assert (problem.rule if problem else None) == rule


def test_texts_of_a_subclass_in_lists_and_dicts_are_what_they_hold() -> None:
    """A text of a subclass is sent as plain text at any depth of lists and dicts."""
    value, problem = check("field", [{Tricky("a"): Tricky("b")}], FieldType(list[dict[str, str]], None))
    assert (value, problem) == ([{"a": "b"}], None)
    assert {type(text) for text in (*value[0], *value[0].values())} == {str}


@pytest.mark.parametrize(
    ("declared", "body", "media_type", "content", "header"),
    [
        (list[models.PageQuery], [models.PageQuery(count=5)], None, b'[{"count":5}]', None),
        (list[models.PageQuery], [{"count": 5}], None, b'[{"count":5}]', None),
        (str, "a", None, b'"a"', None),
        (dict[str, int], {"a": 1}, None, b'{"a":1}', None),
        (str, "a", "text/csv", b"a", "text/csv"),
        (bytes, b"\x00", "image/png", b"\x00", "image/png"),
        (bytes | None, None, "image/png", None, None),
        (models.PageQuery | None, None, None, None, None),
        (models.PageQuery | None, models.PageQuery(count=5), None, b'{"count":5}', None),
        (models.PageQuery | None, {"count": 5}, None, b'{"count":5}', None),
        (models.PageQuery, models.PageQuery(count=5), "application/x-www-form-urlencoded", b"count=5", "application/x"),
        (
            models.PageQuery,
            {"count": 5},
            "application/merge-patch+json",
            b'{"count":5}',
            "application/merge-patch+json",
        ),
    ],
)
def test_a_body_is_sent_as_the_spec_says(
    declared: Any, body: Any, media_type: str | None, content: bytes | None, header: str | None
) -> None:
    """A body of any type and media type is checked and sent; an optional one may be left out."""
    operation = Operation[None](
        id="do", method="PUT", path="/", body=body, types={"body": declared}, content_type=media_type
    )
    request = prepare(with_model_body(operation))
    assert request.body == content
    assert dict(request.headers).get("content-type", "") == "" or header is not None
    assert str(dict(request.headers).get("content-type", "")).startswith(header or "")


@pytest.mark.parametrize(
    ("declared", "body", "media_type", "rule"),
    [
        (list[models.PageQuery], [{"cuont": 5}], None, "unknown field"),
        (list[models.PageQuery], None, None, "must be given"),
        (bytes, "abcd", "image/png", "must be binary data (bytes), not str"),
        (models.PageQuery, 5, "application/x-www-form-urlencoded", "must be a PageQuery, not int"),
    ],
)
def test_a_body_of_another_type_is_refused(declared: Any, body: Any, media_type: str | None, rule: str) -> None:
    """A body that is not what the spec says is a problem, in every media type."""
    operation = Operation[None](
        id="do", method="PUT", path="/", body=body, types={"body": declared}, content_type=media_type
    )
    with pytest.raises(InvalidRequestError) as caught:
        prepare(with_model_body(operation))
    assert [problem.rule for problem in caught.value.problems] == [rule]


def test_an_operation_can_be_sent_without_the_token() -> None:
    """The request of an operation for everybody leaves out the header with the token."""
    assert prepare(Operation[None](id="do", method="GET", path="/", is_public=True)).headers == (("cookie", None),)
