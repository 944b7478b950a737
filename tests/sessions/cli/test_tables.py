"""Tests for `cli/tables.py`: tables and fields that fit the width of a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from anyscale_sessions.cli.tables import Table, field_lines
from anyscale_sessions.cli.terminal import MIN_WIDTH

from .terminals import plain

ROW = {"id": "ses_3nZoVf8RiYpM", "name": "nightly", "state": "Running", "created_at": "2026-01-02T03:04:05Z"}


def lines_of(rows: list[dict[str, object]], width: int | None) -> list[str]:
    """Return the lines of a table."""
    table = Table(list(ROW), width)
    for row in rows:
        table.fit(row)
    lines = [*table.header(), *(line for row in rows for line in table.lines(row))]
    return [plain(line) for line in lines]


def test_table_is_aligned() -> None:
    """The columns of a table are as wide as their widest text."""
    header, row = lines_of([ROW], None)
    assert header.split() == list(ROW)
    assert header.index("name") == row.index("nightly")
    assert header.index("created_at") == row.index("2026")
    assert lines_of([ROW], 80) == [header, row]


def test_narrow_table_is_a_list_of_fields() -> None:
    """A table that is wider than the terminal is written as a line for each field, with no text cut off."""
    assert lines_of([ROW], 40) == [
        "id          ses_3nZoVf8RiYpM",
        "name        nightly",
        "state       Running",
        "created_at  2026-01-02T03:04:05Z",
        "",
    ]


def test_value_that_is_too_wide_continues_below_itself() -> None:
    """A value that is wider than its column continues in the next line."""
    assert list(field_lines({"url": "https://example.com/abcdefgh", "n": 1}, 20)) == [
        "url  https://example",
        "     .com/abcdefgh",
        "n    1",
    ]


def test_long_name_has_a_line_of_its_own() -> None:
    """A name that leaves no space for the value has a line of its own."""
    assert list(field_lines({"user_service_url": "https://a.example"}, 20)) == [
        "user_service_url",
        "  https://a.example",
    ]


@given(st.dictionaries(st.sampled_from(list(ROW)), st.text()), st.integers(MIN_WIDTH, 100))
def test_every_line_fits(row: dict[str, object], width: int) -> None:
    """No line of a table is wider than the terminal, whatever its texts."""
    assert all(cell_len(line) <= width for line in lines_of([row], width))


@pytest.mark.parametrize("width", [None, 40])
def test_object_without_fields_is_nothing(width: int | None) -> None:
    """An object without fields has no lines."""
    assert list(field_lines({}, width)) == []
