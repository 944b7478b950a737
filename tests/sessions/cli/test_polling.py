"""Tests for `cli/polling.py`: reading again and again."""

from __future__ import annotations

from itertools import islice

import pytest

from anyscale_sessions import APIConnectionError, NotFoundError
from anyscale_sessions.cli import polling
from anyscale_sessions.cli.settings import Settings

from .conftest import raise_


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record sleeps instead of sleeping."""
    seconds: list[float] = []
    monkeypatch.setattr(polling.time, "sleep", seconds.append)
    return seconds


def test_each_result_is_yielded(slept: list[float]) -> None:
    """Each result is yielded, with the interval between two reads."""
    results = iter([1, 2, 3])
    assert list(islice(polling.polls(Settings(), lambda: next(results), 5.0), 3)) == [1, 2, 3]
    assert slept == [5.0, 5.0]


def test_transient_error_is_reported_once(slept: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    """After the first result, an error that can pass is reported once, and reading continues."""
    lost = APIConnectionError("connection lost")
    results = [1, lost, lost, 2, lost, 3]

    def read() -> object:
        result = results.pop(0)
        return raise_(result) if isinstance(result, Exception) else result

    assert list(islice(polling.polls(Settings(), read, 5.0), 3)) == [1, 2, 3]
    assert capsys.readouterr().err == "connection lost; trying again every 5 s\n" * 2
    assert len(slept) == 5


@pytest.mark.usefixtures("slept")
def test_other_errors_are_raised() -> None:
    """An error of the first read, and an error that does not pass, are raised."""
    with pytest.raises(APIConnectionError):
        next(polling.polls(Settings(), lambda: raise_(APIConnectionError("lost")), 5.0))
    results = [1, NotFoundError("404")]

    def read() -> object:
        result = results.pop(0)
        return raise_(result) if isinstance(result, Exception) else result

    with pytest.raises(NotFoundError):
        list(polling.polls(Settings(), read, 5.0))
