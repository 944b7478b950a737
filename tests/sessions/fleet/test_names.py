"""The names of a fleet's sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from anyscale_sessions.fleet.names import (
    MAX_NAME_AND_KEY_CHARACTERS,
    SessionName,
    deadline_after,
    name_prefix,
    word_problems,
)

WORDS = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
SECONDS = st.integers(1, int(datetime(9999, 12, 31, tzinfo=UTC).timestamp()))
NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)


@given(WORDS, WORDS, SECONDS)
def test_a_name_that_was_written_is_read_back(fleet: str, key: str, seconds: int) -> None:
    """Every valid fleet, key and deadline can be read back from the name that they make."""
    name = SessionName(fleet, key, datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
    assert SessionName.parse(str(name)) == name


@given(WORDS, WORDS, WORDS, WORDS, SECONDS)
def test_two_items_never_share_a_name(fleet: str, key: str, fleet_2: str, key_2: str, seconds: int) -> None:
    """Names of another fleet or another key differ, and neither begins with the prefix of the other."""
    assume((fleet, key) != (fleet_2, key_2))
    deadline = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert not str(SessionName(fleet, key, deadline)).startswith(name_prefix(fleet_2, key_2))


@given(st.text(alphabet="abz019-A_ \n", max_size=40) | st.text(max_size=20))
def test_a_text_that_is_read_is_the_name_that_it_makes(text: str) -> None:
    """A text that can be read as a name is exactly the name that its parts make."""
    name = SessionName.parse(text)
    assert name is None or str(name) == text


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "nightly",
        "a--b",
        "a--b--c--d",
        "a--b--",
        "a--b--0",
        "a--b--01",
        "a--b--T1",
        "a--b--1_0",
        "a--b---1",
        "a--B--t1",
        "a--b--t1\n",
        "-a--b--t1",
        "a-----b--t1",
        "a--b--zzzzzzzz",
        "a--b--zzzzzzzzz",
        f"{'a' * 30}--{'b' * 31}--t1",
    ],
)
def test_what_is_no_name_is_not_read_as_one(text: object) -> None:
    """A name that has another form or alphabet, is too long or has a deadline out of range is not read."""
    assert SessionName.parse(text) is None


def test_the_deadline_is_written_in_base_36() -> None:
    """The last part of a name is the deadline in seconds since 1970, in base 36."""
    deadline = datetime(2026, 11, 30, 4, 0, 7, tzinfo=UTC)
    assert int(str(SessionName("a", "b", deadline)).split("--")[2], 36) == deadline.timestamp()


@pytest.mark.parametrize(
    ("lifetime", "seconds"), [(timedelta(seconds=2), 2), (timedelta(microseconds=1), 1), (timedelta(seconds=1.5), 2)]
)
def test_a_deadline_is_rounded_up_to_a_second(lifetime: timedelta, seconds: int) -> None:
    """The deadline in a name is never before the end of the lifetime."""
    assert deadline_after(NOW, lifetime) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("word", ["", "A", "a_b", "a--b", "-a", "a-", "a b", "a\n", "ä", "é", "a.b", None, 7, b"a"])
def test_a_word_outside_the_alphabet_is_a_problem(word: object) -> None:
    """A word with other characters than lowercase letters, digits and single hyphens between them is refused."""
    [problem] = word_problems({"key": word})
    assert problem.field == "key"


def test_name_and_key_have_a_common_limit() -> None:
    """A fleet's name and a key of 60 characters together are accepted, and one more is refused."""
    half = MAX_NAME_AND_KEY_CHARACTERS // 2
    assert not list(word_problems({"name": "a" * half, "key": "b" * half}))
    [problem] = word_problems({"name": "a" * half, "key": "b" * (half + 1)})
    assert problem.field == "name and key"
