"""YAML from users. The tests of seed files are about it too."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions_sandbox.safe_yaml import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("a: [1, x]", {"a": [1, "x"]}), ("a: &a {b: 1}\nc: {<<: *a}", {"a": {"b": 1}, "c": {"b": 1}})],
)
def test_a_text_is_parsed(text: str, value: Any) -> None:
    """A YAML text becomes a value of plain types, with aliases and merged mappings replaced."""
    assert parse_yaml(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !secret x", "could not determine a constructor for the tag ... in line 1"),
        ("a: 1\nb: [secret", "in line 2"),
        ("a: &a [*a]", "an alias stands for a value that contains the alias"),
    ],
)
def test_an_invalid_text_is_refused_without_being_quoted(text: str, message: str) -> None:
    """An error names the line, and does not quote the text, which can contain secrets."""
    with pytest.raises(ValueError, match=message) as caught:
        parse_yaml(text)
    assert "secret" not in str(caught.value)
