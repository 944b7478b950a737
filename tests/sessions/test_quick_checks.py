"""`quick_check`: it lets through less than `check` does, never more, and what nearly every value is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from anyscale_sessions import CreateSession, InvalidSession, Session, UserServiceAccessTypes, is_user_service_token
from anyscale_sessions.checking import Shape, check
from anyscale_sessions.create_session import _quickly_checked
from anyscale_sessions.quick_checks import is_plain, quick_check
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

Access = UserServiceAccessTypes
KINDS = [
    str,
    str | None,
    bool,
    bool | None,
    int,
    Annotated[int, Meta(ge=-1)],
    Annotated[int, Meta(gt=0, lt=3)] | None,
    Annotated[int, Meta(ge=1, le=2)],
    Annotated[int, Meta(multiple_of=2)],
    Annotated[str, Meta(min_length=2)],
    Annotated[str, Meta(max_length=3, pattern="^[a-z]")] | None,
    float,
    Access,
    Access | None,
    int | str,
    list[str],
    dict[str, Any] | None,
]
texts = st.text(st.sampled_from("ab \n\x00é名\u200b\ud800"), max_size=4)
values = st.none() | st.booleans() | st.integers() | st.integers(-3, 4) | st.floats() | texts
values |= st.sampled_from(
    [Access.PUBLIC, Access("new"), "public", [], {}, [1], ["a"], {"a": "\ud800"}, b"", attrs.NOTHING]
)


class Text(str):
    """A text of a class of its own."""

    __slots__ = ()


@given(st.sampled_from(["name", "cloud_id", "note"]), st.sampled_from(KINDS), values | texts.map(Text))
def test_lets_through_only_what_the_full_check_keeps_as_it_is(name: str, kind: Any, value: Any) -> None:
    """What a quick check lets through, `check` holds to be right, and keeps as the very same value."""
    if quick_check(name, kind)(value):
        kept, problem = check(name, value, Shape(kind, attrs.NOTHING))
        assert (type(kept), kept, problem) == (type(value), value, None)


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("name", Annotated[str, Meta(min_length=1, pattern="[^ ]")], "noche é"),
        ("cloud_id", str | None, "cld_1"),
        ("cloud_id", str | None, None),
        ("label", Annotated[str, Meta(max_length=3)] | None, None),
        ("cluster_config", str | None, "a: é\nb: 1\n"),
        ("uses_app_config", bool, True),
        ("uses_app_config", bool | None, None),
        ("idle_timeout", Annotated[int, Meta(ge=-1)], -1),
        ("idle_timeout", Annotated[int, Meta(gt=-1, lt=1)], 0),
        ("idle_timeout", Annotated[int, Meta(ge=1, le=1)] | None, 1),
        ("uses_app_config", bool, False),
        ("idle_timeout", int, 2**63 - 1),
        ("idle_timeout", int, -(2**63)),
        ("idle_timeout", Annotated[int, Meta(gt=2)], 3),
        ("idle_timeout", Annotated[int, Meta(lt=3)], 2),
        ("label", Annotated[str, Meta(min_length=2)], "ab"),
        ("label", Annotated[str, Meta(max_length=2)], ""),
        ("label", Annotated[str, Meta(max_length=2)], "ab"),
        ("label", Annotated[str, Meta(pattern="b")], "abc"),
        ("user_service_access", Access | None, Access.PRIVATE),
    ],
)
def test_lets_usual_values_through(name: str, kind: Any, value: Any) -> None:
    """Values of the type and within the limits of their field need no closer look."""
    assert quick_check(name, kind)(value)


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("uses_app_config", bool, 1),
        ("uses_app_config", bool, 0),
        ("idle_timeout", int, 2**63),
        ("idle_timeout", int, -(2**63) - 1),
        ("idle_timeout", Annotated[int, Meta(gt=2)], 2),
        ("idle_timeout", Annotated[int, Meta(lt=3)], 3),
        ("idle_timeout", Annotated[int, Meta(multiple_of=2)], 2),
        ("label", Annotated[str, Meta(min_length=2)], "a"),
        ("label", Annotated[str, Meta(max_length=2)], "abc"),
        ("label", Annotated[str, Meta(pattern="b")], "ac"),
        ("label", Annotated[str, Meta(max_length=2)] | None, 5),
        ("label", Annotated[str, Meta(max_length=2)], None),
        ("label", str | None, 5),
        ("user_service_access", Access, Access("new")),
        ("labels", list[str], ["a"]),
        ("labels", dict[str, Any], {}),
        ("label", int | str, "a"),
        ("label", Literal["a"], "a"),
    ],
)
def test_leaves_what_it_is_not_sure_of_to_the_full_check(name: str, kind: Any, value: Any) -> None:
    """Values beyond the limits of their field, of another type, or of a type that takes longer to look at."""
    assert quick_check(name, kind)(value) is False


@pytest.mark.parametrize(
    ("fields", "token"),
    [
        ({}, None),
        ({"user_service_access": None, "user_service_token": None, "ha_job_id": None}, None),
        ({"user_service_token": "A" * 43}, "A" * 43),
        ({"user_service_access": "public", "user_service_token": "A" * 43}, "A" * 43),
        ({"user_service_access": Access.PRIVATE}, None),
    ],
)
def test_a_usual_session_needs_no_closer_look(fields: dict[str, Any], token: str | None) -> None:
    """It is what was given, with the access to its user service as a member of the enum, and its token."""
    given = {"name": "n", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c", **fields}
    checked = _quickly_checked(given)
    assert checked is not None
    assert {name: value for name, value in checked.items() if name in given} == given
    assert (type(checked.get("user_service_access")) is Access) == bool(fields.get("user_service_access"))
    assert checked.get("user_service_token") == token


@pytest.mark.parametrize(
    "fields",
    [
        {"uses_app_config": True, "build_id": "bld_1", "compute_template_id": "cpt_1"},
        {"cluster_config": "a: 1\n", "cloud_id": "cld_1", "user_service_access": "public"},
        {"cluster_config": "a: 1\n", "cloud_id": "cld_1", "user_service_access": Access.PUBLIC, "idle_timeout": 0},
        {"cluster_config": "a: 1\n", "cloud_id": "cld_1", "user_service_access": "private"},
        {"cluster_config": "a: 1\n", "cloud_id": "cld_1", "user_service_token": "A" * 43},
        {
            "cluster_config": "a: 1\n",
            "cloud_id": "cld_1",
            "user_service_token": "A" * 43,
            "user_service_access": "public",
        },
    ],
)
def test_a_right_session_is_the_same_quickly_and_after_a_closer_look(fields: dict[str, Any]) -> None:
    """A session that needed no closer look equals one that had it, and is of the same class."""
    usual = CreateSession(name="nightly", project_id="prj_1", **fields)
    looked_at = CreateSession(name=Text("nightly"), project_id=Text("prj_1"), **fields)
    if fields.get("user_service_access") is not None and "user_service_token" not in fields:
        looked_at.user_service_token = usual.user_service_token
    assert type(usual) is type(looked_at) is CreateSession
    assert usual == looked_at


def test_a_public_session_without_a_token_needs_no_closer_look_either() -> None:
    """The token that is made for it stands among its fields."""
    given = {"name": "n", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c", "user_service_access": "public"}
    checked = _quickly_checked(given)
    assert checked is not None
    assert checked.keys() - given.keys() == {"user_service_token"}
    assert is_user_service_token(checked["user_service_token"])


@pytest.mark.parametrize("missing", ["name", "project_id"])
def test_a_missing_field_is_found_although_nothing_else_is_wrong(missing: str) -> None:
    """Without one of the required fields a session is refused, by the name of that field."""
    fields = {"name": "n", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}
    del fields[missing]
    with pytest.raises(InvalidSession) as caught:
        CreateSession(**fields)
    assert [problem.field for problem in caught.value.problems] == [missing]


def test_a_refused_second_construction_changes_nothing() -> None:
    """Calling the constructor again with fields that are refused leaves the instance as it was, of its class."""
    session = CreateSession(name="n", project_id="p", cluster_config="a: 1", cloud_id="c")
    before = GeneratedCreateSession.to_dict(session)
    with pytest.raises(InvalidSession):
        CreateSession.__init__(session, name="other", cluster_config="a: 1", cloud_id="c")
    assert type(session) is CreateSession
    assert session.to_dict() == before


@pytest.mark.parametrize("kind", [str, str | None, bool, Annotated[int, Meta(ge=-1)] | None, Access | None, int | str])
def test_texts_whole_numbers_and_flags_are_plain(kind: Any) -> None:
    """What JSON carries as it is can be written without a look into it."""
    assert is_plain(kind)


@pytest.mark.parametrize(
    "kind", [float, datetime, Annotated[datetime, Meta(tz=True)] | None, list[str], dict[str, Any] | None, Any, Session]
)
def test_what_must_be_looked_into_is_not_plain(kind: Any) -> None:
    """A model, list, dict, date or fraction must be made ready before it is written."""
    assert not is_plain(kind)
