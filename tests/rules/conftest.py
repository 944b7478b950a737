"""Sessions that try every field with everything nasty: what all executors of the rule are asked about."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import strategies as st

Fields = dict[str, Any]

REQUIRED = ("name", "project_id")
APP_PAIR = ("build_id", "compute_template_id")
CLUSTER_PAIR = ("cluster_config", "cloud_id")
MISSPELT = ("nmae", "Name", "usesAppConfig", "", "\ud800")

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BLANKS = "".join(chr(point) for point in range(0x11_0000) if chr(point).isspace())
NEARLY_BLANKS = "\u200b\u200c\u200d\u2060\ufeff\u180e\u00ad\u034f\u2800\u3164\x00\x08\x0e\x1b\x7f\x84\x86"
CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
LOOKALIKES = ["e\u0301", *"\u0430\uff21\u0391\u00e9\U0001d5ba\u0130\u2010\u2024\uff3f\U0001f389"]
SURROGATES = ["\ud800", "\udfff", "\ud83c\udf89", "a\udc80"]


def token_of(data: bytes) -> str:
    """The URL-safe base64 form of some bytes, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


VALID_TOKENS = st.binary(min_size=32, max_size=32).map(token_of)
TOKENS = st.one_of(
    VALID_TOKENS,
    st.binary(min_size=30, max_size=34).map(token_of),
    st.text(ALPHABET, min_size=42, max_size=44),
    st.builds(
        lambda token, last: token[:-1] + last, VALID_TOKENS, st.sampled_from([*ALPHABET, "=", "+", "/", "\n", "\uff21"])
    ),
    st.builds(
        "".join,
        st.tuples(st.sampled_from(["", " ", "\n", "="]), VALID_TOKENS, st.sampled_from(["=", "==", "\n", " ", "\x00"])),
    ),
    VALID_TOKENS.map(lambda token: token.replace("-", "+").replace("_", "/")),
)
IDS = st.one_of(
    st.from_regex(r"\A[A-Za-z0-9_.-]{1,6}\Z"),
    st.sampled_from([".", "..", "...", ".a", "a.", "-", "_", "a%2fb", "a\n", "\na", "../a"]),
    st.sampled_from("/\\ ?#;:@~+&=%").map("a{}b".format),
    st.integers(254, 258).map("a".__mul__),
    st.integers(254, 258).map(".".__mul__),
    st.sampled_from(LOOKALIKES).map("prj_{}".format),
)
TEXTS = st.one_of(
    st.just(""),
    st.sampled_from(["a", "nightly", "max_workers: 2\n", "{", "日本語", "null", "true", "0"]),
    st.text(BLANKS, max_size=3),
    st.text(BLANKS + NEARLY_BLANKS, max_size=3),
    st.builds("".join, st.tuples(st.sampled_from(["", "a"]), st.sampled_from(CONTROLS), st.sampled_from(["", "b"]))),
    st.sampled_from(LOOKALIKES),
    st.sampled_from(SURROGATES),
    st.sampled_from(["a", " ", "é", "🎉"]).map(lambda character: character * 5000),
    st.text(st.characters(codec=None), max_size=5),
)
NUMBERS = st.one_of(
    st.sampled_from(
        [-(10**400), -(2**63) - 1, -(2**63), -2, -1, 0, 1, 120, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**400]
    ),
    st.sampled_from(
        [-1.0, -0.0, 0.0, 120.0, 1.5, -1.5, -2.0, 1e18, 1e19, 1e300, 5e-324, float("inf"), float("-inf"), float("nan")]
    ),
    st.integers(),
)
ACCESSES = st.sampled_from(
    ["private", "public", "Public", "PRIVATE", " public", "public\n", "pub\u200blic", "\u0440ublic", "internal", ""]
)
OTHERS = st.sampled_from([None, True, False, [], {}, ["a"], {"a": 1}, [None], {"public": "public"}])

PRINTABLE = st.characters(codec="utf-8", exclude_categories=("Cc",))
RIGHT_TEXTS = st.text(PRINTABLE, min_size=1, max_size=5).filter(str.strip)
RIGHT: dict[str, st.SearchStrategy[Any]] = {
    "name": RIGHT_TEXTS,
    "project_id": st.from_regex(r"\A\.?[A-Za-z0-9_-][A-Za-z0-9_.-]{0,5}\Z"),
    "cloud_id": RIGHT_TEXTS,
    "cluster_config": st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
    "build_id": RIGHT_TEXTS,
    "compute_template_id": RIGHT_TEXTS,
    "idle_timeout": st.integers(-1, 2**63 - 1),
    "uses_app_config": st.booleans(),
    "allow_public_internet_traffic": st.booleans(),
    "user_service_access": st.sampled_from(["private", "public"]),
    "user_service_token": VALID_TOKENS,
    "ha_job_id": RIGHT_TEXTS,
}
# What is nastiest for a field comes first, then what is nasty anywhere.
NASTIEST: dict[str, st.SearchStrategy[Any]] = {
    "project_id": IDS,
    "idle_timeout": NUMBERS,
    "user_service_access": ACCESSES,
    "user_service_token": TOKENS,
}
NASTY = {
    name: st.one_of(NASTIEST.get(name, TEXTS), TEXTS, OTHERS, st.one_of(IDS, NUMBERS, ACCESSES, TOKENS))
    for name in RIGHT
}


@st.composite
def right_sessions(draw: st.DrawFn) -> Fields:
    """The fields of a session that everyone must take, in any order."""
    uses_app_config = draw(st.sampled_from([True, False, None]))
    pair = APP_PAIR if uses_app_config else CLUSTER_PAIR
    kind = {} if uses_app_config is None else {"uses_app_config": st.just(uses_app_config)}
    needed = {name: RIGHT[name] for name in (*REQUIRED, *pair)} | kind
    others = {name: value for name, value in RIGHT.items() if name not in (*needed, "uses_app_config")}
    return draw(st.fixed_dictionaries(needed, optional=others))


@st.composite
def nearly_right_sessions(draw: st.DrawFn) -> Fields:
    """The same with up to three fields taken away or made worse, and perhaps one that is no field."""
    fields = draw(right_sessions())
    for name in draw(st.lists(st.sampled_from(list(RIGHT)), max_size=3, unique=True)):
        fields.pop(name, None)
        if draw(st.booleans()):
            fields[name] = draw(NASTY[name])
    if draw(st.integers(0, 19)) == 0:
        fields[draw(st.sampled_from(MISSPELT))] = draw(TEXTS)
    return fields


ANYTHING = st.fixed_dictionaries({}, optional=NASTY)


@pytest.fixture(scope="session")
def some_fields() -> st.SearchStrategy[Fields]:
    """Fields that one may try to make a session of, most of them nearly right."""
    return st.one_of(
        right_sessions(), nearly_right_sessions(), nearly_right_sessions(), nearly_right_sessions(), ANYTHING
    )


@pytest.fixture(scope="session")
def one_nasty_field() -> st.SearchStrategy[tuple[str, Any]]:
    """A field and a value for it, right or nasty."""
    return st.sampled_from(list(RIGHT)).flatmap(
        lambda name: st.tuples(st.just(name), st.one_of(RIGHT[name], NASTY[name], NASTY[name]))
    )
