"""One rule, several executors: each of them accepts a session exactly if the JSON Schema in the spec does.

The executors are the class (built, read from data and from JSON, assigned field by field), the client just before it
sends, and a sandbox over HTTP. Where one of them is meant to differ, that is in `STRICTER` or `LAXER`. A difference
that is not listed, or a listed one that does not exist, fails here.
"""

from __future__ import annotations

import itertools
import json
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.resources import files
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from anyscale_sessions import (
    CreateSession,
    InternalFieldWarning,
    InvalidSessionError,
    SessionsClient,
    SessionsWarning,
    TokenIgnoredWarning,
)
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_sandbox import ManualClock, serve
from spec.examples import values_of
from spec.wire import kinds_of

Fields = dict[str, Any]

SPEC = json.loads(files("anyscale_sessions_api").joinpath("openapi.json").read_text(encoding="utf-8"))
FORMATS = FormatChecker(["date", "uuid"])


@FORMATS.checks("date-time", ValueError)
def is_a_moment(value: object) -> bool:
    """Whether a text is a moment with a time zone; the library knows this format only with other libraries."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


SCHEMA = Draft202012Validator(
    {"$ref": "#/components/schemas/CreateSession", "components": SPEC["components"]}, format_checker=FORMATS
)
PROPERTIES: dict[str, Any] = SPEC["components"]["schemas"]["CreateSession"]["properties"]
REQUIRED: list[str] = SPEC["components"]["schemas"]["CreateSession"]["required"]

COMPLETE = {
    "name": "nightly",
    "project_id": "prj_1",
    "cluster_config": "max_workers: 2\n",
    "cloud_id": "cld_1",
    "build_id": "bld_1",
    "compute_template_id": "cpt_1",
}
PAIRS = ("cluster_config", "cloud_id", "build_id", "compute_template_id")
TOKEN = "A" * 43
VALUES = (
    *("", " ", "\u3000", "\x1f", "a", "a\n", "a\x7f", "\x00a", "a" * 256, "a" * 257, ".", "a/b", "\ud800", "\u200b"),
    *("private", "public", "Public", TOKEN, TOKEN[1:], TOKEN + "A", TOKEN + "=", TOKEN + "\n", TOKEN[1:] + "B"),
    *(value for schema in PROPERTIES.values() for value in values_of(SPEC, schema)),
    *(-(2**63), -2, -1, 0, 1, 2**63 - 1, 2**63, 120.0, 1.5, True, False, None, [], {}, ["a"], {"a": "a"}),
)
# What decides which rules hold for the other fields is assigned before them.
ASSIGNED_FIRST = ("uses_app_config", "user_service_access")


class Stricter(NamedTuple):
    """A session that the schema accepts and some executors refuse."""

    reason: str
    who: frozenset[str]
    applies: Callable[[Fields], bool]
    example: Fields


class Laxer(NamedTuple):
    """A session that the schema refuses and some executors accept as if it were another one."""

    reason: str
    who: frozenset[str]
    as_if: Callable[[Fields], Fields]
    example: Fields


class Warned(NamedTuple):
    """A session that all executors accept, and about which the class warns."""

    reason: str
    category: type[SessionsWarning]
    example: Fields


CLASS = frozenset({"built", "from data", "from JSON", "assigned", "sent"})
EVERYONE = CLASS | {"sandbox"}
BY_JSON = ("from JSON", "sandbox")  # what they see of a session is what JSON can carry


def holds_a_surrogate(fields: Fields) -> bool:
    """Whether a text among the fields contains a lone surrogate."""
    return any(isinstance(value, str) and re.search("[\ud800-\udfff]", value) for value in fields.values())


def is_a_whole_float(fields: Fields) -> bool:
    """Whether a field for an integer, such as the minutes, is a float without a fraction."""
    integers = {name for name, schema in PROPERTIES.items() if "integer" in kinds_of(SPEC, schema)}
    return any(isinstance(fields.get(name), float) for name in integers)


def without_nulls(fields: Fields) -> Fields:
    """The fields without those that are null and have no default."""
    may_be_null = {name for name, schema in PROPERTIES.items() if name not in REQUIRED and "default" not in schema}
    return {name: value for name, value in fields.items() if value is not None or name not in may_be_null}


STRICTER = {
    "lone surrogate": Stricter(
        "JSON can spell it and UTF-8 cannot carry it, so that no session could be stored or sent with it",
        EVERYONE,
        holds_a_surrogate,
        {**COMPLETE, "name": "a\ud800"},
    ),
    "a float without a fraction": Stricter(
        "JSON Schema has no floats; in Python one comes from arithmetic, whose next result is 119.99999",
        CLASS,
        is_a_whole_float,
        {**COMPLETE, "idle_timeout": 120.0},
    ),
}
LAXER = {
    "null": Laxer(
        "in Python None is how a field is not given; it is left out of what is sent",
        CLASS,
        without_nulls,
        {**COMPLETE, "user_service_access": None, "ha_job_id": None},
    ),
}
WARNED = {
    "ha_job_id": Warned(
        "the platform sets it, never a user", InternalFieldWarning, {**COMPLETE, "ha_job_id": "prodjob_1"}
    ),
    "the token of a private user service": Warned(
        "nobody asks for it there; it is not sent, and so need not be well formed",
        TokenIgnoredWarning,
        {**COMPLETE, "user_service_access": "private", "user_service_token": "no token at all"},
    ),
}


def expected(who: str, fields: Fields) -> bool:
    """Whether an executor must accept a session: as the schema says, except for the listed differences."""
    if who in BY_JSON:
        fields = json.loads(json.dumps(fields))
    for laxer in LAXER.values():
        if who in laxer.who:
            fields = laxer.as_if(fields)
    refused = any(who in stricter.who and stricter.applies(fields) for stricter in STRICTER.values())
    return SCHEMA.is_valid(fields) and not refused


def is_taken(make: Callable[[], object]) -> bool:
    """Whether a session can be made so."""
    try:
        make()
    except InvalidSessionError:
        return False
    return True


def assign(fields: Fields) -> None:
    """Make the session from a complete one, by assignments alone."""
    session = CreateSession(**COMPLETE)
    defaults = {name: schema.get("default") for name, schema in PROPERTIES.items()}
    for name in sorted(defaults | fields, key=lambda name: name not in ASSIGNED_FIRST):
        setattr(session, name, fields.get(name, defaults.get(name)))


class Executors:
    """All executors of the rule."""

    def __init__(self, http: httpx.Client, client: SessionsClient, url: str, token: str) -> None:
        self._http = http
        self._client = client
        self._url = f"{url}/v0/sessions/"
        self._headers = {"cookie": f"cli_token={token}", "content-type": "application/json"}

    def verdicts(self, fields: Fields) -> Iterator[tuple[str, bool]]:
        """Each executor that can be asked, and whether it accepts the session."""
        text = json.dumps(fields)
        yield "built", is_taken(lambda: CreateSession(**fields))
        yield "from data", is_taken(lambda: CreateSession.from_dict(fields))
        yield "from JSON", is_taken(lambda: CreateSession.from_json(text.encode()))
        if fields.keys() >= set(REQUIRED):
            yield "assigned", is_taken(lambda: assign(fields))
        if set(REQUIRED) <= fields.keys() <= PROPERTIES.keys():
            yield "sent", is_taken(lambda: self._client.create_session(GeneratedCreateSession(**fields)))
        response = self._http.post(self._url, content=text, headers=self._headers)
        assert response.status_code in (200, 422), response.text
        yield "sandbox", response.status_code == 200

    def check(self, fields: Fields) -> set[str]:
        """Compare each verdict with what is expected. Returns the executors that were asked."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SessionsWarning)
            found = dict(self.verdicts(fields))
        assert found == {who: expected(who, fields) for who in found}
        return set(found)


