"""Durations on the command line: 90s, 5m, 1h30m, 2d, or a number in the unit of the option."""

from __future__ import annotations

import math
import re

import click

NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
DURATION = re.compile(rf"(?:({NUMBER})d)?(?:({NUMBER})h)?(?:({NUMBER})m)?(?:({NUMBER})s)?")
UNITS_S = (86400, 3600, 60, 1)
MINUTE_S = 60
NEVER = -1


class Duration(click.ParamType[float]):
    """A duration above 0, as a number of seconds. A number without a unit is in `unit_s`."""

    name = "duration"

    def __init__(self, unit_s: int = 1) -> None:
        self._unit_s = unit_s

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        seconds = value if isinstance(value, float) else self._seconds(value)
        if seconds is None or not 0 < seconds < math.inf:
            unit = "seconds" if self._unit_s == 1 else "minutes"
            self.fail(
                f"{value!r} is not a duration above 0. Write a number of {unit}, or such as 90s, 5m, 1h30m or 2d.",
                param,
                ctx,
            )
        return seconds

    def _seconds(self, text: str | int) -> float | None:
        if isinstance(text, int) or re.fullmatch(NUMBER, text):
            return float(text) * self._unit_s
        found = DURATION.fullmatch(text)
        return (
            sum(float(number or 0) * unit for number, unit in zip(found.groups(), UNITS_S, strict=True))
            if found
            else None
        )


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
