"""Texts with their escapes undone, and where each character stood before."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions._utils.escapes import Reading, readings

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def texts_of(text: str, *, is_cut: bool = False) -> list[str]:
    """The texts of all readings, the plain one first."""
    return [reading.text for reading in readings(text, is_cut=is_cut)]


@pytest.mark.parametrize(
    "write",
    [
        str,
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        lambda text: json.dumps(json.dumps(json.dumps(text)[1:-1])[1:-1])[1:-1],
        lambda text: repr(text)[1:-1],
        escape,
        quote,
        lambda text: quote(text, ""),
        quote_plus,
    ],
)
@given(TEXT)
def test_one_reading_is_the_original(write: Callable[[str], str], text: str) -> None:
    """One of the readings of an escaped text is the text."""
    assert text in texts_of(write(text))


@given(TEXT, TEXT, st.sampled_from([json.dumps, quote, quote_plus, escape]))
def test_starts_point_into_the_escaped_text(before: str, text: str, write: Callable[[str], str]) -> None:
    """The starts of a reading cut exactly the escaped form of a part out of the escaped text."""
    first, second = (write(part).strip('"') if write is json.dumps else write(part) for part in (before, text))
    for reading in readings(first + second, is_cut=False):
        if reading.text == before + text:
            assert reading.starts[len(before)] == len(first)
            assert reading.starts[len(before + text)] == len(first + second)


@pytest.mark.parametrize(
    ("escaped", "read"),
    [
        ("\\x41\\U0001f389\\ud83c\\udf89\\n\\'\\/", "A🎉🎉\n'/"),
        ("&#65;&#x41;&apos;&quot;&lt;&gt;&amp;", "AA'\"<>&"),
        ("&#9999999;&#xffffff;", "\ufffd\ufffd"),
        ("%C3%A9%41", "éA"),
        ("%ffA", "\udcffA"),
        ("a+b%20", "a b "),
        ("\\q&unknown;%zz", "q&unknown;%zz"),
    ],
)
def test_escapes(escaped: str, read: str) -> None:
    """Each form of an escape is read, a code point that does not exist is replaced, and anything else is kept."""
    assert read in texts_of(escaped)


@pytest.mark.parametrize(
    "part", ["\\", "\\u", "\\u00e", "\\ud83c", "\\ud83c\\udf8", "\\x4", "&", "&am", "&#x4", "%", "%C"]
)
def test_an_incomplete_escape_at_a_cut_is_left_out(part: str) -> None:
    """An escape that a cut has divided is left out of the readings, except of the plain one."""
    assert texts_of(f"text{part}", is_cut=True) == [f"text{part}", "text"]
    assert texts_of(f"\\n%41{part}", is_cut=True)[1:] == ["\\n%41", "\n%41", "\\nA"]


def test_an_incomplete_character_at_the_end_is_left_out() -> None:
    """The bytes of an incomplete character at the end of a percent-encoded text are left out."""
    assert texts_of("caf%C3", is_cut=True) == ["caf%C3", "caf"]


def test_a_text_without_escapes_has_one_reading() -> None:
    """A text without a sign of an escape is read once."""
    assert list(readings("text", is_cut=True)) == [Reading("text", range(5))]
