"""Property tests of the rules of `CreateSession`: any input, any assignments, against the schema and a second rule."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from jsonschema import Draft202012Validator

from anyscale_sessions import CreateSession, InvalidSessionError, Problem, TextQuery, UserServiceAccessTypes
from anyscale_sessions._validation import session_rules
from anyscale_sessions._validation.fields import FieldType, shapes_of
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.types import Secret
from spec.examples import values_of

SPEC = json.loads(files("anyscale_sessions_api").joinpath("openapi.json").read_text(encoding="utf-8"))
SCHEMA = Draft202012Validator({"$ref": "#/components/schemas/CreateSession", "components": SPEC["components"]})
FIELDS = tuple(SPEC["components"]["schemas"]["CreateSession"]["properties"])
WITH_DEFAULT = ("idle_timeout", "uses_app_config", "allow_public_internet_traffic")
REQUIRED = ("name", "project_id")
APP_PAIR = ("build_id", "compute_template_id")
CLUSTER_PAIR = ("cluster_config", "cloud_id")


def token_of(data: bytes) -> str:
    """The URL-safe base64 form of some bytes, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


VALID_TOKEN = token_of(bytes(range(32)))

spaces = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2007\u200a\u2028\u2029\u202f\u205f\u3000"
nasty_texts = st.one_of(
    st.sampled_from(
        ["", "a", "prj_1", ".", "..", "a/b", "a\n", "a\x00", "x: 1\n", "\ud800", "\u200b", "\ufeff", "é", "🎉"]
    ),
    st.text(spaces, max_size=3),
    st.text(st.characters(codec=None), max_size=5),
    st.from_regex(r"\A[A-Za-z0-9_.-]{1,5}\Z"),
    st.sampled_from(["a" * 256, "a" * 257]),
)
tokens = st.one_of(
    st.sampled_from([VALID_TOKEN, VALID_TOKEN[:-1] + "9", VALID_TOKEN + "=", VALID_TOKEN + "\n", VALID_TOKEN[:-1]]),
    st.binary(min_size=31, max_size=33).map(token_of),
)
numbers = st.one_of(
    st.sampled_from([-(2**63) - 1, -2, -1, 0, 1, 120, 2**63 - 1, 2**63, 2**64, 120.0, 1.5, float("inf")]), st.integers()
)
accesses = st.sampled_from(["private", "public", "Public", "PRIVATE", " public", "internal"])
others = st.one_of(st.none(), st.booleans(), numbers, st.just([]), st.just({}), st.just(["a"]))

right_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=5).filter(
    str.strip
)
right: dict[str, st.SearchStrategy[Any]] = {
    "name": right_texts,
    "project_id": st.from_regex(r"\A\.?[A-Za-z0-9_-][A-Za-z0-9_.-]{0,5}\Z"),
    "cloud_id": right_texts,
    "cluster_config": st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
    "build_id": right_texts,
    "compute_template_id": right_texts,
    "idle_timeout": st.integers(-1, 2**63 - 1),
    "uses_app_config": st.booleans(),
    "allow_public_internet_traffic": st.booleans(),
    "user_service_access": st.one_of(st.none(), st.sampled_from(["private", "public"])),
    "user_service_token": st.one_of(st.none(), st.binary(min_size=32, max_size=32).map(token_of)),
    "ha_job_id": st.one_of(st.none(), right_texts),
}
# What the spec has beyond these fields, whose rules are those of the spec alone.
right |= {
    name: st.sampled_from(values_of(SPEC, schema))
    for name, schema in SPEC["components"]["schemas"]["CreateSession"]["properties"].items()
    if name not in right
}
near_texts = st.one_of(nasty_texts, tokens, accesses)
near: dict[str, st.SearchStrategy[Any]] = {name: st.one_of(right[name], near_texts, numbers, others) for name in FIELDS}
anything = st.dictionaries(
    st.one_of(st.sampled_from(FIELDS), st.sampled_from(["nmae", "Name", ""])), st.one_of(near_texts, numbers, others)
)