@pytest.fixture(scope="module")
def executors() -> Iterator[Executors]:
    """The executors, the sandbox among them served for real."""
    with (
        serve(clock=ManualClock()) as sandbox,
        httpx.Client(trust_env=False) as http,
        SessionsClient(sandbox.token, host=sandbox.url) as client,
    ):
        yield Executors(http, client, sandbox.url, sandbox.token)


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_field_is_judged_alike(name: str, executors: Executors) -> None:
    """Each field accepts some values and refuses others, the same ones in each executor."""
    verdicts: set[bool] = set()
    for kind, value in itertools.product((False, True) if name in PAIRS else (False,), VALUES):
        fields = {**COMPLETE, "uses_app_config": kind, name: value}
        assert executors.check(fields) == EVERYONE
        verdicts.add(SCHEMA.is_valid(fields))
    assert verdicts == {False, True}


def test_every_combination_of_the_pairs_is_judged_alike(executors: Executors) -> None:
    """Of the 243 combinations of the kind and of absent, blank and given fields, all executors accept the same 27."""
    kinds, texts = ("leave out", False, True), ("leave out", " \u3000", "x")
    taken = 0
    for values in itertools.product(kinds, *[texts] * len(PAIRS)):
        choice = dict(zip(("uses_app_config", *PAIRS), values, strict=True))
        fields = {"name": "a", "project_id": "p"} | {name: v for name, v in choice.items() if v != "leave out"}
        executors.check(fields)
        taken += SCHEMA.is_valid(fields)
    assert taken == 3 * 9


@given(data=st.data())
@settings(max_examples=10 * settings().max_examples)
def test_everyone_judges_a_session_alike(
    data: st.DataObject, executors: Executors, some_fields: st.SearchStrategy[Fields]
) -> None:
    """All executors accept or refuse any session as the schema does, except for the listed differences."""
    executors.check(data.draw(some_fields))


@given(data=st.data())
@settings(max_examples=3 * settings().max_examples)
def test_everyone_judges_a_field_alike(
    data: st.DataObject, executors: Executors, one_nasty_field: st.SearchStrategy[tuple[str, Any]]
) -> None:
    """All executors agree on a complete session of either kind in which one field has any value."""
    name, value = data.draw(one_nasty_field)
    kind = data.draw(st.booleans())
    assert executors.check({**COMPLETE, "uses_app_config": kind, name: value}) == EVERYONE


@pytest.mark.parametrize("name", STRICTER)
def test_what_is_stricter_is_so_for_a_reason(name: str, executors: Executors) -> None:
    """Each session that is listed as stricter is one that the schema accepts."""
    stricter = STRICTER[name]
    assert stricter.reason
    assert SCHEMA.is_valid(stricter.example)
    assert {who for who, takes in executors.verdicts(stricter.example) if not takes} == stricter.who


@pytest.mark.parametrize("name", LAXER)
def test_what_is_laxer_is_so_for_a_reason(name: str, executors: Executors) -> None:
    """Each session that is listed as laxer is one that the schema refuses."""
    laxer = LAXER[name]
    assert laxer.reason
    assert not SCHEMA.is_valid(laxer.example)
    assert {who for who, takes in executors.verdicts(laxer.example) if takes} == laxer.who


@pytest.mark.parametrize("name", WARNED)
def test_what_has_no_effect_is_accepted_with_a_warning(name: str, executors: Executors) -> None:
    """Each session that is listed with a warning is accepted by all executors."""
    warned = WARNED[name]
    assert warned.reason
    assert executors.check(warned.example) == EVERYONE
    with pytest.warns(warned.category):
        CreateSession(**warned.example)
