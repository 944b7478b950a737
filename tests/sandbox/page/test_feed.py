"""The feed, without a browser and without a server."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from typing import Any

import pytest

from anyscale_sessions_sandbox import SystemClock, Timings, create_app
from anyscale_sessions_sandbox.errors import ServiceUnavailableError
from anyscale_sessions_sandbox.page import change_log
from anyscale_sessions_sandbox.page import feed as feed_module
from anyscale_sessions_sandbox.page.change_log import Position
from anyscale_sessions_sandbox.storage.store import SESSIONS

from .conftest import START_MS, Message, Page, everything, next_message, parsed, watch

pytestmark = pytest.mark.usefixtures("fast")


def opened(page: Page, boot: str | None, position: Position | None) -> Message:
    """The first message to a page."""

    async def scenario() -> Message:
        async with aclosing(page.feed().messages(boot, position)) as messages:
            return await next_message(messages)

    return asyncio.run(scenario())


def test_a_page_receives_everything_first(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first messages have the clock, the faults and the rules, then all sessions and entries in parts."""
    monkeypatch.setattr(feed_module, "CHUNK_ROWS", 2)
    for number in range(3):
        page.add(f"ses_{number}")
    page.app.faults.add("reset", session="ses_none")
    page.call("GET", "/v0/sessions/ses_1")
    feed = page.feed()

    async def scenario() -> list[Message]:
        async with aclosing(feed.messages(None, None)) as messages:
            return await everything(messages)

    start, *parts, ready = asyncio.run(scenario())
    assert start.event == "snapshot"
    assert start.data == {
        "reason": "first",
        "boot": feed.boot,
        "generation": 0,
        "revision": 0,
        "sessions_total": 3,
        "runtime": "virtual",
        "clock": {"now_ms": START_MS, "speed": 0.0, "next_due_ms": None},
        "faults": [page.app.faults.entries[0].to_dict()],
        "transition_rules": [],
    }
    rows = [[row["id"] for row in part.data.get("sessions", ())] for part in parts]
    assert rows == [["ses_2", "ses_1"], ["ses_0"], []]
    assert [row["number"] for row in parts[-1].data["journal"]] == [1]
    assert (ready.event, ready.data) == ("ready", {"revision": 0})


def test_a_change_is_sent_alone(page: Page) -> None:
    """After a change only the rows that changed are sent, with a new revision."""
    page.add()
    page.add("ses_2")
    feed = page.feed()

    async def scenario() -> list[Message]:
        async with aclosing(feed.messages(None, None)) as messages:
            await everything(messages)
            page.app.transition("ses_2", "StartingUp")
            return [await next_message(messages) for _ in range(2)]

    first, rows = asyncio.run(scenario())
    assert set(first.data) == {"revision", "clock"}
    assert [(row["id"], row["state"], row["rev"]) for row in rows.data["sessions"]] == [("ses_2", "StartingUp", 1)]
    assert (rows.data["removed"], rows.data["revision"]) == ([], 1)


def test_a_deleted_session_is_removed(page: Page) -> None:
    """A session that was deleted is named among the removed ones."""
    page.add()
    feed = page.feed()

    async def scenario() -> list[Message]:
        async with aclosing(feed.messages(None, None)) as messages:
            await everything(messages)
            with page.app.components.backend.transaction() as transaction:
                session = transaction.session("ses_1")
                transaction.archive(session)
                transaction.store.save(SESSIONS, session)
            return [await next_message(messages) for _ in range(2)]

    _, rows = asyncio.run(scenario())
    assert (rows.data["sessions"], rows.data["removed"]) == ([], ["ses_1"])


def test_faults_rules_and_the_clock_are_sent_when_they_change(page: Page) -> None:
    """A new fault, a new rule and an advanced clock each reach the page."""
    app = page.app
    fault, rule, time = watch(
        page.feed(),
        lambda: app.faults.add("reset"),
        lambda: app.seed({"transition_rules": [{"from_state": "Running"}]}),
        lambda: app.clock.advance(1),
    )
    assert [item["kind"] for item in fault.data["faults"]] == ["reset"]
    assert [item["from_state"] for item in rule.data["transition_rules"]] == ["Running"]
    assert time.data["clock"]["now_ms"] == START_MS + 1000


def test_a_request_reaches_the_page_with_its_outcome(page: Page) -> None:
    """A request that other threads make is sent as a row of the journal; a cleared journal is sent too."""

    def ask() -> None:
        thread = threading.Thread(target=page.call, args=("GET", "/v0/sessions/none"))
        thread.start()
        thread.join()

    asked, cleared = watch(page.feed(), ask, page.app.journal.clear)
    assert [(row["operation"], row["status"]) for row in asked.data["journal"]] == [("get_session", 404)]
    assert asked.data["journal"][0]["duration_ms"] > 0
    assert (cleared.data["journal_cleared"], cleared.data.get("journal")) == (True, None)


def test_an_entry_that_is_not_kept_is_left_out(page: Page) -> None:
    """An entry that the journal has dropped before its row was made is not sent."""
    feed = page.feed()
    (message,) = watch(feed, lambda: feed.log.note_entry(99))
    assert message.data["journal"] == []


