"""Every feature of OpenAPI in the matrix works, or is refused in one line."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

with pytest.MonkeyPatch.context() as patch:  # the folder is no package
    patch.syspath_prepend(Path(__file__).parent)
    import matrix
    import older
    import operations
    import page
    import schemas

    SECTIONS = page.sections()
    for name in ("matrix", "older", "operations", "page", "schemas"):
        sys.modules.pop(name)

FEATURES = [*schemas.ROWS, *operations.ROWS, *older.ROWS]
WORKING = [feature for feature in FEATURES if not feature.refused]
REFUSED = [feature for feature in FEATURES if feature.refused]


@pytest.fixture(scope="session")
def problems(repository_spec: dict[str, Any], new_project: Callable[[str], Any]) -> dict[str, str]:
    """What is wrong with each row that should work."""
    return matrix.run(new_project("features"), repository_spec, WORKING)


@pytest.mark.parametrize("feature", WORKING, ids=lambda feature: feature.name)
def test_a_feature_works(problems: dict[str, str], feature: Any) -> None:
    """The code of a row passes mypy, and both clients send and read what the row says."""
    assert not problems[feature.module], problems[feature.module]


@pytest.mark.parametrize("feature", REFUSED, ids=lambda feature: feature.name)
def test_a_feature_is_refused_in_one_line(repository_spec: dict[str, Any], feature: Any) -> None:
    """A fragment that is refused is refused in one line, with its place and a remedy."""
    (line,) = matrix.refusals(repository_spec, feature)
    assert "\n" not in line
    assert re.search(feature.refused, line), line


def test_each_row_has_a_name_of_its_own() -> None:
    """No two rows have the same name."""
    assert len({feature.module for feature in FEATURES}) == len(FEATURES)


def test_the_page_is_what_the_matrix_says() -> None:
    """The page docs/openapi-features.md has every row of the matrix as it is now."""
    assert page.PAGE.read_text(encoding="utf-8") == page.page(SECTIONS)
