"""What tests of the transports share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from anyscale_sessions import (
    AsyncSessionsClient,
    SessionsClient,
    SessionsError,
)

from ..conftest import TOKEN, Face, Scripted

Make = Callable[..., Face]
MAX_RESPONSE_BYTES = 16 * 1024 * 1024
GOOD = {"result": {"id": "ses_1", "name": "nightly"}}
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"

every_transport = pytest.mark.parametrize(
    "face",
    [(SessionsClient, "httpcore"), (AsyncSessionsClient, "httpcore"), (AsyncSessionsClient, "aiohttp")],
    indirect=True,
    ids=["sync", "async", "aiohttp"],
)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and all errors behind it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def fails(face: Face, expected: type[SessionsError], operation: str = "get_session", argument: Any = "ses_1") -> Any:
    """The error of an operation: of this very type, with no secret in it or behind it."""
    with pytest.raises(SessionsError) as raised:
        getattr(face, operation)(argument)
    for error in chain(raised.value):
        assert isinstance(error, SessionsError) or (isinstance(error, OSError) and error.__traceback__ is None)
        assert TOKEN not in f"{error!s} {error!r} {vars(error)}"
    assert type(raised.value) is expected
    return raised.value


def own_client(face: Make, **options: Any) -> tuple[type[Any], Any]:
    """An httpx client of the kind that a face's client takes."""
    kind = httpx.AsyncClient if isinstance(face("http://127.0.0.1:1").client, AsyncSessionsClient) else httpx.Client
    return kind, kind(**options)


@pytest.fixture
def once(face: Make, scripted: Scripted) -> Face:
    """A client of the scripted server that tries once."""
    return face(scripted.url, max_attempts=1)
