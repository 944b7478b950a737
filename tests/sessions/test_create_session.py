"""`CreateSession`: what it accepts and refuses, its messages and warnings, and its behaviour as a value."""

from __future__ import annotations

import copy
import enum
import pickle
import pprint
import traceback
import warnings
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import attrs
import msgspec
import pytest

from anyscale_sessions import (
    APIConnectionError,
    CreateSession,
    InternalFieldWarning,
    InvalidSessionError,
    PermissionDeniedError,
    SessionsClient,
    SessionsError,
    TokenIgnoredWarning,
    UserServiceAccessTypes,
    is_user_service_token,
)
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession

BASE = {"name": "nightly", "project_id": "prj_1"}
APP_PAIR = {"build_id": "bld_1", "compute_template_id": "cpt_1"}
CLUSTER_PAIR = {"cluster_config": "max_workers: 2\n", "cloud_id": "cld_1"}
APP = {**BASE, "uses_app_config": True, **APP_PAIR}
SPEC = msgspec.json.decode((files("anyscale_sessions_api") / "openapi.json").read_bytes())
FIELDS = SPEC["components"]["schemas"]["CreateSession"]["properties"]
DEFAULTS = {name: schema["default"] for name, schema in FIELDS.items() if "default" in schema}
CLUSTER = {**BASE, **CLUSTER_PAIR}
TOKEN = "A" * 43
SECRET = "canary-8d1f"


class Shouting(str):
    """A text that lies about its value."""

    __slots__ = ()

    def strip(self, *_: Any) -> str:
        """Never blank."""
        return "loud"

    def __str__(self) -> str:
        return "loud"


class Minutes(int):
    """A whole number of a class of its own."""


class Access(enum.StrEnum):
    """An enum of a caller."""

    PUBLIC = "public"


@attrs.define(kw_only=True)
class Labelled(CreateSession):
    """A subclass made with attrs, with a field of its own."""

    label: str = "none"


