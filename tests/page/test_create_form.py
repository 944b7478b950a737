"""The form for a new session, which explains the conditional rule."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from anyscale_sessions import SessionsClient

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