@st.composite
def valid_sessions(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of a session that must be accepted."""
    uses_app_config = draw(st.sampled_from([True, False, None]))
    pair = APP_PAIR if uses_app_config else CLUSTER_PAIR
    optional = [name for name in FIELDS if name not in (*REQUIRED, *pair, "uses_app_config")]
    kind = {} if uses_app_config is None else {"uses_app_config": st.just(uses_app_config)}
    return draw(
        st.fixed_dictionaries(
            {name: right[name] for name in (*REQUIRED, *pair)} | kind, optional={name: right[name] for name in optional}
        )
    )


@st.composite
def nearly_valid_sessions(draw: st.DrawFn) -> dict[str, Any]:
    """The same with up to three fields made worse, taken away or added."""
    fields = draw(valid_sessions())
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        fields[name] = draw(near[name])
        if draw(st.booleans()):
            del fields[name]
    return fields


mappings = st.one_of(valid_sessions(), nearly_valid_sessions(), nearly_valid_sessions(), anything)


def outcome(make: Callable[[], Any]) -> Any:
    """The result of a call, or the error that refuses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return make()
        except InvalidSessionError as error:
            return error


def made(fields: dict[str, Any]) -> CreateSession | InvalidSessionError:
    """The session with these fields, or the error that refuses them."""
    session: CreateSession | InvalidSessionError = outcome(lambda: CreateSession.from_dict(fields))
    return session


def without_nulls(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are sent: null stands for not given, where the spec gives no default."""
    return {name: value for name, value in fields.items() if value is not None or name in (*REQUIRED, *WITH_DEFAULT)}


@given(valid_sessions())
@settings(max_examples=5 * settings().max_examples)
def test_a_valid_session_is_sent_as_it_was_given(fields: dict[str, Any]) -> None:
    """Every valid session is accepted, and its body is valid and has each value that was given."""
    session = made(fields)
    assert isinstance(session, CreateSession)
    body = json.loads(session.to_json())
    SCHEMA.validate(body)
    ignored = "user_service_token" if fields.get("user_service_access") == "private" else None
    assert {name: value for name, value in without_nulls(fields).items() if name != ignored}.items() <= body.items()
    assert made(body) == session


def missing_pair(fields: dict[str, Any]) -> set[str]:
    """The rule, written a second time: the fields of the required pair that are not given."""
    pair = (
        ("build_id", "compute_template_id") if fields.get("uses_app_config", False) else ("cluster_config", "cloud_id")
    )
    return {name for name in pair if fields.get(name) is None or fields[name] == "" or fields[name].isspace()}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "uses_app_config": st.booleans(),
            **dict.fromkeys(
                ("build_id", "compute_template_id", "cloud_id"),
                st.one_of(st.none(), st.text(" \xa0\u3000", max_size=2), st.just("x"), st.just(" x ")),
            ),
            "cluster_config": st.one_of(st.none(), st.text(spaces, max_size=3), st.just("x: 1\n")),
        },
    )
)
@settings(max_examples=5 * settings().max_examples)
def test_the_rule_names_exactly_what_is_missing(fields: dict[str, Any]) -> None:
    """For every combination of the rule's five fields, the problems are the fields of the pair that are not given."""
    session = made({"name": "a", "project_id": "p", **fields})
    named = {problem.field for problem in session.problems} if isinstance(session, InvalidSessionError) else set()
    assert named == missing_pair(fields)


def test_blank_means_the_same_to_class_and_schema() -> None:
    """A cluster config of any one character counts as given for both the class and the schema, or for neither."""
    fields = {"name": "a", "project_id": "p", "cloud_id": "c"}
    characters = [chr(code_point) for code_point in range(0x11_0000) if not 0xD800 <= code_point < 0xE000]
    blank = {text for text in characters if text.isspace()}
    assert len(blank) == 29
    for text in sorted(blank) + characters[:0x400] + ["\u200b", "\ufeff", "\u2060", "\u180e"]:
        session = {**fields, "cluster_config": text}
        assert isinstance(made(session), CreateSession) == SCHEMA.is_valid(session) == (text not in blank)


class Assignments(RuleBasedStateMachine):
    """A session under any assignments: always valid, and unchanged by one that is refused."""

    @initialize(kind=st.booleans(), access=st.sampled_from([None, "private", "public"]))
    def build(self, *, kind: bool, access: str | None) -> None:
        """Start with a session of either kind."""
        pair = {"build_id": "b", "compute_template_id": "c"} if kind else {"cluster_config": "x: 1", "cloud_id": "d"}
        self.session = CreateSession(name="a", project_id="p", uses_app_config=kind, user_service_access=access, **pair)

    @rule(data=st.data(), name=st.sampled_from(FIELDS))
    def assign(self, data: st.DataObject, name: str) -> None:
        """Assign any value to any field."""
        value = data.draw(near[name], label=name)
        before = attrs.asdict(self.session)
        anew = made({**before, name: value})
        refused = outcome(lambda: setattr(self.session, name, value))
        if refused is not None:
            assert attrs.asdict(self.session) == before
            assert isinstance(anew, InvalidSessionError)
            assert refused.problems == anew.problems
        else:
            assert isinstance(anew, CreateSession)
            changed = {key for key, now in attrs.asdict(self.session).items() if now != before[key]}
            assert changed <= {name, "user_service_token"}

    @rule(name=st.sampled_from(["nmae", "_x", "__dict__", "to_dict"]))
    def assign_unknown(self, name: str) -> None:
        """Assign to an attribute that is not a field."""
        before = attrs.asdict(self.session)
        with pytest.raises(InvalidSessionError):
            setattr(self.session, name, 1)
        assert attrs.asdict(self.session) == before

    @rule(build=nasty_texts, template=nasty_texts)
    def switch_to_app_config(self, build: str, template: str) -> None:
        """Switch to an app config if it is complete."""
        switched = outcome(lambda: self.session.with_app_config(build_id=build, compute_template_id=template))
        if isinstance(switched, CreateSession):
            self.session = switched
            assert (switched.build_id, switched.cluster_config) == (build, None)

    @rule(config=nasty_texts, cloud=nasty_texts)
    def switch_to_cluster_config(self, config: str, cloud: str) -> None:
        """Switch to a cluster config if it is complete."""
        switched = outcome(lambda: self.session.with_cluster_config(cluster_config=config, cloud_id=cloud))
        if isinstance(switched, CreateSession):
            self.session = switched
            assert (switched.cluster_config, switched.build_id) == (config, None)

    @invariant()
    def it_is_valid(self) -> None:
        """The body is valid; a public service has its token, and a private one has none."""
        SCHEMA.validate(json.loads(self.session.to_json()))
        access, token = self.session.user_service_access, self.session.user_service_token
        assert (access is UserServiceAccessTypes.PUBLIC) <= (token is not None)
        assert (access is UserServiceAccessTypes.PRIVATE) <= (token is None)


TestAssignments = Assignments.TestCase
TestAssignments.__doc__ = "A session is valid after any assignments, and unchanged by one that is refused."


@given(mappings)
@settings(max_examples=3 * settings().max_examples)
def test_a_generated_instance_is_checked_as_its_fields_are(fields: dict[str, Any]) -> None:
    """`of` accepts a generated instance exactly if the constructor accepts its fields."""
    given_fields = {"name": "a", "project_id": "p", **{name: fields[name] for name in FIELDS if name in fields}}
    session, plain = made(given_fields), outcome(lambda: CreateSession.of(GeneratedCreateSession(**given_fields)))
    if isinstance(session, CreateSession):
        assert plain.to_dict().keys() == session.to_dict().keys()
    else:
        assert plain == session


def test_an_unknown_field_of_a_mapping_within_a_session_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a newer spec has a model as a field of a session, a mapping with an unknown key is refused."""
    shapes = {**shapes_of(GeneratedCreateSession), "filter": FieldType(TextQuery | None, None)}
    monkeypatch.setattr(session_rules, "shapes_of", lambda _: shapes)
    fields = {"name": "a", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c", "filter": {"equls": "a"}}
    with pytest.raises(InvalidSessionError) as caught:
        session_rules.validated(Secret(fields))
    assert caught.value.problems == (Problem("filter.equls", "unknown field", "did you mean equals?"),)
