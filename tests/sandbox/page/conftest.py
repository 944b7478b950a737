"""What the tests of this folder share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Any, NamedTuple

import httpx
import pytest

from anyscale_sessions_sandbox import ManualClock, SandboxApp, create_app
from anyscale_sessions_sandbox.journal.redaction import Redactor
from anyscale_sessions_sandbox.page import feed as feed_module
from anyscale_sessions_sandbox.page.feed import Feed
from anyscale_sessions_sandbox.page.masking import Mask

APP = {"project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}
START_MS = 1_767_225_600_000  # the start of a ManualClock


class Message(NamedTuple):
    """One message of the feed."""

    event: str
    data: Any


class Page:
    """A sandbox in this process, as its page sees it."""

    def __init__(self, app: SandboxApp) -> None:
        self.app = app
        self.mask = Mask(frozenset({"access_token", "user_service_token"}), Redactor((), (app.token,)))

    def call(self, method: str, path: str, body: Any = None, *, client: Any = ("127.0.0.1", 1), **headers: str) -> Any:
        """The response to a request, with the token unless headers are given."""
        headers = headers or {"authorization": f"Bearer {self.app.token}"}

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=client)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as http:
                return await http.request(method, path, json=body)

        return asyncio.run(send())

    def data(self, path: str, body: Any = None) -> Any:
        """What the page receives for a path below /_sandbox/page-data."""
        response = self.call("GET" if body is None else "POST", f"/_sandbox/page-data{path}", body)
        assert response.status_code == 200, response.text
        return response.json()

    def add(self, session_id: str = "ses_1", **fields: Any) -> None:
        """Add a session."""
        self.app.seed({"sessions": [{"id": session_id, "name": "a", **APP, **fields}]})

    def feed(self) -> Feed:
        """A feed of the sandbox."""
        return Feed(self.app.components, self.mask, {"runtime": "virtual"})


@pytest.fixture
def page() -> Iterator[Page]:
    """An empty sandbox whose clock stands still."""
    with create_app(clock=ManualClock(), validate_responses=True) as app:
        yield Page(app)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the feed send at once, and comments often."""
    monkeypatch.setattr(feed_module, "GROUP_S", 0.0)
    monkeypatch.setattr(feed_module, "KEEPALIVE_S", 0.01)


def parsed(content: bytes) -> Message:
    """A message of the feed; a comment has neither an event nor data."""
    if content == b": \n\n":
        return Message("", None)
    lines = content.decode().split("\n")
    assert lines[2:] == ["", ""]
    return Message(lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: ")))


async def next_message(messages: AsyncGenerator[bytes]) -> Message:
    """The next message that is not a comment."""
    async with asyncio.timeout(10):
        while not (message := parsed(await anext(messages))).event:
            pass
    return message


async def everything(messages: AsyncGenerator[bytes]) -> list[Message]:
    """The messages up to the one that says that everything was sent."""
    found = [await next_message(messages)]
    while found[-1].event != "ready":
        found.append(await next_message(messages))
    return found


def watch(feed: Feed, *actions: Callable[[], object]) -> list[Message]:
    """The messages after everything was sent: the next one after each action."""

    async def scenario() -> list[Message]:
        async with aclosing(feed.messages(None, None)) as messages:
            await everything(messages)
            found: list[Message] = []
            for action in actions:
                action()
                found.append(await next_message(messages))
            return found

    return asyncio.run(scenario())
