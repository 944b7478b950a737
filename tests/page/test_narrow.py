"""The page on a screen of 400 pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Sandbox, TransitionRule

from .conftest import SIZE, button, details, row, section, tab

WIDTH = 400


@pytest.fixture
def narrow(page: Page) -> Iterator[Page]:
    """The page on a narrow screen."""
    page.set_viewport_size({"width": WIDTH, "height": 800})
    yield page
    page.set_viewport_size(SIZE)


def test_list_and_details_take_turns(narrow: Page, client: SessionsClient, create: Callable[..., str]) -> None:
    """The details replace the list, and a button or Escape leads back. A session can be driven there."""
    session_id = create("a-session-with-quite-a-long-name-" + "x" * 60)
    row(narrow, "a-session").click()
    expect(details(narrow)).to_be_visible()
    expect(narrow.get_by_role("listbox", name="Sessions")).not_to_be_visible()
    button(narrow, "Start").click()
    button(narrow, "Advance by 1 min").click()
    tab(narrow, "Commands").click()
    narrow.get_by_label("Shell command").fill("echo done")
    button(narrow, "Run").click()
    expect(narrow.get_by_role("log", name="Standard output")).to_have_text("done")
    fits(narrow)
    narrow.locator("[data-back]").click()
    expect(narrow.get_by_role("listbox", name="Sessions")).to_be_focused()
    narrow.keyboard.press("Enter")
    expect(details(narrow)).to_be_focused()
    narrow.keyboard.press("Escape")
    expect(narrow.get_by_role("listbox", name="Sessions")).to_be_focused()
    assert client.get_session(session_id).state == "Running"


@pytest.mark.parametrize("name", ["Sessions", "Journal", "Faults and rules"])
def test_section_fits(narrow: Page, sandbox: Sandbox, create: Callable[..., str], name: str) -> None:
    """Each section fits into the width of the screen, also with a table that is wider."""
    create("train")
    sandbox.faults.add("status", operation="create_session", session="ses_" + "x" * 60)
    sandbox.transition_rules.add(TransitionRule("StartingUp", "StartupErrored", after_s=20.0, sessions="gpu-*"))
    section(narrow, name)
    expect(narrow.get_by_role("main")).to_be_visible()
    expect(narrow.get_by_role("button", name="Faults and rules")).to_contain_text("2")
    fits(narrow)


@pytest.mark.parametrize(
    ("place", "name"), [("Sessions", "New session"), ("Faults", "New fault"), ("Faults", "New rule")]
)
def test_dialog_fits(narrow: Page, place: str, name: str) -> None:
    """Each form fits into the width of the screen."""
    section(narrow, place)
    button(narrow, name).click()
    box = narrow.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= WIDTH
    fits(narrow)


def fits(page: Page) -> None:
    """The page cannot be scrolled sideways."""
    assert page.evaluate("document.scrollingElement.scrollWidth") <= WIDTH
