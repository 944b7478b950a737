"""Where secrets occur in other texts."""

from __future__ import annotations

import copy
import json
import pickle
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions._utils.secret_texts import FEW_LINES, MAX_TRIES, SecretTexts

SECRET = "canary-4fd1"


def shown(secrets: list[str], text: str, *, is_cut: bool = False) -> str:
    """A text with a dot in the place of each span."""
    (spans,) = SecretTexts(secrets).spans([text], are_cut=[is_cut])
    for start, end in reversed(spans):
        text = text[:start] + "·" + text[end:]
    return text


def test_the_repr_shows_no_text() -> None:
    """The repr of secret texts shows how many they are, and none of them."""
    assert repr(SecretTexts.of([SECRET], ("b",))) == "<2 secret texts>"


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_secret_texts_are_compared_by_value(duplicate: object) -> None:
    """Secret texts are equal to their copies and pickles, and can be read again."""
    secrets = SecretTexts([SECRET])
    assert callable(duplicate)
    assert duplicate(secrets) == secrets
    assert hash(duplicate(secrets)) == hash(secrets)
    assert secrets != SecretTexts() != [SECRET]
    assert list(secrets) == [SECRET]


def test_several_texts_are_searched_at_once() -> None:
    """Each text has the spans of its own."""
    spans = SecretTexts([SECRET]).spans([SECRET, "none", f"a {SECRET}"], are_cut=[False] * 3)
    assert spans == [[(0, 11)], [], [(2, 13)]]


def test_overlapping_spans_are_joined() -> None:
    """Secrets that overlap in a text are one span, and secrets that follow each other are two."""
    assert shown(["abcdefgh", "fghijklm"], "x abcdefghijklm y") == "x · y"
    assert shown(["abcdef", "ghijkl"], "abcdefghijkl") == "··"


@pytest.mark.parametrize("lines", [10, FEW_LINES + 10])
def test_lines_are_found_among_many(lines: int) -> None:
    """A line is found among few and among many lines that begin and end alike, and one that differs is not."""
    config = "\n".join(f"  secret line {number:05} with the same end  " for number in range(lines))
    text = "secret line 00007 with the same end, secret line 99999 with the same end, secret"
    assert shown([config, "longer"], text) == "·, secret line 99999 with the same end, secret"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\U00010fff"), min_size=6), st.data())
def test_the_beginning_of_a_secret_at_a_cut_is_found(secret: str, data: st.DataObject) -> None:
    """No beginning of a secret is left at the end of a text that was cut off, however it is escaped."""
    for written in (secret, json.dumps(secret)[1:-1], quote(secret, "")):
        cut = data.draw(st.integers(1, len(written)))
        text = shown([secret], "\U00010fff" + written[:cut], is_cut=True)
        # Of an escape that the cut has divided, a part of the first character may be left.
        assert text.removeprefix("\U00010fff")[:1] in ("·", "\\", "%")


@pytest.mark.parametrize("cut", range(1, 30))
def test_the_beginning_of_a_line_at_a_cut_is_found(cut: int) -> None:
    """The beginning of a line of a secret at the end of a text that was cut off is found, at any length."""
    line = "token: abcdefghijklmnopqrstuvwxyz"
    text = "\n.. token: other, " + line[:cut]
    assert shown([f"first: 1\n   {line}\nlast: 1"], text, is_cut=True) == "\n.. token: other, ·"
    assert shown([f"first: 1\n   {line}\nlast: 1"], text, is_cut=False) == text


def test_many_places_that_may_begin_a_secret_are_not_all_tried() -> None:
    """After many places that begin like a line but are none, the rest of a text that was cut off counts as secret."""
    text = "token: x " * (2 * MAX_TRIES)
    line = "token: y" + "z" * len(text) + text[-6:] + "end"
    tried = shown([f"a\n{line}\nb"], text, is_cut=True)
    assert tried == "token: x " * MAX_TRIES + "·"


def test_a_text_begins_again_after_a_false_start() -> None:
    """The beginning of a text is found after a place that begins like it."""
    assert shown(["token: secret\nx"], "token: none token: sec", is_cut=True) == "token: none ·"


def test_more_lines_than_few_can_all_be_found() -> None:
    """Each of many lines is found in a text that has them all, also in a second text."""
    lines = [f"number {number:05}: this line is longer than the longest piece {number:05}" for number in range(2000)]
    secrets = SecretTexts(["\n".join(lines)])
    for text in (" ".join(lines), lines[-1]):
        (spans,) = secrets.spans([text], are_cut=[False])
        assert len(spans) == text.count("number")


def test_the_middle_of_a_line_at_a_cut_is_no_beginning() -> None:
    """The end of a text that was cut off is kept if it is a part of a line, but not its beginning."""
    secret = "first: 1\ntoken: abcdefghijklmnopqrstuvwxyz\nlast: 1"
    assert shown([secret], "x ghijklmnopq", is_cut=True) == "x ghijklmnopq"
