"""The form for a new session, which explains the conditional rule."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Sandbox

from .conftest import Watch, button, row


def test_rule_is_explained_while_one_types(page: Page) -> None:
    """The form says which fields are required for the chosen kind, and which are still missing."""
    button(page, "New session").click()
    dialog = page.get_by_role("dialog")
    rule = dialog.locator(".rule")
    expect(rule).to_contain_text("Still missing: build_id and compute_template_id.")
    dialog.get_by_role("textbox", name="Build").fill("bld_1")
    expect(rule).to_contain_text("Still missing: compute_template_id.")
    dialog.get_by_role("textbox", name="Compute template").fill("cpt_1")
    expect(rule).to_contain_text("Both are given")
    dialog.get_by_role("radio", name="A cluster config and a cloud").check()
    expect(rule).to_contain_text("Still missing: cluster_config and cloud_id.")
    dialog.get_by_role("textbox", name="Cluster config").fill("cluster_name: a")
    dialog.get_by_role("textbox", name="Cloud").fill(" ")
    expect(rule).to_contain_text("Still missing: cloud_id.")


def test_session_with_a_cluster_config_is_created(page: Page, client: SessionsClient) -> None:
    """A session with a cluster config and a cloud is created, and selected."""
    button(page, "New session").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("from-a-config")
    dialog.get_by_role("radio", name="A cluster config and a cloud").check()
    dialog.get_by_role("textbox", name="Cluster config").fill("cluster_name: a")
    dialog.get_by_role("textbox", name="Cloud").fill("cld_1")
    dialog.get_by_label("User service access").select_option("public")
    button(page, "Create only").click()
    expect(row(page, "from-a-config")).to_have_attribute("aria-selected", "true")
    (session,) = client.list_sessions("prj_1")
    assert (session.cloud_id, session.user_service_access, session.state) == ("cld_1", "public", "Stopped")


def test_problem_stands_beside_its_field(page: Page) -> None:
    """What is wrong with a field is shown beside it, and screen readers find it there."""
    button(page, "New session").click()
    field = page.get_by_role("dialog").get_by_role("textbox", name="Idle timeout")
    field.fill("soon")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("value is not a valid integer")
    field.fill("-1")
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_refused_session_is_explained(page: Page, client: SessionsClient, watch: Watch) -> None:
    """If the sandbox refuses a session, the form stays open and says why."""
    button(page, "New session").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("train")
    button(page, "Create only").click()
    expect(page.get_by_role("alert")).to_contain_text("build_id")
    assert list(client.list_sessions("prj_1")) == []
    assert len(watch.console) == 1  # the refusal, which the browser reports
    watch.console.clear()


def test_session_that_cannot_be_started_is_created_once(
    page: Page, sandbox: Sandbox, client: SessionsClient, watch: Watch
) -> None:
    """If the new session cannot be started, the form closes with the reason, so that it makes no second session."""
    sandbox.faults.add("status", operation="start_session", status=500, body="broken")
    fill(page)
    button(page, "Create and start").click()
    expect(page.locator(".notice.error")).to_contain_text("500")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row(page, "train")).to_have_attribute("aria-selected", "true")
    assert [session.state for session in client.list_sessions("prj_1")] == ["Stopped"]
    watch.console.clear()  # the failure, which the browser reports


def test_form_that_is_submitted_twice_makes_one_session(page: Page, client: SessionsClient) -> None:
    """A form that is submitted again before the sandbox has answered makes one session."""
    fill(page)
    page.get_by_role("dialog").locator("form").evaluate("form => { form.requestSubmit(); form.requestSubmit(); }")
    expect(page.locator("tr[aria-current]")).to_contain_text("start")
    assert len(list(client.list_sessions("prj_1"))) == 1


def fill(page: Page) -> None:
    """Open the form, and fill in what it requires."""
    button(page, "New session").click()
    for label, text in {"Name": "train", "Build": "bld_1", "Compute template": "cpt_1"}.items():
        page.get_by_role("dialog").get_by_role("textbox", name=label).fill(text)
