"""Focus, selection and scroll position, while the data changes below them."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Sandbox

from .conftest import button, row, rows, tab

SELECTED_TEXT = "getSelection().toString()"


def test_focus_survives_updates(page: Page, create: Callable[..., str]) -> None:
    """A field keeps its focus, its text and its caret while sessions appear."""
    create("first")
    field = page.get_by_label("Filter the sessions")
    field.fill("session")
    field.press("Home")
    create("session-2")
    expect(row(page, "session-2")).to_be_visible()
    expect(field).to_be_focused()
    field.press_sequentially("x")
    expect(field).to_have_value("xsession")


def test_selected_row_stays_selected(page: Page, create: Callable[..., str]) -> None:
    """The selected row stays selected while rows appear above it, and the list keeps the focus."""
    create("first")
    row(page, "first").click()
    page.get_by_role("listbox", name="Sessions").focus()
    for number in range(3):
        create(f"newer-{number}")
    expect(rows(page)).to_have_count(4)
    expect(row(page, "first")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("listbox", name="Sessions")).to_be_focused()


def test_selected_text_survives_updates(page: Page, client: SessionsClient, create: Callable[..., str]) -> None:
    """Text that is selected in the details stays selected while the session changes."""
    session_id = create("first")
    row(page, "first").click()
    page.get_by_text(session_id, exact=True).first.dblclick()
    selected = page.evaluate(SELECTED_TEXT)
    client.start_session(session_id)
    expect(row(page, "first")).to_contain_text("StartingUp")
    expect(page.get_by_role("table", name="States")).to_contain_text("StartingUp")
    assert selected
    assert page.evaluate(SELECTED_TEXT) == selected


def test_selected_output_survives_new_output(page: Page, client: SessionsClient, create: Callable[..., str]) -> None:
    """Output that is selected stays selected while output is added."""
    session_id = create("first")
    client.start_session(session_id)
    button(page, "Advance by 1 min").click()
    row(page, "Running").click()
    tab(page, "Commands").click()
    page.get_by_label("Shell command").fill("echo begin; for n in 1 2 3 4 5 6 7 8 9; do sleep 0.3; echo more $n; done")
    button(page, "Run").click()
    output = page.get_by_role("log", name="Standard output")
    expect(output).to_contain_text("begin")
    output.dblclick(position={"x": 20, "y": 18})
    assert page.evaluate(SELECTED_TEXT).strip() == "begin"
    expect(output).to_contain_text("more 4")
    assert page.evaluate(SELECTED_TEXT).strip() == "begin"


def test_only_visible_rows_are_in_the_document(page: Page, sandbox: Sandbox, create: Callable[..., str]) -> None:
    """Of many rows, only the visible ones are in the document, and the last one can be reached."""
    for number in range(60):
        create(f"session-{number:02}")
        sandbox.clock.advance(seconds=1)
    expect(page.get_by_text("60 sessions")).to_be_visible()
    expect(row(page, "session-59")).to_be_visible()
    assert rows(page).count() < 40
    page.get_by_role("listbox", name="Sessions").press("End")
    expect(row(page, "session-00")).to_be_visible()
    expect(row(page, "session-00")).to_have_attribute("aria-selected", "true")
    expect(row(page, "session-59")).to_have_count(0)
