"""Strict reading of one JSON object."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions._validation.strict_json import InvalidJsonObject, read_object

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
)


@given(st.dictionaries(st.text(), values, max_size=5), st.booleans())
def test_any_object_is_read(content: dict[str, Any], ensure_ascii: bool) -> None:
    """Any JSON object is read from bytes, a bytearray or text."""
    text = json.dumps(content, ensure_ascii=ensure_ascii)
    data = text.encode()
    assert read_object(data) == read_object(bytearray(data)) == read_object(text) == content


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is not JSON (line 1, column 1)"),
        (b'{"a": 1,\n canary}', "it is not JSON (line 2, column 2)"),
        (b"{} canary", "it is not JSON (line 1, column 4)"),
        (b"\xef\xbb\xbf{}", "it is not JSON (line 1, column 1)"),
        (b'{"a": "canary\xff"}', "it is not UTF-8 (byte 13)"),
        ('{"a": 1}'.encode("utf-16"), "it is not UTF-8 (byte 0)"),
        (b"[]", "it is a list"),
        (b'"canary"', "it is a string"),
        (b"null", "it is null"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": [-Infinity]}', "-Infinity is not a JSON number"),
        (b'{"a": 1, "a": 1}', "duplicate key a"),
        (b'{"b": [{"a\\n": 1, "a\\n": 2}]}', "duplicate key a\\n"),
        (b'{"a": ' + b"1" * 5000 + b"}", "a number has too many digits"),
        (b'{"a":' * 100_000, "it is nested too deeply"),
        (b"[" * 100_000, "it is nested too deeply"),
        (None, "it is NoneType, not bytes"),
        (5, "it is int, not bytes"),
        ({}, "it is dict, not bytes"),
    ],
)
def test_anything_else_is_refused_without_being_quoted(data: Any, reason: str) -> None:
    """Anything but one strict object is refused with a reason that quotes nothing, and no error is chained to it."""
    with pytest.raises(InvalidJsonObject) as caught:
        read_object(data)
    assert str(caught.value) == reason
    assert caught.value.__context__ is None


@given(st.one_of(st.binary(), st.text().map(str.encode), st.from_regex(rb'\{"a":[ -~]{0,10}\}')))
def test_any_bytes_are_an_object_or_refused(data: bytes) -> None:
    """Any bytes are read as an object or refused with `InvalidJsonObject`; no other error is raised."""
    try:
        assert isinstance(read_object(data), dict)
    except InvalidJsonObject as error:
        assert error.__context__ is None  # noqa: PT017 - most bytes are refused, but not all
