"""A browser and a sandbox that all tests of the page share, and a page for each test that is watched for faults."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    ViewportSize,
    expect,
)

from anyscale_sessions import CreateSession, SessionsClient
from anyscale_sessions_sandbox import Sandbox, serve
from chromium import MissingBrowserError, launched

AXE = os.environ.get("ANYSCALE_SESSIONS_AXE", "")
TOKEN = "token-of-the-page-tests"
TIMEOUT_MS = 10_000
SIZE: ViewportSize = {"width": 1280, "height": 800}

expect.set_options(timeout=TIMEOUT_MS)


class Watch(NamedTuple):
    """What a page did that no page may do: console errors, exceptions, and requests to another host."""

    console: list[str]
    requests: list[str]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with ExitStack() as stack:
        try:
            browser = stack.enter_context(launched())
        except MissingBrowserError as error:
            pytest.skip(str(error))
        yield browser


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core, which finds what assistive technology cannot use."""
    if not AXE:
        pytest.skip("ANYSCALE_SESSIONS_AXE does not name axe.min.js: use tox -e page")
    return Path(AXE).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """A sandbox whose commands run on this machine."""
    with serve(token=TOKEN, runtime="process") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """The shared sandbox, empty and without faults and rules."""
    shared_sandbox.reset()
    return shared_sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SessionsClient]:
    """A client of the sandbox."""
    with SessionsClient(sandbox.token, host=sandbox.url) as client:
        yield client


@pytest.fixture
def create(client: SessionsClient) -> Callable[..., str]:
    """Create a session, and return its id."""

    def create(name: str, **fields: Any) -> str:
        body = CreateSession(
            name=name, project_id="prj_1", uses_app_config=True, build_id="bld_1", compute_template_id="cpt_1", **fields
        )
        return client.create_session(body).id

    return create


@pytest.fixture(scope="session")
def context(browser: Browser) -> BrowserContext:
    """A profile of the browser. Each test has its own tabs, and the page keeps nothing beyond a tab."""
    context = browser.new_context(viewport=SIZE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(TIMEOUT_MS)
    return context


@pytest.fixture
def watch() -> Watch:
    """What the pages of the test did."""
    return Watch([], [])


@pytest.fixture
def open_page(context: BrowserContext, watch: Watch) -> Iterator[Callable[[str], Page]]:
    """Open an address in a new tab, and watch the tab."""
    with ExitStack() as stack:

        def open_page(url: str) -> Page:
            page = context.new_page()
            stack.callback(page.close)
            stack.enter_context(watched(page, watch))
            page.goto(url)
            return page

        yield open_page


@pytest.fixture(scope="session")
def shared_tab(context: BrowserContext) -> Page:
    """A tab that tests share, because a new one takes longer than most tests."""
    return context.new_page()


@pytest.fixture
def page(sandbox: Sandbox, shared_tab: Page, watch: Watch) -> Iterator[Page]:
    """The page of the sandbox, connected. The test fails if the page does what no page may do."""
    page = shared_tab
    page.goto("about:blank")  # the page's own address differs only after the #, which would not load it again
    with watched(page, watch):
        page.goto(sandbox.page_url or "")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        yield page
    assert watch.console == []
    assert {urlsplit(url).netloc for url in watch.requests} == {urlsplit(sandbox.url).netloc}
    assert TOKEN not in page.content()
    assert TOKEN not in page.url


@contextmanager
def watched(page: Page, watch: Watch) -> Iterator[None]:
    """Note what a page does."""

    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error":
            watch.console.append(message.text)

    def note_error(error: Error) -> None:
        watch.console.append(str(error))

    def note_request(request: Request) -> None:
        watch.requests.append(request.url)

    page.on("console", note_message)
    page.on("pageerror", note_error)
    page.on("request", note_request)
    yield
    page.remove_listener("console", note_message)
    page.remove_listener("pageerror", note_error)
    page.remove_listener("request", note_request)


def rows(page: Page) -> Locator:
    """The rows of the lists."""
    return page.get_by_role("listbox").get_by_role("option")


def row(page: Page, text: str) -> Locator:
    """The row of a list that contains this text."""
    return rows(page).filter(has_text=text)


def button(page: Page, name: str) -> Locator:
    """The button with this name."""
    return page.get_by_role("button", name=name, exact=True)


def tab(page: Page, name: str) -> Locator:
    """The tab whose name begins with this text."""
    return page.get_by_role("tab", name=name)


def details(page: Page) -> Locator:
    """The details of what is selected."""
    return page.locator("[data-details]")


def section(page: Page, name: str) -> None:
    """Show a section."""
    page.get_by_role("navigation").get_by_role("button", name=name).click()
