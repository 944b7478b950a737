"""The pace that actors share, without Ray: a turn is waited for, and then used."""

from __future__ import annotations

import asyncio
from typing import Any

from anyscale_sessions.fleet.ray import RayPace


class Method:
    """A method of an actor, as Ray has it."""

    def __init__(self, calls: list[str], name: str) -> None:
        self._calls, self._name = calls, name

    def remote(self) -> asyncio.Future[None]:
        """Call it."""
        self._calls.append(self._name)
        ended = asyncio.get_running_loop().create_future()
        ended.set_result(None)
        return ended


class Limiter:
    """The actor."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.acquire, self.use = Method(self.calls, "acquire"), Method(self.calls, "use")


def test_a_turn_is_used_once_it_has_come() -> None:
    """`acquire` waits for a turn of the shared limiter before it uses the turn."""
    pace: Any = RayPace.__new__(RayPace)
    pace._limiter = limiter = Limiter()
    asyncio.run(pace.acquire())
    assert limiter.calls == ["acquire", "use"]
