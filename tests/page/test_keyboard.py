"""Everything by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Sandbox

from .conftest import button, details, row, rows, section, tab


def press_until(page: Page, key: str, name: str, limit: int = 60) -> None:
    """Press a key until the control with this name has the focus."""
    for _ in range(limit):
        if name in page.evaluate("[document.activeElement.ariaLabel, document.activeElement.innerText.trim()]"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{name} is not reached with {key}")


def test_session_is_created_and_run_without_a_mouse(page: Page, client: SessionsClient) -> None:
    """A session is created, started, given a command and terminated with keys only."""
    press_until(page, "Tab", "New session")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    for text in ("train", "prj_keys", "", "bld_1", "cpt_1"):
        if text:
            page.keyboard.press("Control+a")
            page.keyboard.type(text)
        if text != "cpt_1":
            page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(row(page, "train")).to_have_attribute("aria-selected", "true")
    press_until(page, "Shift+Tab", "Advance by 1 min")
    page.keyboard.press("Space")
    expect(row(page, "train")).to_contain_text("Running")
    page.keyboard.press("4")
    expect(tab(page, "Commands")).to_have_attribute("aria-selected", "true")
    tab(page, "Commands").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("echo typed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log", name="Standard output")).to_have_text("typed")
    press_until(page, "Shift+Tab", "Terminate")
    page.keyboard.press("Enter")
    expect(page.locator("tr[aria-current]")).to_contain_text("terminate")
    assert [session.name for session in client.list_sessions("prj_keys")] == ["train"]


def test_keys_move_through_the_list(page: Page, sandbox: Sandbox, create: Callable[..., str]) -> None:
    """The keys j and k select rows, Enter goes to the details, and Escape goes back to the list."""
    for name in ("one", "two", "three"):
        create(name)
        sandbox.clock.advance(seconds=1)
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("j")
    expect(row(page, "three")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("j")
    expect(row(page, "two")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("k")
    expect(row(page, "three")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(details(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox", name="Sessions")).to_be_focused()


@pytest.mark.parametrize(
    ("key", "name"),
    [("1", "Overview"), ("2", "Operations"), ("3", "Events"), ("4", "Commands"), ("5", "Journal")],
)
def test_number_shows_a_tab(page: Page, create: Callable[..., str], key: str, name: str) -> None:
    """A number from 1 to 5 shows the tab with that number."""
    create("one")
    row(page, "one").click()
    page.keyboard.press(key)
    expect(tab(page, name)).to_have_attribute("aria-selected", "true")


def test_slash_goes_to_the_filter(page: Page, create: Callable[..., str]) -> None:
    """The key / goes to the filter, and Escape leaves it. In the filter, the keys are text."""
    create("one")
    page.keyboard.press("/")
    field = page.get_by_label("Filter the sessions")
    expect(field).to_be_focused()
    page.keyboard.type("?jk1")
    expect(field).to_have_value("?jk1")
    expect(page.get_by_text("No session matches the filter.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox", name="Sessions")).to_be_focused()


def test_question_mark_shows_the_keys(page: Page) -> None:
    """The key ? shows what the keys do, and Escape closes that."""
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_focus_is_back_after_a_dialog(page: Page, sandbox: Sandbox) -> None:  # noqa: ARG001 - the page needs it empty
    """The focus is back on the button that opened a dialog once the dialog is closed."""
    button(page, "New session").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="New session")).to_be_visible()
    page.keyboard.press("Escape")
    expect(button(page, "New session")).to_be_focused()


def test_focus_stays_near_a_button_that_its_action_disables_or_removes(
    page: Page, sandbox: Sandbox, create: Callable[..., str]
) -> None:
    """A button that cannot be used any more gives the focus to the pane around it, and not to the document."""
    create("train")
    row(page, "train").click()
    button(page, "Start").press("Enter")
    expect(button(page, "Start")).to_be_disabled()
    expect(details(page)).to_be_focused()
    sandbox.faults.add("status")
    section(page, "Faults")
    button(page, "Remove the fault status").press("Enter")
    expect(page.get_by_text("There are no faults")).to_be_visible()
    expect(page.get_by_role("main")).to_be_focused()


def test_focus_returns_when_a_dialog_has_done_its_work(page: Page, create: Callable[..., str]) -> None:
    """The button that opened a dialog has the focus again after its form was submitted or cancelled."""
    create("train")
    section(page, "Faults")
    for name, close in (("New fault", "Cancel"), ("New rule", "Add the rule")):
        button(page, name).press("Enter")
        button(page, close).press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(button(page, name)).to_be_focused()
    section(page, "Sessions")
    row(page, "train").click()
    button(page, "Delete…").press("Enter")
    button(page, "Delete the session").press("Enter")
    expect(page.get_by_role("listbox", name="Sessions")).to_be_focused()