class Ours(CreateSession):
    """A subclass with a constructor of its own."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"project_id": "prj_ours", **fields})


def refusal(make: Callable[..., object], *arguments: Any, **fields: Any) -> InvalidSessionError:
    """The error of a call that must be refused."""
    with pytest.raises(InvalidSessionError) as caught:
        make(*arguments, **fields)
    return caught.value


def refused_fields(make: Callable[..., object], *arguments: Any, **fields: Any) -> list[str]:
    """The fields for which a call is refused, in order."""
    return [problem.field for problem in refusal(make, *arguments, **fields).problems]


# The rule


@pytest.mark.parametrize(
    "fields",
    [
        APP,
        CLUSTER,
        {**CLUSTER, "uses_app_config": False},
        {**APP, **CLUSTER_PAIR},
        {**APP, **CLUSTER_PAIR, "uses_app_config": False},
        {**APP, "cluster_config": " ", "cloud_id": ""},
    ],
)
def test_complete_sessions_are_accepted(fields: dict[str, Any]) -> None:
    """Each kind of session is accepted with its pair of fields, whatever is given of the other pair."""
    session = CreateSession(**fields)
    assert {name: getattr(session, name) for name in fields} == fields


@pytest.mark.parametrize("absent", [["build_id"], ["compute_template_id"], ["build_id", "compute_template_id"]])
@pytest.mark.parametrize("blank", ["leave out", None, "", " ", "\u3000", "\u2028\x20", "\xa0\u200a"])
def test_an_app_config_needs_build_and_compute_template(absent: list[str], blank: str | None) -> None:
    """With `uses_app_config`, each field of its pair that is absent, null or blank is named, whatever the others."""
    fields = {name: value for name, value in {**APP, **CLUSTER_PAIR}.items() if name not in absent}
    if blank != "leave out":
        fields |= dict.fromkeys(absent, blank)
    assert refused_fields(CreateSession, **fields) == absent


@pytest.mark.parametrize("absent", [["cluster_config"], ["cloud_id"], ["cluster_config", "cloud_id"]])
@pytest.mark.parametrize("blank", ["leave out", None, "", " ", "\u3000", "\u2028\x20", "\xa0\u200a"])
@pytest.mark.parametrize("uses_app_config", [{}, {"uses_app_config": False}])
def test_a_cluster_config_needs_itself_and_a_cloud(
    absent: list[str], blank: str | None, uses_app_config: dict[str, bool]
) -> None:
    """Without `uses_app_config`, each field of the pair that is absent, null or blank is named."""
    fields = {name: value for name, value in {**CLUSTER, **APP_PAIR, **uses_app_config}.items() if name not in absent}
    if blank != "leave out":
        fields |= dict.fromkeys(absent, blank)
    assert refused_fields(CreateSession, **fields) == absent


def test_all_problems_are_reported_at_once_with_field_rule_and_remedy() -> None:
    """One error lists all problems, each with its field, the rule and the remedy."""
    error = refusal(CreateSession, name="", project_id="a/b", idle_timeout=-7, nmae="x", ha_job_id=5)
    assert str(error) == (
        "CreateSession: 7 problems\n"
        "  - nmae: unknown field; did you mean name?\n"
        "  - name: must not be blank; give the session a name\n"
        "  - project_id: must be 1 to 256 characters of A-Z a-z 0-9 _ . - and not only dots; "
        "pass the id as the platform shows it\n"
        "  - idle_timeout: must be -1 or more minutes, within 64 bits; pass -1 for never, else 0 or more\n"
        "  - ha_job_id: must be text (str) or None, not int; pass one, or leave it out\n"
        "  - cluster_config: must be given, and not be blank, unless uses_app_config is true; "
        "pass cluster_config, or uses_app_config=True\n"
        "  - cloud_id: must be given, and not be blank, unless uses_app_config is true; "
        "pass cloud_id, or uses_app_config=True"
    )
    assert all(problem.field and problem.rule and problem.remedy for problem in error.problems)
    assert isinstance(error, ValueError)
    assert isinstance(error, SessionsError)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: delattr(CreateSession(**APP), "name"), "name: cannot be deleted; assign None, or its default"),
        (lambda: CreateSession("a"), "arguments: must be given by name; write name=..., project_id=..."),
        (
            lambda: CreateSession.from_dict([]),
            "data: must be a mapping of field names to values, not list; pass a dict",
        ),
        (
            lambda: CreateSession.from_json(b"[]"),
            "data: must be one JSON object in UTF-8: it is a list; fix the JSON",
        ),
        (lambda: CreateSession.of(None), "session: must be a CreateSession, not NoneType; pass one"),
        (
            lambda: CreateSession(**APP, user_service_access="pubic"),
            "user_service_access: must be one of private, public; did you mean public?",
        ),
        (
            lambda: CreateSession(**{**APP, "build_id": " "}),
            (
                "build_id: must be given, and not be blank, if uses_app_config is true; "
                "pass build_id, or uses_app_config=False"
            ),
        ),
        (
            lambda: CreateSession(**APP, user_service_token="x"),
            (
                "user_service_token: must be URL-safe base64 text of exactly 32 bytes: 43 characters in canonical "
                "form, without padding; leave it out to have one made, or use make_user_service_token()"
            ),
        ),
    ],
)
def test_every_refusal_has_its_words(make: Callable[[], object], problem: str) -> None:
    """A message has one line per problem below the name of the class: what is wrong, and what to do."""
    assert str(refusal(make)) == f"CreateSession: 1 problem\n  - {problem}"


def test_every_warning_has_its_words() -> None:
    """A warning says in one line what has no effect, and what to do."""
    private = {"user_service_access": "private", "user_service_token": TOKEN}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CreateSession(**APP, **private, ha_job_id="prodjob_1")
    assert [str(warning.message) for warning in caught] == [
        "user_service_token is ignored for a private user service; leave it out",
        "ha_job_id is set by the platform; leave it out",
    ]


def test_one_problem_is_not_called_problems() -> None:
    """The message uses the singular for one problem."""
    assert str(refusal(CreateSession, **{**APP, "name": ""})).startswith("CreateSession: 1 problem\n")


def test_a_field_refused_by_itself_is_not_named_again_by_the_rule() -> None:
    """A build of the wrong type is one problem, not two, and with a kind of the wrong type no pair is checked."""
    assert refused_fields(CreateSession, **{**APP, "build_id": 5}) == ["build_id"]
    assert refused_fields(CreateSession, **{**BASE, "uses_app_config": 1}) == ["uses_app_config"]


# Types


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("name", 5, "must be text (str), not int"),
        ("name", None, "must be text (str), not None"),
        ("name", b"nightly", "must be text (str), not bytes"),
        ("project_id", ["prj_1"], "must be text (str), not list"),
        ("cloud_id", 5.0, "must be text (str) or None, not float"),
        ("cluster_config", {"max_workers": 2}, "must be text (str) or None, not dict"),
        ("build_id", True, "must be text (str) or None, not bool"),
        ("idle_timeout", -2, "must be -1 or more minutes, within 64 bits"),
        ("idle_timeout", True, "must be a whole number (int), not bool"),
        ("idle_timeout", "5", "must be a whole number (int), not str"),
        ("idle_timeout", 5.0, "must be a whole number (int), not float"),
        ("idle_timeout", float("nan"), "must be finite: JSON has neither NaN nor infinity"),
        ("idle_timeout", None, "must be a whole number (int), not None"),
        ("uses_app_config", None, "must be True or False, not None"),
        ("uses_app_config", 1, "must be True or False, not int"),
        ("uses_app_config", "true", "must be True or False, not str"),
        ("allow_public_internet_traffic", None, "must be True or False, not None"),
        ("allow_public_internet_traffic", 0, "must be True or False, not int"),
        ("user_service_access", "Public", "must be one of private, public"),
        ("user_service_access", "PUBLIC", "must be one of private, public"),
        ("user_service_access", "", "must be one of private, public"),
        ("user_service_access", UserServiceAccessTypes("internal"), "must be one of private, public"),
        ("user_service_access", True, "must be one of private, public or None, not bool"),
        ("user_service_token", b"A" * 43, "must be text (str) or None, not bytes"),
        ("ha_job_id", object(), "must be text (str) or None, not object"),
    ],
)
def test_types_are_checked(name: str, value: object, rule: str) -> None:
    """A value of another type is refused, however similar it is."""
    (problem,) = refusal(CreateSession, **{**APP, **CLUSTER_PAIR, name: value}).problems
    assert (problem.field, problem.rule) == (name, rule)


def test_null_stands_for_not_given_where_there_is_no_default() -> None:
    """`None` is the same as leaving the field out, for the fields without a default."""
    names = ["cloud_id", "cluster_config", "user_service_access", "user_service_token", "ha_job_id"]
    assert CreateSession(**APP, **dict.fromkeys(names)) == CreateSession(**APP)


@pytest.mark.parametrize("access", ["public", UserServiceAccessTypes.PUBLIC, Access.PUBLIC])
def test_an_enum_is_accepted_as_its_exact_string(access: str) -> None:
    """The exact string of an enum's member becomes the member."""
    assert CreateSession(**APP, user_service_access=access).user_service_access is UserServiceAccessTypes.PUBLIC


