"""What assistive technology finds on the page: axe-core reports nothing serious, in either colour scheme."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Literal, cast

import pytest
from playwright.sync_api import Page, expect

from anyscale_sessions import ServerError, SessionsClient
from anyscale_sessions_sandbox import Sandbox, TransitionRule

from .conftest import SIZE, button, details, row, section, tab

Scheme = Literal["light", "dark"]
# Levels of axe-core that are too much.
SERIOUS = {"serious", "critical"}


@pytest.fixture(params=["light", "dark"])
def full_page(
    request: pytest.FixtureRequest, page: Page, sandbox: Sandbox, client: SessionsClient, create: Callable[..., str]
) -> Iterator[Page]:
    """The page with sessions in several states, a command, faults and rules."""
    page.emulate_media(color_scheme=cast("Scheme", request.param))
    sandbox.faults.add("throttle", operation="search_sessions")
    sandbox.faults.add("status", operation="list_sessions")
    sandbox.transition_rules.add(TransitionRule("StartingUp", "StartupErrored", after_s=1.0, sessions="failing"))
    with pytest.raises(ServerError):
        client.with_options(max_attempts=1).list_sessions("prj_1")
    session_id = create("running")
    client.start_session(session_id)
    client.start_session(create("failing"))
    button(page, "Advance by 1 min").click()
    expect(row(page, "failing")).to_contain_text("StartupErrored")
    expect(row(page, "running")).to_contain_text("Running")
    client.run_command(session_id, "echo output; echo problem >&2; exit 1")
    yield page
    page.set_viewport_size(SIZE)
    page.emulate_media(color_scheme="light")


def test_sessions_are_accessible(full_page: Page, axe: str) -> None:
    """Axe finds nothing serious in the list and in each tab of a session."""
    check(full_page, axe, "list")
    row(full_page, "running").click()
    for name in ("Overview", "Operations", "Events", "Commands", "Journal"):
        tab(full_page, name).click()
        expect(full_page.get_by_role("tabpanel")).not_to_contain_text("Reading")
        if name == "Commands":
            expect(full_page.get_by_role("log", name="Standard error")).to_have_text("problem")
        check(full_page, axe, name)


def test_journal_is_accessible(full_page: Page, axe: str) -> None:
    """Axe finds nothing serious in the journal and in a request with its headers."""
    section(full_page, "Journal")
    row(full_page, "503").click()
    expect(details(full_page).get_by_role("heading", name="Response")).to_be_visible()
    for summary in details(full_page).locator("summary").filter(has_text="headers").all():
        summary.click()
    check(full_page, axe, "request")
    full_page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    for name in ("Copy as curl", "Why no match?"):
        button(full_page, name).click()
        expect(full_page.get_by_role("dialog")).to_be_visible()
        check(full_page, axe, name)
        full_page.keyboard.press("Escape")


def test_faults_and_dialogs_are_accessible(full_page: Page, axe: str) -> None:
    """Axe finds nothing serious in the faults and rules, and in each dialog."""
    section(full_page, "Faults")
    check(full_page, axe, "faults")
    for name in ("New fault", "New rule", "Reset…", "Keys"):
        button(full_page, name).click()
        expect(full_page.get_by_role("dialog")).to_be_visible()
        check(full_page, axe, name)
        full_page.keyboard.press("Escape")
    for name in ("Remove all faults…", "Remove all transition rules…"):
        button(full_page, name).click()
        check(full_page, axe, name)
        full_page.keyboard.press("Escape")
    section(full_page, "Sessions")
    row(full_page, "running").click()
    button(full_page, "Delete…").click()
    check(full_page, axe, "Delete")
    full_page.keyboard.press("Escape")
    button(full_page, "New session").click()
    full_page.get_by_role("dialog").get_by_role("textbox", name="Idle timeout").fill("soon")
    expect(full_page.get_by_text("value is not a valid integer")).to_be_visible()
    check(full_page, axe, "New session")


def test_narrow_page_is_accessible(full_page: Page, axe: str) -> None:
    """Axe finds nothing serious on a narrow screen."""
    full_page.set_viewport_size({"width": 400, "height": 800})
    check(full_page, axe, "list")
    row(full_page, "running").click()
    expect(full_page.get_by_role("table", name="States")).to_be_visible()
    check(full_page, axe, "details")


def test_token_form_is_accessible(sandbox: Sandbox, open_page: Callable[[str], Page], axe: str) -> None:
    """Axe finds nothing serious in the form that asks for the token, in either colour scheme."""
    page = open_page(sandbox.url)
    expect(page.get_by_label("Token")).to_be_visible()
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        check(page, axe, f"token, {scheme}")


def check(page: Page, axe: str, view: str) -> None:
    """Run axe-core in the page, past its policy against scripts of others."""
    session = page.context.new_cdp_session(page)
    try:
        evaluate(session, axe)
        result = evaluate(
            session, "axe.run({resultTypes: ['violations']}).then(found => JSON.stringify(found.violations))"
        )
    finally:
        session.detach()
    violations: list[dict[str, Any]] = json.loads(result)
    serious = [
        f"{found['id']}: {found['help']}: {[node['html'][:200] for node in found['nodes'][:3]]}"
        for found in violations
        if found["impact"] in SERIOUS
    ]
    assert serious == [], view


def evaluate(session: Any, expression: str) -> Any:
    """The value of an expression in the page."""
    answer = session.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
    assert "exceptionDetails" not in answer, answer
    return answer["result"].get("value")
