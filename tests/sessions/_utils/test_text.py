"""The rules for ids, names and messages, at their edges."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions._utils.text import has_control, has_surrogate, is_path_id, shown_name, suggestion

ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


@given(
    st.one_of(
        st.text(), st.text(sorted(ALLOWED)), st.text("./\\%\n a", max_size=4), st.just("a" * 256), st.just("a" * 257)
    )
)
def test_a_path_id_is_one_plain_segment(text: str) -> None:
    """A path id is 1 to 256 characters of a fixed set and not only dots."""
    assert is_path_id(text) == (0 < len(text) <= 256 and set(text) <= ALLOWED and set(text) != {"."})


@pytest.mark.parametrize("text", ["." * 200_000, "." * 200_000 + "/", "a" * 200_000])
def test_a_long_id_is_refused_quickly(text: str) -> None:
    """A hostile id of any length is refused without a search."""
    assert not is_path_id(text)


@given(st.text(st.characters(codec=None)))
def test_control_characters_and_surrogates_are_those_of_unicode(text: str) -> None:
    """Control characters and surrogates are those that Unicode defines."""
    categories = {unicodedata.category(character) for character in text}
    assert has_control(text) == ("Cc" in categories)
    assert has_surrogate(text) == ("Cs" in categories)


def test_the_nearest_name_is_suggested() -> None:
    """The remedy for an unknown name is the nearest known one, or the sorted list of all."""
    assert suggestion("cuont", ["paging_token", "count"]) == "did you mean count?"
    assert suggestion("Count", ["paging_token", "count"]) == "did you mean count?"
    assert suggestion("xyz", ["paging_token", "count"]) == "use one of count, paging_token"
    assert suggestion("count" * 100_000, ["count"]) == "use one of count"


@given(st.text(st.characters(codec=None)))
def test_a_shown_name_fits_any_message(name: str) -> None:
    """Any name is shown on one line, printable and cut, and a plain one stays as it is."""
    shown = shown_name(name)
    assert shown.isprintable()
    assert len(shown.encode()) < 2500
    assert shown == name or len(name) > 200 or not name.isprintable()


def test_a_long_name_is_cut() -> None:
    """A long name is cut at its end."""
    assert shown_name("x" * 200) == "x" * 200
    assert shown_name("x" * 201) == "x" * 200 + "..."
