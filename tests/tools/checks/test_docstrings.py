"""tools/checks/docstrings.py: test docstrings that are not full sentences are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.docstrings import bad_docstrings

CASES = {
    "A create request is sent once.": None,
    "`name` is refused if blank.": None,
    "Two lines make one sentence\n    as well.": None,
    "": "is missing: state the behaviour in one sentence",
    "a create request is sent once.": "must start with a capital letter",
    "A create request is sent once": "must end with a period",
    "A create request.": "must be a full sentence of at least 4 words",
}


@pytest.mark.parametrize("docstring", CASES)
@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_docstring_must_be_a_full_sentence(tmp_path: Path, docstring: str, keyword: str) -> None:
    """A docstring that is missing, or is not a sentence, is a line with the place and what is wrong."""
    path = tmp_path / "tests" / "deep" / "test_a.py"
    path.parent.mkdir(parents=True)
    path.write_text(f'class TestA:\n    {keyword} test_b(self):\n        """{docstring}"""\n', "utf-8")
    problem = CASES[docstring]
    expected = [f"tests/deep/test_a.py:2: the docstring of test_b {problem}"] if problem else []
    assert list(bad_docstrings(tmp_path)) == expected


def test_other_functions_are_not_checked(tmp_path: Path) -> None:
    """Helpers in a test file, and functions in other files, may have any docstring."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("def helper(): ...\n", "utf-8")
    (tmp_path / "tests" / "conftest.py").write_text("def test_b(): ...\n", "utf-8")
    assert list(bad_docstrings(tmp_path)) == []
