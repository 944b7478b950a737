"""Lost connections, other tokens, hidden tabs, resets and restores: reported on the page, and recovered from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, expect

from anyscale_sessions import CreateSession, SessionsClient
from anyscale_sessions_sandbox import Sandbox, serve

from .conftest import TOKEN, Watch, button, row, rows

OTHER_TOKEN = "another-token-of-the-tests"
HIDE = "Object.defineProperty(document, 'hidden', {{configurable: true, get: () => {hidden}}});"
NOTIFY = "document.dispatchEvent(new Event('visibilitychange'));"


def test_restarted_sandbox_is_reported_and_shown(open_page: Callable[[str], Page], watch: Watch) -> None:
    """The page reports that the sandbox does not answer, then that it was restarted, and shows its new sessions."""
    with other_sandbox() as first:
        add(first, "before")
        page = open_page(first.page_url or "")
        expect(row(page, "before")).to_be_visible()
        port = int(first.url.rpartition(":")[2])
    expect(page.get_by_text("Connection lost")).to_be_visible()
    expect(row(page, "before")).to_be_visible()
    with other_sandbox(port=port) as second:
        add(second, "after")
        expect(row(page, "after")).to_be_visible()
        expect(row(page, "before")).to_have_count(0)
        expect(page.get_by_text("The sandbox was restarted.")).to_be_visible()
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
    assert all("Failed to load resource" in text or "net::ERR" in text for text in watch.console)


def test_sandbox_with_another_token_asks_for_it(open_page: Callable[[str], Page]) -> None:
    """A sandbox that was restarted with another token asks for that token, and is shown once it is entered."""
    with other_sandbox() as first:
        page = open_page(first.page_url or "")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        port = int(first.url.rpartition(":")[2])
    with other_sandbox(port=port, token="a-third-token-of-the-tests") as second:
        add(second, "behind-a-token")
        expect(page.get_by_role("heading", name="refuses the token")).to_be_visible()
        page.get_by_label("Token").fill(second.token)
        button(page, "Open the sandbox").click()
        expect(row(page, "behind-a-token")).to_be_visible()
        assert second.token not in page.content()


def test_missing_token_is_asked_for(sandbox: Sandbox, open_page: Callable[[str], Page]) -> None:
    """Without a token, the page asks for it. A wrong one is refused, whatever its characters."""
    page = open_page(sandbox.url)
    expect(page.get_by_role("heading", name="The page needs the token of the sandbox")).to_be_visible()
    field = page.get_by_label("Token")
    for wrong in ("wrong-token-of-the-tests", "ключ\u2028"):
        field.fill(wrong)
        button(page, "Open the sandbox").click()
        expect(page.get_by_role("heading", name="refuses the token")).to_be_visible()
        expect(field).to_have_value("")
    field.fill(TOKEN)
    # Whoever copies the token from another tab hides this one meanwhile.
    page.evaluate(HIDE.format(hidden="true") + NOTIFY + HIDE.format(hidden="false") + NOTIFY)
    expect(field).to_have_value(TOKEN)
    button(page, "Open the sandbox").click()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_reset_is_reported_and_shown(page: Page, sandbox: Sandbox, create: Callable[..., str]) -> None:
    """A reset by the page deletes its sessions, and the page says so."""
    create("train")
    row(page, "train").click()
    button(page, "Reset…").click()
    button(page, "Reset the sandbox").click()
    expect(page.get_by_text("The sandbox was reset or restored.")).to_be_visible()
    expect(rows(page).and_(page.locator(".row"))).to_have_count(0)
    assert sandbox.journal.entries() == []


def test_restore_is_reported_and_shown(page: Page, sandbox: Sandbox, create: Callable[..., str]) -> None:
    """After a restore, the page shows the sessions and the time of the snapshot, and keeps the selection."""
    create("kept")
    snapshot: dict[str, Any] = json.loads(json.dumps(sandbox.snapshot()))
    create("lost")
    row(page, "kept").click()
    expect(row(page, "lost")).to_be_visible()
    sandbox.restore(snapshot)
    expect(row(page, "lost")).to_have_count(0)
    expect(row(page, "kept")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("The sandbox was reset or restored.")).to_be_visible()


def test_feed_is_closed_while_the_tab_is_hidden(
    page: Page, watch: Watch, sandbox: Sandbox, create: Callable[..., str]
) -> None:
    """A hidden tab closes the feed. Once it is shown again, it brings what has changed, and no other rows."""
    create("before")
    expect(row(page, "before")).to_be_visible()
    page.evaluate(HIDE.format(hidden="true") + NOTIFY)
    expect(page.get_by_text("Paused")).to_be_visible()
    create("meanwhile")
    with page.expect_request("**/_sandbox/feed?*") as request:
        page.evaluate(HIDE.format(hidden="false") + NOTIFY)
    assert "since=" in request.value.url
    expect(row(page, "meanwhile")).to_be_visible()
    expect(row(page, "before")).to_be_visible()
    assert all(url.startswith(sandbox.url) for url in watch.requests)


def test_failed_action_is_reported(page: Page, sandbox: Sandbox, create: Callable[..., str], watch: Watch) -> None:
    """An action that fails is reported with the reason, and the page works on."""
    create("train")
    sandbox.faults.add("status", operation="start_session", status=500, body="<b>broken</b>")
    row(page, "train").click()
    button(page, "Start").click()
    expect(page.locator(".notice.error")).to_contain_text("500")
    page.locator(".notice.error").get_by_role("button").click()
    expect(page.locator(".notice")).to_have_count(0)
    button(page, "Start").click()
    expect(row(page, "train")).to_contain_text("StartingUp")
    watch.console.clear()  # the failure, which the browser reports


@contextmanager
def other_sandbox(port: int = 0, token: str = OTHER_TOKEN) -> Iterator[Sandbox]:
    """A sandbox of the test's own."""
    with serve(port=port, token=token) as sandbox:
        yield sandbox


def add(sandbox: Sandbox, name: str) -> None:
    """Create a session."""
    with SessionsClient(sandbox.token, host=sandbox.url) as client:
        client.create_session(
            CreateSession(name=name, project_id="prj_1", cloud_id="cld_1", cluster_config="cluster_name: a")
        )
