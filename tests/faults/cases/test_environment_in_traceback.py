"""The environment of the process in the variables of functions, once a client could not be made."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

import pytest

from anyscale_sessions import AsyncSessionsClient, SessionsClient, SessionsError

CANARY = "CANARY-of-another-program"
SETTINGS: dict[str, dict[str, str]] = {
    "no token": {},
    "unusable token": {"ANYSCALE_CLI_TOKEN": "a b"},
    "unusable host": {"ANYSCALE_CLI_TOKEN": "a", "ANYSCALE_HOST": "nowhere"},
}


@pytest.mark.parametrize("kind", [SessionsClient, AsyncSessionsClient])
@pytest.mark.parametrize("name", SETTINGS)
def test_no_function_holds_the_environment(monkeypatch: pytest.MonkeyPatch, kind: type[Any], name: str) -> None:
    """Where no client can be made from the environment, no function of ours holds the variables of other programs."""
    for variable in ("ANYSCALE_CLI_TOKEN", "ANYSCALE_HOST"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in {"AWS_SECRET_ACCESS_KEY": CANARY, "HOME": "/nonexistent", **SETTINGS[name]}.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SessionsError) as caught:
        kind()
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    held = [value for frame in frames for value in frame.f_locals.values()]
    assert not any(CANARY in repr(value) for value in held)
    assert not any("AWS_SECRET_ACCESS_KEY" in value for value in held if isinstance(value, Mapping))
