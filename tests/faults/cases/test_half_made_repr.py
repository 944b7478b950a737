"""The repr of what is not complete: a traceback with locals shows also a client whose constructor failed."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

import anyscale_sessions
from anyscale_sessions import AsyncSessionsClient, SessionsClient, SessionsError
from anyscale_sessions_api.types import Model
from anyscale_sessions_sandbox import Sandbox

MODELS = [
    value
    for value in (getattr(anyscale_sessions, name) for name in anyscale_sessions.__all__)
    if isinstance(value, type) and issubclass(value, Model)
]


@pytest.mark.parametrize("kind", [SessionsClient, AsyncSessionsClient])
@pytest.mark.parametrize("options", [{"timeout": -1}, {"host": "x"}, {"ca_file": "/nonexistent"}, {"proxy": "x"}])
def test_a_traceback_shows_a_client_whose_constructor_failed(kind: type[Any], options: dict[str, Any]) -> None:
    """A traceback with locals of a failed constructor can be written, and shows the client."""
    with pytest.raises(SessionsError) as caught:
        kind("t" * 20, **options)
    report = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert f"self = {kind.__name__}(host=" in report
    assert "repr() failed" not in report


@pytest.mark.parametrize("kind", [SessionsClient, AsyncSessionsClient, Sandbox, *MODELS])
def test_an_empty_instance_has_a_repr(kind: type[Any]) -> None:
    """An instance whose constructor has not run has a repr that begins with the name of its class."""
    assert repr(kind.__new__(kind)).startswith(f"{kind.__name__}(")