@pytest.mark.parametrize("minutes", [-1, 0, 1, 120, 2**63 - 1])
def test_idle_timeout_is_never_or_a_number_of_minutes(minutes: int) -> None:
    """An idle timeout is -1 for never, or a number of minutes from 0 up to 64 bits."""
    assert CreateSession(**APP, idle_timeout=minutes).to_dict()["idle_timeout"] == minutes


@pytest.mark.parametrize("minutes", [-2, -(2**63), 2**63, 2**64, 10**400, -(10**400)])
def test_other_idle_timeouts_are_refused(minutes: int) -> None:
    """Other negative numbers and numbers of more than 64 bits are refused."""
    assert refused_fields(CreateSession, **APP, idle_timeout=minutes) == ["idle_timeout"]


def test_values_of_subclasses_are_reduced_to_plain_values() -> None:
    """A subclass of str or int cannot evade a rule, and is kept as the plain value."""
    assert refused_fields(CreateSession, **{**APP, "name": Shouting(" ")}) == ["name"]
    assert refused_fields(CreateSession, **{**APP, "build_id": Shouting(" ")}) == ["build_id"]
    session = CreateSession(**{**APP, "name": Shouting("quiet")}, idle_timeout=Minutes(5))
    assert (session.name, type(session.name)) == ("quiet", str)
    assert (session.idle_timeout, type(session.idle_timeout)) == (5, int)


# Text


@pytest.mark.parametrize("character", ["\x00", "\n", "\r", "\t", "\x1f", "\x7f", "\x85", "\x9f"])
@pytest.mark.parametrize("name", ["name", "project_id", "cloud_id", "build_id", "compute_template_id", "ha_job_id"])
def test_names_and_ids_hold_no_control_characters(name: str, character: str) -> None:
    """A control character anywhere in a name or an id is refused, also at the end."""
    assert refused_fields(CreateSession, **{**APP, name: f"a{character}"}) == [name]


