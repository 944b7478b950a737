"""The quick constructor: it takes less than the one that looks closely, never more, and nearly every session."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from anyscale_sessions import CreateSession, InvalidSessionError, Session, UserServiceAccessTypes, is_user_service_token
from anyscale_sessions._validation.fields import FieldType, check
from anyscale_sessions._validation.quick_checks import NOT_BLANK, Compiled, is_plain
from anyscale_sessions.create_session import _compiled, _constructor
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
    Annotated[str, Meta(min_length=1, pattern=NOT_BLANK)],
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
GIVEN = {"name": "n", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}


class Text(str):
    """A text of a class of its own."""

    __slots__ = ()


class Doubt(Exception):
    """The quick constructor asks for a closer look."""


def doubtful(*_: Any, **__: Any) -> None:
    """What looks closely, in these tests."""
    raise Doubt


@cache
def made_quickly(name: str, kind: Any, default: Callable[[], Any] = lambda: attrs.NOTHING) -> Callable[[Any], Any]:
    """A quick constructor of a class with one such field, from the field's value to what it then is."""
    base = type("Base", (), {"__slots__": (name, "settled")})
    made = type("Made", (base,), {"__slots__": (), "__setattr__": None})
    shapes = {name: FieldType(kind, default()), "settled": FieldType(str | None, None)}
    constructor = Compiled(made, shapes, settle=lambda: None, settles="settled").constructor(doubtful)

    def one(*value: Any) -> Any:
        instance = made.__new__(made)
        constructor(instance, **({name: value[0]} if value else {}))
        assert type(instance) is made
        return getattr(instance, name)

    return one


def has_doubt(name: str, kind: Any, value: Any) -> bool:
    """Whether a value needs a closer look."""
    try:
        made_quickly(name, kind)(value)
    except Doubt:
        return True
    return False


@given(st.sampled_from(["name", "cloud_id", "note", "type"]), st.sampled_from(KINDS), values | texts.map(Text))
def test_takes_only_what_the_full_check_takes(name: str, kind: Any, value: Any) -> None:
    """What is taken quickly, `check` holds to be right, and keeps as the very same value."""
    if not has_doubt(name, kind, value):
        quickly = made_quickly(name, kind)(value)
        kept, problem = check(name, value, FieldType(kind, attrs.NOTHING))
        assert (type(kept), kept, problem) == (type(quickly), quickly, None)


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("name", Annotated[str, Meta(min_length=1, pattern="[^ ]")], "noche é"),
        ("name", Annotated[str, Meta(min_length=1, pattern=NOT_BLANK)], "noche é"),
        ("cloud_id", str | None, "cld_1"),
        ("cloud_id", str | None, None),
        ("label", Annotated[str, Meta(max_length=3)] | None, None),
        ("cluster_config", str | None, "a: é\nb: 1\n"),
        ("cluster_config", str | None, "a: 1\nb: 1\n"),
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
        ("label", Annotated[str, Meta(min_length=2, pattern=NOT_BLANK)], "ab"),
        ("project_id", Annotated[str, Meta(min_length=1, pattern="b")], "abc"),
        ("user_service_access", Access | None, Access.PRIVATE),
        ("labels", list[str] | None, None),
    ],
)
def test_takes_usual_values(name: str, kind: Any, value: Any) -> None:
    """Values of the type and within the limits of their field need no closer look, and are kept as they are."""
    assert made_quickly(name, kind)(value) is value


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
        ("name", Annotated[str, Meta(min_length=1, pattern=NOT_BLANK)], ""),
        ("name", Annotated[str, Meta(min_length=1, pattern=NOT_BLANK)], " "),
        ("label", Annotated[str, Meta(min_length=2, pattern=NOT_BLANK)], "a"),
        ("label", Annotated[str, Meta(min_length=2)], "a"),
        ("label", Annotated[str, Meta(max_length=2)], "abc"),
        ("label", Annotated[str, Meta(pattern="b")], "ac"),
        ("label", Annotated[str, Meta(max_length=2)] | None, 5),
        ("label", Annotated[str, Meta(max_length=2)], None),
        ("label", str | None, 5),
        ("label", str, attrs.NOTHING),
        ("user_service_access", Access, Access("new")),
        ("user_service_access", Access, "new"),
        ("labels", list[str], ["a"]),
        ("labels", list[str], attrs.NOTHING),
        ("labels", dict[str, Any], {}),
        ("label", int | str, "a"),
        ("label", Literal["a"], "a"),
    ],
)
def test_leaves_what_it_is_not_sure_of_to_the_full_check(name: str, kind: Any, value: Any) -> None:
    """Values beyond the limits of their field, of another type, or of a type that takes longer to look at."""
    assert has_doubt(name, kind, value)


@pytest.mark.parametrize(
    ("kind", "default"),
    [(str | None, None), (int, 5), (Access, Access.PRIVATE), (list[str], ["a"]), (dict[str, Any] | None, {})],
)
def test_a_field_that_is_left_out_has_its_default(kind: Any, default: Any) -> None:
    """A default needs no closer look, whatever its type, and one that can change belongs to the instance alone."""
    make = made_quickly("label", kind, lambda: default)
    assert make() == default
    assert (make() is make()) == (not isinstance(default, (list, dict)))


