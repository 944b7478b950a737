"""Reads something again and again, for commands that follow it until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from anyscale_sessions._sansio.retry import TRANSIENT_ERRORS

from .settings import Settings

T = TypeVar("T")


def polls(settings: Settings, read: Callable[[], T], interval_s: float) -> Iterator[T]:
    """Yield the result of each call of `read`, without end.

    After the first result, an error that can pass is reported once, and reading continues.
    """
    yield read()
    is_interrupted = False
    while True:
        time.sleep(interval_s)
        try:
            result = read()
        except TRANSIENT_ERRORS as error:
            if not is_interrupted:
                settings.output.note(f"{error}; trying again every {interval_s:g} s", {"type": type(error).__name__})
            is_interrupted = True
        else:
            is_interrupted = False
            yield result
