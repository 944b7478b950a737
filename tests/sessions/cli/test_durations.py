"""Tests for `cli/durations.py`: durations with and without units."""

from __future__ import annotations

import math

import click
import pytest

from anyscale_sessions.cli.durations import MINUTE_S, Duration, IdleTimeout

INVALID = [
    "",
    "soon",
    "0",
    "-1",
    "0s",
    "5 m",
    "5M",
    "m",
    "1m1h",
    "1e3",
    "nan",
    "inf",
    "\u0665m",
    "5m ",
    "1h30",
    "36501d",
    "999999999d",
]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("0.5", 0.5), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("1d2h3m4.5s", 93_784.5)],
)
def test_duration_is_in_seconds(text: str, seconds: float) -> None:
    """A duration has units, or is a number of seconds."""
    assert Duration().convert(text, None, None) == seconds


def test_plain_number_has_the_unit_of_the_option() -> None:
    """A number without a unit is in the unit of the option, and other durations are not changed by it."""
    assert Duration(MINUTE_S).convert("2", None, None) == 120
    assert Duration(MINUTE_S).convert("2s", None, None) == 2
    assert Duration().convert(900.0, None, None) == 900.0


def test_plain_number_can_be_refused() -> None:
    """A number without a unit is refused where its unit could be mistaken."""
    assert Duration(None).convert("2h", None, None) == 7200
    with pytest.raises(click.BadParameter, match=r"'2' is not a duration above 0 .* Write one such as 90s"):
        Duration(None).convert("2", None, None)


@pytest.mark.parametrize("text", INVALID)
@pytest.mark.parametrize("unit_s", [1, MINUTE_S])
def test_invalid_duration_is_refused(text: str, unit_s: int) -> None:
    """A text that is not a duration above 0 is refused, with an example of one."""
    with pytest.raises(
        click.BadParameter, match=r"is not a duration above 0 and at most 36500d\. Write a number of (seconds|minutes)"
    ):
        Duration(unit_s).convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "minutes"), [("90", 90), ("90m", 90), ("2h", 120), ("60s", 1), ("never", -1), ("-1", -1), ("0", 0)]
)
def test_idle_timeout_is_in_minutes(text: str, minutes: int) -> None:
    """An idle timeout is a duration in whole minutes, 0, or never."""
    assert IdleTimeout().convert(text, None, None) == minutes


@pytest.mark.parametrize("text", ["90s", "0.5", "-2", "soon"])
def test_invalid_idle_timeout_is_refused(text: str) -> None:
    """An idle timeout that is not in whole minutes, or no duration, is refused."""
    with pytest.raises(click.BadParameter):
        IdleTimeout().convert(text, None, None)


def test_longest_duration_is_named_if_there_is_one() -> None:
    """The message names the longest duration only if there is one."""
    assert Duration(max_s=math.inf).convert("999999999d", None, None) == 999_999_999 * 86_400
    with pytest.raises(click.BadParameter, match=r"'soon' is not a duration above 0\. Write"):
        Duration(max_s=math.inf).convert("soon", None, None)