@pytest.mark.parametrize("character", [chr(0xD800), chr(0xDFFF)])
@pytest.mark.parametrize(
    "name", ["name", "project_id", "cloud_id", "cluster_config", "build_id", "user_service_token", "ha_job_id"]
)
def test_no_text_contains_a_lone_surrogate(name: str, character: str) -> None:
    """A lone surrogate is refused in every text, including the cluster config."""
    assert refused_fields(CreateSession, **{**APP, name: f"a{character}"}) == [name]


@pytest.mark.parametrize("config", ["a\x00b\r\n\t", "!!python/object:os.system x", "{", "\ufeff", " x ", "日本語 🎉"])
def test_a_cluster_config_is_carried_as_it_is(config: str) -> None:
    """The cluster YAML is never loaded, changed or trimmed."""
    session = CreateSession(**{**CLUSTER, "cluster_config": config})
    assert msgspec.json.decode(session.to_json())["cluster_config"] == config


@pytest.mark.parametrize(
    "project_id", ["", ".", "..", "...", "a/b", "../a", "a b", "a%2fb", "é", "a" * 257, "a?", "a\n"]
)
def test_a_project_id_obeys_the_rule_for_ids_in_paths(project_id: str) -> None:
    """A project id that could change the meaning of a path is refused."""
    assert refused_fields(CreateSession, **{**APP, "project_id": project_id}) == ["project_id"]


@pytest.mark.parametrize("project_id", ["a", ".a", "a.", "..a", "_-.", "a" * 256])
def test_other_project_ids_are_accepted(project_id: str) -> None:
    """Up to 256 letters, digits and `_ . -` are accepted as a project id."""
    assert CreateSession(**{**APP, "project_id": project_id}).project_id == project_id


