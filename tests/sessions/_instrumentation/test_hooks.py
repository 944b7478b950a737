"""Hooks: the records that they receive, and what an exception in a hook does to a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import InvalidRequestError
from anyscale_sessions._instrumentation.hooks import Hooks

from ..conftest import Face, Scripted, Turned

Make = Callable[..., Face]
GOOD = {"result": {"id": "ses_1"}}


class SoftTimeLimitExceeded(Exception):
    """As Celery's: an `Exception` that a signal handler raises at any moment, also while a hook runs."""


@pytest.mark.parametrize("kind", [SoftTimeLimitExceeded, KeyboardInterrupt, ZeroDivisionError, OSError, TimeoutError])
@pytest.mark.parametrize(("name", "requests"), [("on_request", 0), ("on_response", 1), ("on_retry", 1)])
def test_exception_in_a_hook_reaches_the_caller(
    face: Make, scripted: Scripted, turned: Turned, name: str, requests: int, kind: type[BaseException]
) -> None:
    """An exception while a hook runs ends the call, is not translated or repeated, and leaves the client usable."""
    raised = [kind("from a hook")]

    def hook(_record: object) -> None:
        if raised:
            raise raised.pop()

    expected = raised[0]
    client = face(scripted.url, clock=turned.clock(), **{name: hook})
    scripted.raw(end="reset")
    scripted.json(GOOD)
    with pytest.raises(kind) as caught:
        client.get_session("ses_1")
    assert caught.value is expected
    assert caught.value.__cause__ is None
    assert len(scripted.asked) == requests
    assert client.get_session("ses_1").id == "ses_1"


def test_create_request_is_not_repeated_after_an_exception_in_a_hook(
    face: Make, scripted: Scripted, session_body: Any
) -> None:
    """An exception in `on_response` of a create request reaches the caller, and nothing else is sent."""

    def hook(_record: object) -> None:
        raise SoftTimeLimitExceeded

    scripted.json({"result": {"id": "ses_1", "name": "nightly", "project_id": "prj_1"}})
    with pytest.raises(SoftTimeLimitExceeded):
        face(scripted.url, on_response=hook).create_session(session_body)
    assert len(scripted.asked) == 1


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
