"""The constructor of `CreateSession`: which sessions need no full check, and what a refusal leaves unchanged."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from anyscale_sessions import CreateSession, InvalidSessionError, UserServiceAccessTypes, is_user_service_token
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

Access = UserServiceAccessTypes
GIVEN = {"name": "n", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}


class Text(str):
    """A text of a class of its own."""

    __slots__ = ()


class SlowPath(Exception):
    """The constructor asks for the full check."""


class Quick(CreateSession):
    """A session that fails where the full check is needed."""

    def _validate_slow(self, arguments: Any) -> None:
        raise SlowPath(*arguments.value)


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
def test_a_usual_session_needs_no_full_check(fields: dict[str, Any], token: str | None) -> None:
    """A usual session has the given values, with the access as a member of its enum, and its token."""
    session = Quick(**GIVEN, **fields)
    assert {name: getattr(session, name) for name in {**GIVEN, **fields}} == {**GIVEN, **fields}
    assert (type(session.user_service_access) is Access) == bool(fields.get("user_service_access"))
    assert session.user_service_token == token
    assert session.to_dict() == CreateSession(**GIVEN, **fields).to_dict()


def test_a_public_session_without_a_token_needs_no_full_check() -> None:
    """A public session without a token gets a token of its own."""
    session = Quick(**GIVEN, user_service_access="public")
    assert session.user_service_access is Access.PUBLIC
    assert is_user_service_token(session.user_service_token)


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
def test_a_session_that_may_break_a_rule_needs_the_full_check(fields: dict[str, Any]) -> None:
    """A session whose fields are right by themselves, but may break a rule together, goes to the full check."""
    with pytest.raises(SlowPath):
        Quick(**{**GIVEN, **fields})


@pytest.mark.parametrize("unnamed", [("a",), (None,)])
def test_positional_and_unknown_arguments_need_the_full_check(unnamed: tuple[Any, ...]) -> None:
    """A positional argument, or one with an unknown name, goes to the full check."""
    with pytest.raises(SlowPath):
        Quick(*unnamed, **GIVEN)
    with pytest.raises(SlowPath):
        Quick(**GIVEN, nmae=1)


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
def test_a_right_session_is_the_same_with_and_without_the_full_check(fields: dict[str, Any]) -> None:
    """A session that needed no full check equals one that had it, and is of the same class."""
    usual = CreateSession(name="nightly", project_id="prj_1", **fields)
    checked = CreateSession(name=Text("nightly"), project_id=Text("prj_1"), **fields)
    if fields.get("user_service_access") is not None and "user_service_token" not in fields:
        checked.user_service_token = usual.user_service_token
    assert type(usual) is type(checked) is CreateSession
    assert usual == checked


@pytest.mark.parametrize("missing", ["name", "project_id"])
def test_a_missing_field_is_found_although_nothing_else_is_wrong(missing: str) -> None:
    """A session without one of the required fields is refused with the name of that field."""
    fields = {name: value for name, value in GIVEN.items() if name != missing}
    with pytest.raises(InvalidSessionError) as caught:
        CreateSession(**fields)
    assert [problem.field for problem in caught.value.problems] == [missing]


@pytest.mark.parametrize(
    "fields",
    [{"name": "other", "cluster_config": "a: 1", "cloud_id": "c"}, {**GIVEN, "name": "other", "cloud_id": " "}],
    ids=["missing field", "rule"],
)
def test_a_refused_second_construction_changes_nothing(fields: dict[str, Any]) -> None:
    """A second call of the constructor that is refused leaves the session as it was."""
    session = CreateSession(**GIVEN)
    before = GeneratedCreateSession.to_dict(session)
    construct: Any = CreateSession.__init__
    with pytest.raises(InvalidSessionError):
        construct(session, **fields)
    assert type(session) is CreateSession
    assert session.to_dict() == before


def test_the_constructor_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function in the place of the constructor sees every call, and stays where it is."""
    seen: list[dict[str, Any]] = []
    construct: Any = CreateSession.__init__

    def watch(session: CreateSession, **fields: Any) -> None:
        seen.append(fields)
        construct(session, **fields)

    monkeypatch.setattr(CreateSession, "__init__", watch)
    assert [CreateSession(**GIVEN).name, CreateSession(**GIVEN).name] == ["n", "n"]
    assert seen == [GIVEN, GIVEN]


def test_nothing_is_compiled_from_text() -> None:
    """The first session compiles no code, and leaves the constructor and the class as they are."""
    program = """
import sys
from anyscale_sessions import CreateSession
construct, compiled = CreateSession.__init__, []
sys.addaudithook(lambda event, _: compiled.append(event) if event in ("compile", "exec") else None)
session = CreateSession(name="n", project_id="p", cluster_config="a: 1", cloud_id="c")
session.to_json()
print(compiled, CreateSession.__init__ is construct, type(session) is CreateSession)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[] True True\n"
