"""tools/codegen/docstrings.py: descriptions of the spec become docstrings."""

from __future__ import annotations

import pytest

from codegen.docstrings import docstring, paragraphs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (None, ""),
        ("One.", '"""One."""'),
        ('Ends in "quotes"', '"""Ends in "quotes" """'),
        ("One.\n\nTwo.", '"""One.\n\n    Two.\n    """'),
        ('Says """hi"""', '"""Says \\"\\"\\"hi\\"\\"\\" """'),
    ],
)
def test_a_docstring_has_its_quotes_and_indentation(text: str | None, expected: str) -> None:
    """A docstring is empty without a text, closes on its own line after several lines, and escapes quotes."""
    made = docstring(text, 4)
    assert made == expected
    if made:
        compile(f"def f():\n    {made}\n", "<test>", "exec")


def test_paragraphs_are_filled_and_lists_keep_their_lines() -> None:
    """A paragraph is filled to the width, words are not broken, and the items of a list stay on lines of their own."""
    word = "w" * 200
    text = f"{'a b ' * 60}\n\n- one\n- two\n\n{word}"
    lines = paragraphs(text, 8).splitlines()
    assert max(len(line) for line in lines if word not in line) <= 116
    assert lines[-5:] == ["", "        - one", "        - two", "", f"        {word}"]
