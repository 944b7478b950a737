"""What both clients share: options, copies, and the repr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import (
    InvalidRequestError,
    ServerError,
)
from anyscale_sessions._sansio.retry_budget import FULL_BUDGET

from ..conftest import Face, Scripted, Turned

Make = Callable[..., Face]


def test_copies_have_other_limits_and_share_the_rest(face: Make, scripted: Scripted, turned: Turned) -> None:
    """A copy by `with_options` has other limits and shares the connections and the retry budget."""
    client = face(scripted.url, clock=turned.clock(), max_attempts=2)
    copy = client.client.with_options(timeout=1.0, deadline=2.0, max_attempts=1)
    again = copy.with_options(deadline=3.0)
    assert type(copy) is type(client.client)
    limits = [
        (each._limits.timeout_s, each._limits.deadline_s, each._limits.max_attempts)
        for each in (client.client, copy, again)
    ]
    assert limits == [(30.0, 60.0, 2), (1.0, 2.0, 1), (1.0, 3.0, 1)]
    scripted.json({}, 500)
    with pytest.raises(ServerError):
        client.done(copy.get_session("ses_1"))
    for _ in range(2):
        scripted.json({}, 500)
    with pytest.raises(ServerError):
        client.get_session("ses_1")
    assert copy._connections is client.client._connections
    assert copy._retry_budget.left == client.client._retry_budget.left == FULL_BUDGET - 14


def test_closing_a_copy_closes_nothing(face: Make, scripted: Scripted) -> None:
    """Closing a copy leaves the connections of the first client open."""
    client = face(scripted.url)
    copy = client.client.with_options(timeout=1.0)
    for _ in range(2):
        scripted.json({"result": {"id": "ses_1"}})
        client.get_session("ses_1")
        client.done(copy.aclose() if hasattr(copy, "aclose") else copy.close())
    assert scripted.connections == 1


@pytest.mark.parametrize(
    "options", [{"timeout": 0}, {"deadline": float("inf")}, {"max_attempts": 0}, {"max_attempts": 1.5}]
)
def test_copies_refuse_wrong_limits(face: Make, options: dict[str, Any]) -> None:
    """A copy with wrong limits is refused by name."""
    with pytest.raises(InvalidRequestError, match=next(iter(options))):
        face("http://127.0.0.1:1").client.with_options(**options)


def test_repr_shows_no_token(face: Make) -> None:
    """The repr of a client shows its host, and neither its token nor its proxy."""
    client = face("https://a.example", "sss_secret", proxy="http://user:password@proxy.example:3128").client
    assert repr(client) == f"{type(client).__name__}(host='https://a.example/v0')"