# Names


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("idle_timeuot", "did you mean idle_timeout?"),
        ("buildId", "did you mean build_id?"),
        ("UsesAppConfig", "did you mean uses_app_config?"),
        ("cluster-config", "did you mean cluster_config?"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest_known_one(name: str, remedy: str) -> None:
    """A misspelt field is refused with the name of the nearest known field."""
    (problem,) = refusal(CreateSession, **APP, **{name: 1}).problems
    assert (problem.field, problem.rule, problem.remedy) == (name, "unknown field", remedy)


@pytest.mark.parametrize("name", ["zzz", "self", "fields", "__class__", "", "日本"])
def test_an_unknown_name_without_a_near_one_lists_all(name: str) -> None:
    """The message for a name that is near to no field lists all fields."""
    (problem,) = refusal(CreateSession.from_dict, {**APP, name: 1}).problems
    assert problem.remedy.startswith("use one of allow_public_internet_traffic, build_id, ")


def test_an_unknown_name_cannot_break_the_message() -> None:
    """An unknown name with line breaks, surrogates or great length is shown on one line, escaped and cut."""
    text = str(refusal(CreateSession.from_dict, {**APP, "a\n  - b\ud800": 1, "x" * 10_000: 1}))
    assert text.isascii()
    assert text.splitlines()[1].startswith("  - a\\n  - b\\ud800: unknown field")
    assert len(text) < 2000


def test_values_are_given_by_name() -> None:
    """Positional arguments are refused with the same error as wrong values."""
    assert refused_fields(CreateSession, "nightly", "prj_1") == ["arguments"]


# Secrets


@pytest.mark.parametrize(
    "fields",
    [
        {"user_service_token": SECRET},
        {"user_service_token": SECRET.encode()},
        {"user_service_token": {SECRET: 1}},
        {"user_service_token": SECRET + "\ud800"},
        {"cluster_config": {SECRET: SECRET}},
        {"cluster_config": {SECRET: "\ud800"}},
        {"cluster_config": {SECRET: [2**64]}},
        {"cluster_config": SECRET + "\ud800"},
        {"user_service_access": SECRET},
        {"name": [SECRET], "user_service_token": SECRET},
    ],
)
@pytest.mark.parametrize("route", ["construct", "assign", "json", "msgspec"])
def test_a_refusal_never_shows_a_value(fields: dict[str, Any], route: str) -> None:
    """Neither the error, nor its arguments, problems or chain quote a value."""
    session = CreateSession(**APP)

    def make() -> None:
        if route == "construct":
            CreateSession(**{**APP, **fields})
        elif route == "assign":
            for name, value in fields.items():
                setattr(session, name, value)
        elif route == "json":
            CreateSession.from_json(repr({**APP, **fields}).encode("utf-8", "surrogatepass"))
        else:
            msgspec.convert({**APP, **fields}, CreateSession)

    with pytest.raises((InvalidSessionError, msgspec.ValidationError)) as caught:
        make()
    error = caught.value
    if route != "msgspec":
        assert error.__context__ is None
        assert error.__cause__ is None
    shown = "".join(traceback.format_exception_only(error)) + repr(vars(error)) + repr(error.args)
    assert SECRET not in shown


def test_a_session_shows_no_secret() -> None:
    """The token and the cluster config are not in repr, str, format or pprint."""
    session = CreateSession(
        **{**CLUSTER, "cluster_config": SECRET}, user_service_access="public", user_service_token=TOKEN
    )
    shown = f"{session!r} {session} {session:} {pprint.pformat(session)} {[session]}"
    assert SECRET not in shown
    assert TOKEN not in shown


# The token


def test_a_public_user_service_gets_a_token() -> None:
    """A public user service without a token gets a new token each time."""
    tokens = [CreateSession(**APP, user_service_access="public").user_service_token for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert all(map(is_user_service_token, tokens))


def test_no_other_session_gets_a_token() -> None:
    """Without an access, or with a private one, no token is made."""
    assert CreateSession(**APP).user_service_token is None
    assert CreateSession(**APP, user_service_access="private").user_service_token is None


@pytest.mark.parametrize("access", [{}, {"user_service_access": None}, {"user_service_access": "public"}])
def test_a_given_token_is_kept_if_it_is_well_formed(access: dict[str, Any]) -> None:
    """If the access is not private, a well-formed token is kept as it is, and any other is refused."""
    assert CreateSession(**APP, **access, user_service_token=TOKEN).to_dict()["user_service_token"] == TOKEN
    for token in ["", " ", "A" * 42, "A" * 44, "A" * 42 + "B", TOKEN + "\n", TOKEN + "=", "é" * 43, "+" * 43]:
        assert refused_fields(CreateSession, **APP, **access, user_service_token=token) == ["user_service_token"]


def test_a_token_is_checked_although_the_access_is_unknown() -> None:
    """An unknown access and a malformed token are two problems."""
    fields = {"user_service_access": "Public", "user_service_token": "short"}
    assert refused_fields(CreateSession, **APP, **fields) == ["user_service_access", "user_service_token"]


@pytest.mark.parametrize("token", [TOKEN, "not well formed", ""])
def test_a_private_user_service_has_no_token(token: str) -> None:
    """A token for a private user service is left out of the request, with a warning."""
    with pytest.warns(TokenIgnoredWarning, match="ignored for a private user service"):
        session = CreateSession(**APP, user_service_access="private", user_service_token=token)
    assert session.user_service_token is None
    assert "user_service_token" not in session.to_dict()


def test_the_token_follows_the_access() -> None:
    """A change to private drops the token, a change to public makes one, and removing a public one makes another."""
    session = CreateSession(**APP, user_service_access="public")
    first = session.user_service_token
    session.user_service_token = None
    assert session.user_service_token not in (None, first)
    session.user_service_access = UserServiceAccessTypes.PRIVATE
    assert session.user_service_token is None
    with pytest.warns(TokenIgnoredWarning):
        session.user_service_token = TOKEN
    assert session.user_service_token is None
    session.user_service_access = UserServiceAccessTypes.PUBLIC
    assert is_user_service_token(session.user_service_token)


# Warnings


def test_a_job_id_warns() -> None:
    """`ha_job_id` is accepted with a warning that the platform sets it."""
    with pytest.warns(InternalFieldWarning, match="ha_job_id is set by the platform"):
        assert CreateSession(**APP, ha_job_id="job_1").to_dict()["ha_job_id"] == "job_1"


WITH_JOB = {**APP, "ha_job_id": "job_1"}
PLAIN_WITH_JOB = GeneratedCreateSession(**WITH_JOB)


@pytest.mark.parametrize(
    "make",
    [
        lambda: CreateSession(**WITH_JOB),
        lambda: CreateSession.from_dict(WITH_JOB),
        lambda: CreateSession.from_json(PLAIN_WITH_JOB.to_json()),
        lambda: CreateSession.of(PLAIN_WITH_JOB),
        lambda: attrs.evolve(CreateSession(**APP), ha_job_id="job_1"),
        lambda: setattr(CreateSession(**APP), "ha_job_id", "job_1"),
        lambda: msgspec.convert(WITH_JOB, CreateSession),
        lambda: Labelled(**WITH_JOB),
    ],
    ids=["construct", "from_dict", "from_json", "of", "evolve", "assign", "msgspec", "subclass"],
)
def test_a_warning_points_at_the_line_of_the_caller(make: Callable[[], object]) -> None:
    """In each way to create a session, the warning comes once and names the line of the caller."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make()
    line = make.__code__.co_firstlineno
    assert [(warning.category, warning.filename, warning.lineno) for warning in caught] == [
        (InternalFieldWarning, __file__, line)
    ]


def test_a_warning_that_is_an_error_leaves_nothing_changed() -> None:
    """If warnings are errors, an assignment that warns changes nothing."""
    session = CreateSession(**APP)
    before = copy.copy(session)
    with pytest.raises(InternalFieldWarning):  # pytest makes warnings errors
        session.ha_job_id = "job_1"
    assert session == before


def test_copies_do_not_warn_again() -> None:
    """A session that has warned once does not warn again when it is copied, changed in kind or checked."""
    with pytest.warns(InternalFieldWarning):
        session = CreateSession(**WITH_JOB)
    for again in (copy.copy(session), copy.deepcopy(session), pickle.loads(pickle.dumps(session))):
        assert again == session
    assert CreateSession.of(session) == session
    assert session.with_cluster_config(**CLUSTER_PAIR).ha_job_id == "job_1"


# Assignment


def test_an_assignment_is_checked() -> None:
    """An assigned value is checked and converted as in the constructor."""
    session = CreateSession(**APP)
    session.name, session.idle_timeout = "other", -1
    session.user_service_access = "public"  # type: ignore[assignment]
    assert (session.name, session.idle_timeout) == ("other", -1)
    assert session.user_service_access is UserServiceAccessTypes.PUBLIC


@pytest.mark.parametrize(
    ("name", "value", "fields"),
    [
        ("name", "", ["name"]),
        ("idle_timeout", "5", ["idle_timeout"]),
        ("uses_app_config", False, ["cluster_config", "cloud_id"]),
        ("build_id", None, ["build_id"]),
        ("build_id", " ", ["build_id"]),
        ("nmae", "x", ["nmae"]),
        ("_private", "x", ["_private"]),
        ("__class__", GeneratedCreateSession, ["__class__"]),
        ("__dict__", {}, ["__dict__"]),
        ("to_json", bytes, ["to_json"]),
    ],
)
def test_a_refused_assignment_changes_nothing(name: str, value: object, fields: list[str]) -> None:
    """An assignment that breaks a rule, or is to no field, leaves the session as it was."""
    session = CreateSession(**APP, user_service_access="public")
    before = copy.copy(session)
    assert refused_fields(setattr, session, name, value) == fields
    assert session == before
    assert type(session) is CreateSession


@pytest.mark.parametrize("name", ["name", "build_id", "cloud_id", "zzz"])
def test_nothing_can_be_deleted(name: str) -> None:
    """`del` of an attribute is refused and changes nothing."""
    session = CreateSession(**APP)
    assert refused_fields(delattr, session, name) == [name]
    assert session == CreateSession(**APP)


def test_kinds_are_switched_in_one_step() -> None:
    """`with_cluster_config` and `with_app_config` return a copy of the other kind and leave the session as it is."""
    session = CreateSession(**APP, idle_timeout=5)
    other = session.with_cluster_config(**CLUSTER_PAIR)
    assert other == CreateSession(**CLUSTER, idle_timeout=5)
    assert other.with_app_config(**APP_PAIR) == session == CreateSession(**APP, idle_timeout=5)
    assert refused_fields(session.with_cluster_config, cluster_config=" ", cloud_id=5) == ["cloud_id", "cluster_config"]
    assert refused_fields(other.with_app_config, build_id=None, compute_template_id="") == [
        "build_id",
        "compute_template_id",
    ]


def test_evolve_switches_kinds_too() -> None:
    """`attrs.evolve` checks the whole session, and can change several fields in one step."""
    session = CreateSession(**APP)
    assert attrs.evolve(session, uses_app_config=False, **CLUSTER_PAIR).cloud_id == "cld_1"
    assert refused_fields(attrs.evolve, session, uses_app_config=False) == ["cluster_config", "cloud_id"]
    assert refused_fields(attrs.evolve, session, nmae="x") == ["nmae"]


# Before sending


def test_a_plain_generated_instance_is_checked() -> None:
    """`of` returns a checked session with the values of a generated instance, and makes its token."""
    session = CreateSession.of(GeneratedCreateSession(**APP, user_service_access=UserServiceAccessTypes.PUBLIC))
    assert type(session) is CreateSession
    assert is_user_service_token(session.user_service_token)
    assert refused_fields(CreateSession.of, GeneratedCreateSession(name="", project_id="")) == [
        "name",
        "project_id",
        "cluster_config",
        "cloud_id",
    ]


def test_a_session_that_was_tampered_with_is_refused() -> None:
    """`of` refuses a session that was changed without checks, also if a field is gone."""
    session = CreateSession(**APP)
    object.__setattr__(session, "idle_timeout", "soon")
    object.__delattr__(session, "build_id")
    assert refused_fields(CreateSession.of, session) == ["build_id", "idle_timeout"]


def tampered() -> CreateSession:
    """A session that was changed without a check."""
    session = CreateSession(**APP)
    object.__setattr__(session, "name", " ")
    return session


@pytest.mark.parametrize("call", ["create_session", "launch_session"])
@pytest.mark.parametrize(
    "body",
    [tampered(), GeneratedCreateSession(**{**APP, "name": " "}), GeneratedCreateSession(**BASE, uses_app_config=True)],
    ids=["tampered", "generated", "incomplete"],
)
def test_a_client_refuses_before_it_sends(face: Callable[..., Any], call: str, body: GeneratedCreateSession) -> None:
    """A client checks a session before it sends anything; nothing listens at the address of this one."""
    client = face("http://127.0.0.1:1")
    assert refused_fields(getattr(client, call), body) in (["name"], ["build_id", "compute_template_id"])


@pytest.mark.parametrize("kind", [GeneratedCreateSession, CreateSession, Labelled, Ours])
def test_a_client_sends_what_was_checked(face: Callable[..., Any], scripted: Any, kind: type[Any]) -> None:
    """A session of this class, of the generated one or of a subclass is sent in the same form, with its token."""
    scripted.json({"detail": "enough"}, 403)
    with pytest.raises(PermissionDeniedError):
        face(scripted.url).create_session(kind(**APP, user_service_access=UserServiceAccessTypes.PUBLIC))
    (asked,) = scripted.asked
    sent = msgspec.json.decode(asked.body)
    assert is_user_service_token(sent.pop("user_service_token"))
    assert sent == {
        **DEFAULTS,
        **APP,
        "idle_timeout": 120,
        "allow_public_internet_traffic": False,
        "user_service_access": "public",
    }


def test_a_warning_of_a_client_points_at_the_call() -> None:
    """A generated instance warns once, at the line that sends it."""
    with (
        SessionsClient("token", host="http://127.0.0.1:1", max_attempts=1) as client,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        with pytest.raises(APIConnectionError):
            client.create_session(PLAIN_WITH_JOB)
    assert [(warning.category, warning.filename) for warning in caught] == [(InternalFieldWarning, __file__)]


@pytest.mark.parametrize(
    "module", ["anyscale_sessions.flows", "anyscale_sessions_api.client", "attr._make", "contextlib"]
)
def test_a_warning_skips_modules_that_call_for_their_callers(module: str) -> None:
    """A warning names the first line outside of our packages, attrs and contextlib."""
    between: dict[str, Any] = {"__name__": module}
    exec(compile("def call(make, fields):\n    make(**fields)\n", "<between>", "exec"), between)
    with pytest.warns(InternalFieldWarning) as caught:
        between["call"](CreateSession, WITH_JOB)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("value", [None, 5, {}, CreateSession, "session"])
def test_only_a_session_can_be_checked(value: Any) -> None:
    """`of` refuses anything but a session."""
    assert refused_fields(CreateSession.of, value) == ["session"]


# Data and JSON


def test_data_and_json_come_back_as_the_same_session() -> None:
    """`from_dict` and `from_json` read what `to_dict` and `to_json` return."""
    session = CreateSession(
        **CLUSTER, user_service_access="public", idle_timeout=-1, allow_public_internet_traffic=True
    )
    assert CreateSession.from_dict(session.to_dict()) == session
    assert CreateSession.from_json(session.to_json()) == session
    assert msgspec.json.decode(session.to_json(), type=CreateSession) == session


@pytest.mark.parametrize("kind", [CreateSession, Labelled, Ours])
@pytest.mark.parametrize(
    "fields",
    [APP, CLUSTER, {**APP, "idle_timeout": -1, "user_service_access": "public", "user_service_token": TOKEN}],
    ids=["app", "cluster", "public"],
)
def test_json_is_that_of_the_generated_class(kind: type[CreateSession], fields: dict[str, Any]) -> None:
    """`to_json` gives the same bytes as that of the generated class, and adds the fields of a subclass."""
    session = kind(**fields)
    assert session.to_json() == GeneratedCreateSession.to_json(session)
    assert msgspec.json.decode(session.to_json()) == session.to_dict()


def test_what_is_not_given_is_not_sent() -> None:
    """Fields without a value are absent from the request, and defaults are in it."""
    assert CreateSession(**APP).to_dict() == {
        **DEFAULTS,
        **APP,
        "idle_timeout": 120,
        "allow_public_internet_traffic": False,
    }


@pytest.mark.parametrize("data", [None, 5, "name", [("name", "x")], b"{}"])
def test_only_a_mapping_is_read(data: Any) -> None:
    """`from_dict` refuses anything but a mapping."""
    assert refused_fields(CreateSession.from_dict, data) == ["data"]


def test_a_key_that_is_no_text_is_an_unknown_field() -> None:
    """A key of a mapping that is not a text is refused as an unknown field."""
    assert refused_fields(CreateSession.from_dict, {**APP, 5: 6}) == ["5"]


@pytest.mark.parametrize("data", [b"[]", b"{", b'{"name": NaN}', b'{"name": "a", "name": "b"}', b"\xff", 5])
def test_json_that_is_not_one_object_is_refused(data: Any) -> None:
    """`from_json` refuses anything but one strict JSON object."""
    (problem,) = refusal(CreateSession.from_json, data).problems
    assert problem.field == "data"
    assert problem.rule.startswith("must be one JSON object in UTF-8: ")


# Values


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda session: pickle.loads(pickle.dumps(session))])
@pytest.mark.parametrize("kind", [CreateSession, Labelled, Ours])
def test_sessions_copy_pickle_and_compare(kind: type[CreateSession], duplicate: Callable[[Any], Any]) -> None:
    """A copy equals the session, is of its class, and is another object that keeps the rules."""
    session = kind(**APP, user_service_access="public")
    again = duplicate(session)
    assert (again, type(again)) == (session, kind)
    again.name = "other"
    assert again != session
    assert refused_fields(setattr, again, "name", "") == ["name"]


def test_sessions_cannot_be_keys() -> None:
    """A session has no hash, because it can change."""
    with pytest.raises(TypeError):
        hash(CreateSession(**APP))


def test_a_session_equals_only_one_of_its_class_and_values() -> None:
    """Sessions of another class, or with another value, are different."""
    assert CreateSession(**APP) == CreateSession(**APP)
    assert CreateSession(**APP) != CreateSession(**{**APP, "name": "other"})
    assert CreateSession(**APP) != GeneratedCreateSession(**APP)
    assert CreateSession(**APP) != APP


def test_subclasses_keep_the_rules() -> None:
    """A subclass with a constructor of its own is checked, and its copies are of its own class."""
    session = Ours(**APP)
    assert (session.project_id, type(session.with_cluster_config(**CLUSTER_PAIR))) == ("prj_1", Ours)
    assert Ours(name="a", **CLUSTER_PAIR).project_id == "prj_ours"
    assert refused_fields(Ours, **{**APP, "name": ""}) == ["name"]


def test_a_field_of_a_subclass_is_not_sent() -> None:
    """A field that an attrs subclass adds can be set, is kept in copies, and is never sent."""
    session = Labelled(**APP, label="a")
    session.label = "b"
    assert session.with_cluster_config(**CLUSTER_PAIR).label == "b"
    assert attrs.evolve(session, name="other").label == "b"
    assert CreateSession.of(session) == CreateSession(**APP)
    assert refused_fields(Labelled, **{**APP, "name": ""}) == ["name"]
    assert refused_fields(setattr, session, "name", "") == ["name"]
