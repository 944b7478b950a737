"""Dates of responses: RFC 3339, what dateutil reads beside it, and anything else, which is refused without a quote."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dateutil.parser import isoparse
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions_api.models import SessionEvent, SessionListResponse
from anyscale_sessions_api.types import DecodeError


def read(text: str) -> datetime:
    """The moment that a response's text stands for, read from JSON and from a dict."""
    data = {"id": "e", "timestamp": text}
    moment = SessionEvent.from_json(json.dumps(data).encode()).timestamp
    assert SessionEvent.from_dict(data).timestamp == moment
    return moment


NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)
READ = {
    "2024-01-01T00:00:00Z": NEW_YEAR,
    "2024-01-01t00:00:00z": NEW_YEAR,
    "2024-01-01T01:30:00+01:30": NEW_YEAR,
    "2024-01-01T00:00:00.000001Z": NEW_YEAR + timedelta(microseconds=1),
    "2024-01-01T00:00:00": NEW_YEAR,
    "2024-01-01 00:00:00": NEW_YEAR,
    "2024-01-01T00:00": NEW_YEAR,
    "2024-01-01T00Z": NEW_YEAR,
    "2024-01-01": NEW_YEAR,
    "2024-01": NEW_YEAR,
    "2024": NEW_YEAR,
    "20240101T000000Z": NEW_YEAR,
    "2024-W01-1": NEW_YEAR,
    "2024W011T00": NEW_YEAR,
    "2024-001": NEW_YEAR,
    "2024-01-01T24:00:00Z": NEW_YEAR + timedelta(days=1),
    "2024-01-01T24:00:00": NEW_YEAR + timedelta(days=1),
    "2024-01-01T10:11:12,5+0200": datetime(2024, 1, 1, 8, 11, 12, 500_000, tzinfo=UTC),
}
REFUSED = [
    "",
    " ",
    "secret",
    "2024-13-01T00:00:00Z",
    "2024-02-30T00:00:00Z",
    "2024-01-01T25:00:00Z",
    "2024-01-01T24:00:01Z",
    "2024-01-01T00:00:00Z secret",
    "1700000000secret",
    "0001-01-01T00:00+14:00",
    "9999-12-31T24:00:00Z",
    "now",
    "2024-01-01T00:00:00Zß",
    "\u0660",
]


@pytest.mark.parametrize("text", READ)
def test_date_is_read(text: str) -> None:
    """What RFC 3339 or dateutil reads is read, as an aware moment; without an offset it counts as UTC."""
    moment = read(text)
    assert moment == READ[text]
    assert moment.tzinfo is not None


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_date_is_refused(text: str) -> None:
    """Anything else is refused with its place and without being quoted."""
    with pytest.raises(DecodeError) as caught:
        read(text)
    assert caught.value.path == "$.timestamp"
    assert "secret" not in repr(caught.value) + str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


PARTS = "".join
ISO = st.builds(
    lambda *parts: PARTS(parts),
    st.sampled_from(["2024-02-29", "20240229", "2024-W09-4", "2024W094", "2024-060", "2024-02", "2024", "0001-01-01"]),
    st.sampled_from(["", "T", " "]),
    st.sampled_from(
        ["", "00", "24", "23:59", "2359", "24:00", "235960", "23:59:59", "24:00:00", "24:00:00.0", "12:00:00,5"]
    ),
    st.sampled_from(["", "Z", "z", "+01:00", "-0130", "+01", "-00:00", "+23:59", "+00:00:30"]),
)


@given(text=ISO)
def test_what_dateutil_reads_we_read(text: str) -> None:
    """Whatever dateutil reads, and a year can hold in UTC, gives the same moment."""
    try:
        moment = isoparse(text)
        expected = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return
    assert read(text) == expected


@given(text=st.text(st.characters(codec="utf-8"), max_size=30) | ISO)
def test_any_text_is_a_date_or_refused(text: str) -> None:
    """Any text is read as an aware moment, or refused with `DecodeError`; nothing else is raised."""
    try:
        moment = read(text)
    except DecodeError:
        return
    assert moment.tzinfo is not None


@pytest.mark.parametrize("value", [5, 5.5, True, [], {}])
def test_what_is_no_text_is_no_date(value: Any) -> None:
    """A number is no date, whatever it may mean elsewhere."""
    with pytest.raises(DecodeError, match=r"Expected `datetime | null`, got .* \(at \$\.timestamp\)"):
        SessionEvent.from_dict({"id": "e", "timestamp": value})


def test_dates_are_read_wherever_they_stand() -> None:
    """A date that needs the slower way is read in lists and nested models, among dates that do not."""
    session = {"id": "ses_1", "created_at": "2024-01-01", "archived_at": "2024-01-01T00:00:00Z"}
    page = SessionListResponse.from_dict({"results": [session, session | {"created_at": None}], "metadata": None})
    assert [(each.created_at, each.archived_at) for each in page.results] == [(NEW_YEAR, NEW_YEAR), (None, NEW_YEAR)]


def test_texts_that_look_like_dates_stay_texts() -> None:
    """Reading a date the slower way leaves the other fields, and free-form data, as they are."""
    session = {
        "id": "2024-01-01",
        "name": "2024-01-01",
        "created_at": "2024-01-01",
        "activity_details": {"at": "2024-01-01"},
    }
    read = SessionListResponse.from_dict({"results": [session | {"later": "2024-01-01"}]}).results[0]
    assert (read.id, read.name, read.activity_details) == ("2024-01-01", "2024-01-01", {"at": "2024-01-01"})