@pytest.mark.parametrize("unnamed", [("a",), (None,)])
def test_doubts_what_is_not_named(unnamed: tuple[Any, ...]) -> None:
    """Whatever is given without a name, or by a name that is none, is for the closer look, with all the rest."""
    seen: list[Any] = []
    made = type("Made", (type("Base", (), {"__slots__": ("a",)}),), {"__slots__": ()})
    compiled = Compiled(made, {"a": FieldType(int, 5)}, settle=lambda a: a, settles="a")
    constructor = compiled.constructor(lambda *arguments, **fields: seen.append((arguments[1:], fields)))
    constructor(made(), *unnamed)
    constructor(made(), b=1)
    assert seen == [(unnamed, {"a": 5}), ((), {"a": 5, "b": 1})]


def test_each_enum_is_taken_by_its_text() -> None:
    """The text of a member of an enum becomes the member, in every field."""
    base = type("Base", (), {"__slots__": ("a", "b")})
    made = type("Made", (base,), {"__slots__": ()})
    compiled = Compiled(
        made, {"a": FieldType(Access, None), "b": FieldType(Access, None)}, settle=lambda b: b, settles="b"
    )
    instance: Any = made()
    compiled.constructor(doubtful)(instance, a="public", b="private")
    assert (instance.a, instance.b) == (Access.PUBLIC, Access.PRIVATE)
    assert type(instance.a) is type(instance.b) is Access


def test_the_pattern_that_is_known_stands_for_whitespace() -> None:
    """It finds nothing in just those texts that Python calls blank."""
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert re.sub(NOT_BLANK, "", everything) == "".join(filter(str.isspace, everything))


@pytest.mark.parametrize(
    ("fields", "token"),
    [
        ({}, None),
        ({"user_service_access": None, "user_service_token": None, "ha_job_id": None}, None),
        ({"user_service_token": "A" * 43}, "A" * 43),
        ({"user_service_access": "public", "user_service_token": "A" * 43}, "A" * 43),
        ({"user_service_access": Access.PRIVATE}, None),
        ({"uses_app_config": True, "build_id": "b", "compute_template_id": "c"}, None),
    ],
)
def test_a_usual_session_needs_no_closer_look(fields: dict[str, Any], token: str | None) -> None:
    """It is what was given, with the access to its user service as a member of the enum, and its token."""
    session = CreateSession.__new__(CreateSession)
    _compiled().constructor(doubtful)(session, **GIVEN, **fields)
    assert {name: getattr(session, name) for name in {**GIVEN, **fields}} == {**GIVEN, **fields}
    assert (type(session.user_service_access) is Access) == bool(fields.get("user_service_access"))
    assert session.user_service_token == token
    assert session == CreateSession(**GIVEN, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"cloud_id": None},
        {"cluster_config": "\n"},
        {"cloud_id": " "},
        {"uses_app_config": True},
        {"user_service_token": "A"},
        {"user_service_access": "private", "user_service_token": "A" * 43},
        {"ha_job_id": "prodjob_1"},
    ],
)
def test_a_session_that_may_break_a_rule_needs_a_closer_look(fields: dict[str, Any]) -> None:
    """Its fields are right, each by itself."""
    with pytest.raises(Doubt):
        _compiled().constructor(doubtful)(CreateSession.__new__(CreateSession), **{**GIVEN, **fields})


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


def test_the_first_session_brings_the_quick_constructor() -> None:
    """What it compiles is the constructor from then on, and looks the same from outside."""
    CreateSession(**GIVEN)
    constructor: Any = CreateSession.__init__
    assert constructor.__code__.co_filename == "<quick constructor of CreateSession>"
    assert (constructor.__qualname__, constructor.__module__) == (
        "CreateSession.__init__",
        "anyscale_sessions.create_session",
    )
    assert list(inspect.signature(CreateSession).parameters) == ["unnamed", "fields"]


def test_a_constructor_that_somebody_watches_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands around it when the first session is made is not lost."""
    seen: list[dict[str, Any]] = []

    def watch(session: CreateSession, **fields: Any) -> None:
        seen.append(fields)
        _constructor.__wrapped__()(session, **fields)

    monkeypatch.setattr(CreateSession, "__init__", watch)
    assert [CreateSession(**GIVEN).name, CreateSession(**GIVEN).name] == ["n", "n"]
    assert seen == [GIVEN, GIVEN]


def test_a_public_session_without_a_token_needs_no_closer_look_either() -> None:
    """The token that is made for it is its own."""
    session = CreateSession.__new__(CreateSession)
    _compiled().constructor(doubtful)(session, **GIVEN, user_service_access="public")
    assert session.user_service_access is Access.PUBLIC
    assert is_user_service_token(session.user_service_token)


@pytest.mark.parametrize("missing", ["name", "project_id"])
def test_a_missing_field_is_found_although_nothing_else_is_wrong(missing: str) -> None:
    """Without one of the required fields a session is refused, by the name of that field."""
    fields = {"name": "n", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}
    del fields[missing]
    with pytest.raises(InvalidSessionError) as caught:
        CreateSession(**fields)
    assert [problem.field for problem in caught.value.problems] == [missing]


def test_a_refused_second_construction_changes_nothing() -> None:
    """Calling the constructor again with fields that are refused leaves the instance as it was, of its class."""
    session = CreateSession(name="n", project_id="p", cluster_config="a: 1", cloud_id="c")
    before = GeneratedCreateSession.to_dict(session)
    with pytest.raises(InvalidSessionError):
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
