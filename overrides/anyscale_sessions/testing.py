"""A pytest plugin for services built on this package: a sandbox, clients wired to it, and its clock.

It is loaded wherever the package is installed, so that it imports nothing until a fixture is asked for. The fixtures
need the extra `[sandbox]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from anyscale_sessions_sandbox import ManualClock, Sandbox

    from .client import AsyncSessionsClient, SessionsClient


@pytest.fixture
def sandbox_clock() -> ManualClock:
    """A clock that stands still until its `advance` is called."""
    from anyscale_sessions_sandbox import ManualClock

    return ManualClock()


@pytest.fixture
def sandbox(sandbox_clock: ManualClock) -> Iterator[Sandbox]:
    """A sandbox of the test's own, empty, on a free port of this machine, living by `sandbox_clock`."""
    from anyscale_sessions_sandbox import serve

    with serve(clock=sandbox_clock) as running:
        yield running


@pytest.fixture
def sessions_client(sandbox: Sandbox) -> Iterator[SessionsClient]:
    """A client of `sandbox`."""
    from .client import SessionsClient

    with SessionsClient(sandbox.token, host=sandbox.url) as client:
        yield client


@pytest.fixture
def async_sessions_client(sandbox: Sandbox) -> AsyncSessionsClient:
    """An asynchronous client of `sandbox`; the test closes it, best with `async with`."""
    from .client import AsyncSessionsClient

    return AsyncSessionsClient(sandbox.token, host=sandbox.url)


def pytest_assertrepr_compare(op: str, left: Any, right: Any) -> list[str] | None:
    """Explain how two models differ without showing a secret, which pytest's own explanation would print."""
    import sys

    types = sys.modules.get("anyscale_sessions_api.types")
    if types is None or op != "==" or not isinstance(left, types.Model) or type(left) is not type(right):
        return None
    lines = [f"two instances of {type(left).__name__} differ"]
    for name, shown in ((field.name, field.repr) for field in left.__attrs_attrs__):
        values = getattr(left, name), getattr(right, name)
        if values[0] != values[1]:
            lines.append(f"{name}: {values[0]!r} != {values[1]!r}" if shown else f"{name}: differs (a secret)")
    return lines
