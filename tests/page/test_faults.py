"""The section Faults and rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from anyscale_sessions import RateLimitError, SessionsClient
from anyscale_sessions_sandbox import Sandbox, TransitionRule

from .conftest import Watch, button, row, section


def test_fault_is_added_and_counted(page: Page, sandbox: Sandbox, client: SessionsClient) -> None:
    """A fault that is added on the page is selected, hits a request, and counts it."""
    section(page, "Faults")
    button(page, "New fault").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Kind").select_option("throttle")
    dialog.get_by_label("Retry after").fill("7")
    dialog.get_by_label("Operation").select_option("list_sessions")
    button(page, "Add the fault").click()
    expect(page.locator("tr[aria-current]")).to_contain_text("throttle")
    expect(page.locator("tr[aria-current]")).to_contain_text("retry_after: 7")
    with pytest.raises(RateLimitError) as raised:
        list(client.with_options(max_attempts=1).list_sessions("prj_1"))
    assert raised.value.retry_after == 7
    expect(page.locator("tr[aria-current] td").nth(5)).to_have_text("1 of 1")
    sandbox.faults.assert_all_used()


def test_fault_is_switched_off_and_removed(page: Page, sandbox: Sandbox, client: SessionsClient) -> None:
    """A fault that is switched off hits nothing. It can be removed."""
    sandbox.faults.add("status", times=None)
    section(page, "Faults")
    switch = page.get_by_role("switch", name="Switch the fault status")
    switch.click()
    expect(switch).not_to_be_checked()
    expect(page.locator("tr.off")).to_be_visible()
    assert list(client.list_sessions("prj_1")) == []
    button(page, "Remove the fault status").click()
    expect(page.get_by_text("There are no faults")).to_be_visible()
    assert list(sandbox.faults.entries) == []


def test_invalid_fault_is_refused(page: Page, sandbox: Sandbox, watch: Watch) -> None:
    """A fault that the sandbox refuses is explained in the form, which stays open."""
    section(page, "Faults")
    button(page, "New fault").click()
    page.get_by_role("dialog").get_by_label("First call that is hit").fill("0")
    button(page, "Add the fault").click()
    expect(page.get_by_role("alert")).to_contain_text("nth")
    assert list(sandbox.faults.entries) == []
    assert len(watch.console) == 1  # the refusal, which the browser reports
    watch.console.clear()


def test_rule_is_added_and_counted(page: Page, client: SessionsClient, create: Callable[..., str]) -> None:
    """A transition rule that is added on the page makes a start fail, and is counted."""
    section(page, "Faults")
    button(page, "New rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Message").fill("no capacity")
    dialog.get_by_label("Sessions").fill("fail-*")
    button(page, "Add the rule").click()
    expect(page.locator("tr[aria-current]")).to_contain_text("StartupErrored")
    client.start_session(create("fail-1"))
    expect(page.locator("tr[aria-current] td").nth(4)).to_have_text("1")
    section(page, "Sessions")
    expect(row(page, "fail-1")).to_contain_text("StartupErrored")


def test_rule_is_switched_off(page: Page, sandbox: Sandbox, client: SessionsClient, create: Callable[..., str]) -> None:
    """A rule that is switched off does not apply."""
    sandbox.transition_rules.add(TransitionRule("StartingUp", "StartupErrored", after_s=0.0))
    section(page, "Faults")
    page.get_by_role("switch", name="Switch the rule for StartingUp").click()
    expect(page.locator("tr.off")).to_be_visible()
    client.start_session(create("train"))
    section(page, "Sessions")
    expect(row(page, "train")).to_contain_text("Running")


def test_all_faults_and_rules_are_removed(page: Page, sandbox: Sandbox) -> None:
    """All faults, and all rules, are removed after a question."""
    sandbox.faults.add("status")
    sandbox.transition_rules.add(TransitionRule("StartingUp"))
    section(page, "Faults")
    for noun in ("faults", "transition rules"):
        button(page, f"Remove all {noun}…").click()
        page.get_by_role("dialog").get_by_role("button", name=f"Remove all {noun}", exact=True).click()
        expect(page.get_by_text(f"There are no {noun}")).to_be_visible()
    assert (list(sandbox.faults.entries), sandbox.transition_rules.rules) == ([], ())


@pytest.mark.parametrize(
    ("text", "form", "label", "add"),
    [
        ("many", "New rule", "How many times", "Add the rule"),
        ("Infinity", "New fault", "How many calls", "Add the fault"),
    ],
)
def test_number_that_is_none_is_refused(
    page: Page, sandbox: Sandbox, watch: Watch, text: str, form: str, label: str, add: str
) -> None:
    """A number of uses that is not a number is refused, and does not mean every use."""
    section(page, "Faults")
    button(page, form).click()
    page.get_by_role("dialog").get_by_label(label).fill(text)
    button(page, add).click()
    expect(page.get_by_role("alert")).to_contain_text("times")
    assert (list(sandbox.faults.entries), sandbox.transition_rules.rules) == ([], ())
    assert len(watch.console) == 1  # the refusal, which the browser reports
    watch.console.clear()