@pytest.mark.parametrize("restored", [False, True])
def test_a_reset_sends_everything_again(page: Page, restored: bool) -> None:
    """After a reset or a restored snapshot an open page receives everything again, with the next generation."""
    snapshot = page.app.snapshot()
    (message,) = watch(page.feed(), lambda: page.app.restore(snapshot) if restored else page.app.reset())
    assert (message.event, message.data["reason"], message.data["generation"]) == ("snapshot", "reset", 1)


def test_a_page_of_another_run_starts_again(page: Page) -> None:
    """A page that was connected to an earlier run of the sandbox receives everything, with that reason."""
    message = opened(page, "another", Position(0, 0))
    assert (message.event, message.data["reason"]) == ("snapshot", "restarted")


def test_a_page_continues_where_it_was(page: Page) -> None:
    """A page that was away receives only what changed in the meantime."""
    feed = page.feed()
    position = feed.log.position
    page.add()

    async def scenario() -> list[Message]:
        async with aclosing(feed.messages(feed.boot, position)) as messages:
            return [await next_message(messages) for _ in range(2)]

    first, rows = asyncio.run(scenario())
    assert (first.event, first.data["revision"]) == ("changes", 1)
    assert [row["id"] for row in rows.data["sessions"]] == ["ses_1"]


@pytest.mark.parametrize(
    ("position", "reason"), [(Position(0, 0), "too_old"), (Position(9, 0), "reset"), (None, "first")]
)
def test_a_page_that_cannot_continue_receives_the_reason(
    page: Page, monkeypatch: pytest.MonkeyPatch, position: Position | None, reason: str
) -> None:
    """A page that was away for too long, that missed a reset, or that has no position receives everything."""
    monkeypatch.setattr(change_log, "MAX_KEYS", 1)
    feed = page.feed()
    page.add()
    page.add("ses_2")

    async def scenario() -> Message:
        async with aclosing(feed.messages(feed.boot, position)) as messages:
            return await next_message(messages)

    assert asyncio.run(scenario()).data["reason"] == reason


def test_changes_that_come_together_are_one_message(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes within a tenth of a second are sent as one message."""
    monkeypatch.setattr(feed_module, "GROUP_S", 0.05)
    feed = page.feed()

    async def scenario() -> list[Message]:
        async with aclosing(feed.messages(None, None)) as messages:
            await everything(messages)
            page.add()
            first = [await next_message(messages) for _ in range(2)]
            for state in ("StartingUp", "Running"):
                page.app.transition("ses_1", state)
                await asyncio.sleep(0)
            return [*first, *[await next_message(messages) for _ in range(2)]]

    *_, last = asyncio.run(scenario())
    assert [row["state"] for row in last.data["sessions"]] == ["Running"]


def test_an_idle_feed_sends_comments(page: Page) -> None:
    """While nothing changes, a comment is sent now and then, so that a lost connection is noticed."""

    async def scenario() -> Message:
        async with aclosing(page.feed().messages(None, None)) as messages:
            await everything(messages)
            return parsed(await anext(messages))

    assert asyncio.run(scenario()) == Message("", None)


@pytest.mark.parametrize("is_known", [True, False])
def test_what_is_due_happens_while_a_page_is_open(monkeypatch: pytest.MonkeyPatch, is_known: bool) -> None:
    """While a page is open, the sandbox does what is due at its time, without any request."""
    monkeypatch.setattr(feed_module, "KEEPALIVE_S", 15.0)
    clock: Any = SystemClock() if is_known else Wrapped(SystemClock())
    with create_app(clock=clock, timings=Timings(start_s=0.03)) as app:
        page = Page(app)
        page.add()
        feed = page.feed()

        async def scenario() -> str:
            async with aclosing(feed.messages(None, None)) as messages:
                await everything(messages)
                page.app.transition("ses_1", "StartingUp")
                while True:
                    message = await next_message(messages)
                    states = [row["state"] for row in message.data.get("sessions", ())]
                    if "Running" in states:
                        return "Running"

        assert asyncio.run(scenario()) == "Running"


class Wrapped:
    """A clock of a caller's own, whose speed is not known."""

    def __init__(self, clock: SystemClock) -> None:
        self.now = clock.now
        self.advance = clock.advance
        self.subscribe = clock.subscribe


def test_a_closed_feed_ends(page: Page) -> None:
    """When the sandbox stops, its feeds end, and a new one ends at once."""
    feed = page.feed()

    async def scenario() -> list[bytes]:
        messages = feed.messages(None, None)
        await everything(messages)
        feed.close()
        rest = [message async for message in messages]
        return rest + [message async for message in feed.messages(None, None)]

    assert [parsed(message) for message in asyncio.run(scenario())] == []


def test_a_change_after_the_loop_ended_is_ignored(page: Page) -> None:
    """A change that another thread makes while the server ends disturbs neither."""
    feed = page.feed()
    loop = asyncio.new_event_loop()
    messages = feed.messages(None, None)
    loop.run_until_complete(anext(messages))
    loop.close()
    page.add()
    assert feed.log.position.revision == 1


def test_the_number_of_pages_is_bounded(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """If too many pages are open, another one is refused; one that was closed does not count."""
    monkeypatch.setattr(feed_module, "MAX_WATCHERS", 1)
    feed = page.feed()
    feed.check_free()

    async def scenario() -> None:
        async with aclosing(feed.messages(None, None)) as messages:
            await anext(messages)
            with pytest.raises(ServiceUnavailableError, match="1 pages"):
                feed.check_free()

    asyncio.run(scenario())
    feed.check_free()
