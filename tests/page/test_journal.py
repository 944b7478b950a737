"""The section Journal: search, copies, near misses, and faults that are made of a request."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

from playwright.sync_api import Page, expect

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Sandbox

from .conftest import TOKEN, button, details, row, rows, section

CLIPBOARD = "navigator.clipboard.readText()"


def test_search_finds_text_of_a_body(page: Page, create: Callable[..., str]) -> None:
    """The search finds requests by text that only their bodies contain. It is kept in the address."""
    create("needle-in-a-body")
    create("other")
    section(page, "Journal")
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Search in the journal").fill("needle")
    expect(rows(page)).to_have_count(1)
    assert "search=needle" in page.url
    page.reload()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_label("Search in the journal")).to_have_value("needle")
    page.get_by_label("Search in the journal").fill("no such text")
    expect(page.get_by_text("No request contains this text.")).to_be_visible()


def test_new_requests_are_searched_too(page: Page, create: Callable[..., str]) -> None:
    """A request that is made while a search is shown appears if it contains the text."""
    section(page, "Journal")
    page.get_by_label("Search in the journal").fill("needle")
    create("needle")
    expect(rows(page)).to_have_count(1)


def test_request_is_copied_as_python(page: Page, sandbox: Sandbox, create: Callable[..., str]) -> None:
    """The copy as Python is a program that compiles and does not contain the token."""
    create("train")
    show_request(page, "create_session")
    text = copied(page, "Python")
    compile(text, "copied.py", "exec")
    assert "train" in text
    assert TOKEN not in text
    sandbox.journal.assert_called("create_session", times=1)


def test_request_is_copied_as_curl(page: Page, create: Callable[..., str]) -> None:
    """The copy as curl is a command line that a shell can read, without the token."""
    create("train's")
    show_request(page, "create_session")
    text = copied(page, "curl")
    assert text.startswith("curl ")
    assert "/v0/sessions/" in text
    assert TOKEN not in text
    subprocess.run(["bash", "-n", "-c", text], check=True)


def test_request_is_copied_as_har(page: Page, create: Callable[..., str]) -> None:
    """The copy as HAR is an archive with one entry."""
    create("train")
    show_request(page, "create_session")
    archive = json.loads(copied(page, "HAR"))
    assert [entry["response"]["status"] for entry in archive["log"]["entries"]] == [200]


def test_fault_is_made_of_a_request(page: Page, sandbox: Sandbox, client: SessionsClient) -> None:
    """A fault for requests like the shown one is added from its form, and selected."""
    list(client.list_sessions("prj_1"))
    show_request(page, "list_sessions")
    button(page, "Make a fault of this").click()
    expect(page.get_by_role("dialog").get_by_label("Operation")).to_have_value("list_sessions")
    button(page, "Add the fault").click()
    expect(page.locator("tr[aria-current]")).to_contain_text("operation: list_sessions")
    assert [entry.to_dict()["operation"] for entry in sandbox.faults.entries] == ["list_sessions"]


def test_reason_why_a_fault_did_not_hit_is_shown(page: Page, sandbox: Sandbox, create: Callable[..., str]) -> None:
    """The details of a request say why a fault did not hit it."""
    sandbox.faults.add("status", operation="start_session")
    create("train")
    show_request(page, "create_session")
    details(page).get_by_text("Why a fault did not hit it").click()
    expect(details(page).locator(".near")).to_contain_text("start_session")


def test_reason_why_an_assertion_does_not_match_is_shown(page: Page, create: Callable[..., str]) -> None:
    """For the conditions of an assertion, the requests that match and those that nearly match are shown."""
    create("train")
    section(page, "Journal")
    button(page, "Why no match?").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Operation").select_option("create_session")
    dialog.get_by_label("Conditions").fill("body__name = test")
    button(page, "Compare").click()
    expect(dialog).to_contain_text("0 requests matched")
    expect(dialog).to_contain_text('has body.name: "train"')


def test_journal_is_cleared(page: Page, sandbox: Sandbox, create: Callable[..., str]) -> None:
    """The journal is cleared once the question about it is answered."""
    create("train")
    show_request(page, "create_session")
    button(page, "Clear…").click()
    button(page, "Clear the journal").click()
    expect(page.get_by_text("There are no requests.")).to_be_visible()
    assert sandbox.journal.entries() == []


def show_request(page: Page, operation: str) -> None:
    """Show the request of an operation."""
    section(page, "Journal")
    row(page, operation).click()
    expect(details(page).get_by_role("heading", name="Request")).to_be_visible()


def copied(page: Page, form: str) -> str:
    """The text that a button copies."""
    button(page, f"Copy as {form}").click()
    expect(page.get_by_text(f"Copied as {form}.")).to_be_visible()
    text: str = page.evaluate(CLIPBOARD)
    return text
