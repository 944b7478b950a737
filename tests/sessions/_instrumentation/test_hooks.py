"""Hooks: the records that they receive. Nothing that they do changes a call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import InvalidRequestError
from anyscale_sessions._instrumentation.hooks import Hooks

from ..conftest import TOKEN, Face, Scripted, Turned

Make = Callable[..., Face]
GOOD = {"result": {"id": "ses_1"}}


def test_hook_that_raises_changes_nothing(
    face: Make, scripted: Scripted, turned: Turned, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception in a hook is ignored, and the first of each hook is logged without its text."""

    def bad(_record: object) -> None:
        raise ZeroDivisionError(TOKEN)

    client = face(scripted.url, clock=turned.clock(), on_request=bad, on_response=bad, on_retry=bad)
    for _ in range(2):
        scripted.raw(end="reset")
        scripted.json(GOOD)
        with caplog.at_level(logging.WARNING):
            assert client.get_session("ses_1").id == "ses_1"
    assert sorted(record.getMessage().split(";")[0] for record in caplog.records) == [
        f"the hook {name} raised ZeroDivisionError" for name in ("on_request", "on_response", "on_retry")
    ]
    assert TOKEN not in caplog.text


def test_hook_can_be_interrupted(face: Make, scripted: Scripted) -> None:
    """An interrupt inside a hook ends the call."""

    def interrupted(_record: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        face(scripted.url, on_request=interrupted).get_session("ses_1")
    assert scripted.asked == []


@pytest.mark.parametrize("name", ["on_request", "on_response", "on_retry"])
def test_hook_must_be_a_function(face: Make, name: str) -> None:
    """A hook that is not callable is refused by name."""
    with pytest.raises(InvalidRequestError, match=name):
        face("http://127.0.0.1:1", **{name: 5})


def test_hooks_without_functions_are_false() -> None:
    """Hooks without functions are false."""
    assert not Hooks()
    assert Hooks(on_retry=print)


def test_copies_share_the_hooks(face: Make, scripted: Scripted) -> None:
    """A copy by `with_options` calls the same hooks."""
    records: list[Any] = []
    client = face(scripted.url, on_response=records.append)
    scripted.json(GOOD)
    client.done(client.client.with_options(timeout=5.0).get_session("ses_1"))
    assert len(records) == 1
