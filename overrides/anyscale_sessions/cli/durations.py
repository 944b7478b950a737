"""Durations on the command line: 90s, 5m, 1h30m, 2d, or a number in the unit of the option."""

from __future__ import annotations

import math
import re

import click

NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
DURATION = re.compile(rf"(?:({NUMBER})d)?(?:({NUMBER})h)?(?:({NUMBER})m)?(?:({NUMBER})s)?")
MINUTE_S = 60
DAY_S = 86400
UNITS_S = (DAY_S, 3600, MINUTE_S, 1)
MAX_S = 36500 * DAY_S  # longer ones overflow a sleep or a date
NEVER = -1


class Duration(click.ParamType[float]):
    """A duration above 0, as a number of seconds.

    Args:
        unit_s: the unit of a number without one, in seconds. If it is `None`, such a number is refused.
        max_s: the longest duration.
    """

    name = "duration"

    def __init__(self, unit_s: int | None = 1, max_s: float = MAX_S) -> None:
        self._unit_s = unit_s
        self._max_s = max_s

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        seconds = value if isinstance(value, float) else self._seconds(str(value))
        if seconds is None or not 0 < seconds <= self._max_s:
            number = {None: "", 1: "a number of seconds, or ", MINUTE_S: "a number of minutes, or "}[self._unit_s]
            remedy = f"Write {number}one such as 90s, 5m, 1h30m or 2d."
            limit = "" if self._max_s == math.inf else f" and at most {self._max_s / DAY_S:g}d"
            self.fail(f"{value!r} is not a duration above 0{limit}. {remedy}", param, ctx)
        return seconds

    def _seconds(self, text: str) -> float | None:
        if re.fullmatch(NUMBER, text):
            return None if self._unit_s is None else float(text) * self._unit_s
        found = DURATION.fullmatch(text)
        if found is None:
            return None
        return sum(float(number or 0) * unit for number, unit in zip(found.groups(), UNITS_S, strict=True))


class IdleTimeout(click.ParamType[int]):
    """An idle timeout as the API has it: whole minutes, or -1 for never."""

    name = "duration"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the minutes."""
        if value in {"never", str(NEVER), NEVER}:
            return NEVER
        if value in {"0", 0}:
            return 0
        minutes = Duration(MINUTE_S).convert(str(value), param, ctx) / MINUTE_S
        if not minutes.is_integer():
            self.fail(f"{value!r} is not a whole number of minutes.", param, ctx)
        return int(minutes)
