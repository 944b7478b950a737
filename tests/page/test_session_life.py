"""The whole life of a session, watched, driven and read back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from anyscale_sessions import SessionsClient, SessionState
from anyscale_sessions_sandbox import Sandbox

from .conftest import button, details, row, section, tab


def test_session_is_driven_from_its_creation_to_its_end(page: Page, client: SessionsClient) -> None:
    """A session is created, started, given a command and terminated on the page, as a client then reads."""
    button(page, "New session").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("train")
    dialog.get_by_role("textbox", name="Build").fill("bld_1")
    dialog.get_by_role("textbox", name="Compute template").fill("cpt_1")
    button(page, "Create and start").click()

    expect(row(page, "train")).to_have_attribute("aria-selected", "true")
    expect(tab(page, "Operations")).to_have_attribute("aria-selected", "true")
    expect(page.locator("tr[aria-current]")).to_contain_text("start")
    button(page, "Advance by 1 min").click()
    expect(row(page, "train")).to_contain_text("Running")
    expect(page.locator("tr[aria-current]")).to_contain_text("Completed")
    session = next(iter(client.list_sessions("prj_1")))
    assert session.state == SessionState.RUNNING

    tab(page, "Commands").click()
    page.get_by_label("Shell command").fill("echo one; echo two >&2; exit 3")
    button(page, "Run").click()
    expect(page.get_by_role("log", name="Standard output")).to_have_text("one")
    expect(page.get_by_role("log", name="Standard error")).to_have_text("two")
    expect(page.locator("li[aria-current]")).to_contain_text("Exit status 3")
    command = next(iter(client.list_session_commands(session.id)))
    assert (command.shell_command, command.status_code) == ("echo one; echo two >&2; exit 3", 3)

    button(page, "Terminate").click()
    expect(tab(page, "Operations")).to_have_attribute("aria-selected", "true")
    expect(page.locator("tr[aria-current]")).to_contain_text("terminate")
    button(page, "Advance by 1 min").click()
    expect(row(page, "train")).to_contain_text("Terminated")
    assert client.get_session(session.id).state == SessionState.TERMINATED


def test_life_of_a_session_can_be_read_back(page: Page, client: SessionsClient, create: Callable[..., str]) -> None:
    """The tabs of a terminated session show its states, operations, events, commands and requests."""
    session_id = create("train")
    client.start_session(session_id)
    button(page, "Advance by 1 min").click()
    expect(row(page, "train")).to_contain_text("Running")
    client.run_command(session_id, "true")
    client.terminate_session(session_id)
    button(page, "Advance by 1 min").click()
    expect(row(page, "train")).to_contain_text("Terminated")

    row(page, "train").click()
    expect(page.get_by_role("img", name="History: Stopped for")).to_be_visible()
    cells = page.get_by_role("table", name="States").locator("tbody td:first-child")
    expect(cells).to_have_text(["Terminated", "Terminating", "Running", "StartingUp", "Stopped"])
    tab(page, "Operations").click()
    expect(page.get_by_role("table").locator("tbody td:first-child")).to_have_text(["terminate", "start"])
    tab(page, "Events").click()
    expect(page.get_by_role("table")).to_contain_text("running")
    tab(page, "Commands").click()
    expect(page.get_by_role("list", name="Commands")).to_contain_text("true")
    tab(page, "Journal").click()
    expect(details(page).get_by_role("option").first).to_contain_text("session")
    row(page, "start_session").click()
    expect(page.get_by_role("heading", name="start_session")).to_be_visible()


def test_output_grows_until_the_command_is_killed(
    page: Page, client: SessionsClient, create: Callable[..., str]
) -> None:
    """The output of a running command grows on the page, which can kill the command."""
    running(page, client, create("train"))
    row(page, "train").click()
    tab(page, "Commands").click()
    page.get_by_label("Shell command").fill("n=0; while true; do echo line $((n += 1)); sleep 0.2; done")
    page.get_by_label("Shell command").press("Enter")
    output = page.get_by_role("log", name="Standard output")
    expect(output).to_contain_text("line 1\n")
    expect(output).to_contain_text("line 4\n")
    expect(row(page, "train")).to_contain_text("1 running")
    button(page, "Kill").click()
    expect(page.locator("li[aria-current]")).to_contain_text("Killed (-9)")


def test_changes_of_a_client_are_shown(
    page: Page, sandbox: Sandbox, client: SessionsClient, create: Callable[..., str]
) -> None:
    """A session that a client creates, starts and deletes appears, changes and disappears."""
    session_id = create("from-a-client")
    expect(row(page, "from-a-client")).to_contain_text("Stopped")
    client.start_session(session_id)
    expect(row(page, "from-a-client")).to_contain_text("StartingUp")
    sandbox.transition(session_id, "Terminated")
    expect(row(page, "from-a-client")).to_contain_text("Terminated")
    client.delete_session(session_id)
    expect(row(page, "from-a-client")).to_have_count(0)


def test_state_is_changed_by_hand(page: Page, sandbox: Sandbox, create: Callable[..., str]) -> None:
    """A state that is chosen by hand is entered, and one that cannot follow is refused with a message."""
    sandbox.transition(create("train"), "StartingUp")
    row(page, "train").click()
    page.get_by_label("Change the state by hand to").select_option("StartupErrored")
    page.get_by_label("Message of an error").fill("no capacity")
    button(page, "Change").click()
    expect(row(page, "train")).to_contain_text("StartupErrored")
    tab(page, "Events").click()
    expect(page.get_by_role("table")).to_contain_text("no capacity")


def test_session_is_deleted_after_a_question(page: Page, client: SessionsClient, create: Callable[..., str]) -> None:
    """A session is deleted once the question about it is answered."""
    create("train")
    row(page, "train").click()
    button(page, "Delete…").click()
    button(page, "Delete the session").click()
    expect(row(page, "train")).to_have_count(0)
    assert list(client.list_sessions("prj_1")) == []


def test_user_service_is_opened_and_signed_in(page: Page, client: SessionsClient, create: Callable[..., str]) -> None:
    """The button of a user service opens it in a new tab, past the token that guards it."""
    session_id = create("train", user_service_access="public")
    running(page, client, session_id)
    row(page, "train").click()
    tab(page, "Commands").click()
    page.get_by_label("Shell command").fill("echo hello > index.html; python3 -u -m http.server $USER_SERVICE_PORT")
    button(page, "Run").click()
    expect(page.get_by_role("log", name="Standard output")).to_contain_text("Serving HTTP")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="User service").click()
    expect(opened.value.get_by_text("hello")).to_be_visible()
    token = client.get_session(session_id).user_service_token
    assert token
    assert token not in opened.value.url
    assert token not in page.content()
    opened.value.close()


def test_sections_are_separate(page: Page, create: Callable[..., str]) -> None:
    """A selection survives a visit of another section, and a reload."""
    create("train")
    row(page, "train").click()
    tab(page, "Events").click()
    section(page, "Journal")
    expect(row(page, "create_session")).to_be_visible()
    section(page, "Sessions")
    expect(tab(page, "Events")).to_have_attribute("aria-selected", "true")
    page.reload()
    expect(tab(page, "Events")).to_have_attribute("aria-selected", "true")
    expect(row(page, "train")).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(row(page, "create_session")).to_be_visible()


def running(page: Page, client: SessionsClient, session_id: str) -> None:
    """Start a session, and wait until it runs."""
    client.start_session(session_id)
    button(page, "Advance by 1 min").click()
    expect(row(page, "Running")).to_be_visible()


def test_step_of_a_start_is_shown(page: Page, client: SessionsClient, create: Callable[..., str]) -> None:
    """While a session starts, the step that its start has reached is shown, and no step once it runs."""
    session_id = create("train")
    row(page, "train").click()
    client.start_session(session_id)
    heading = details(page).locator(".heading")
    expect(heading).to_contain_text("LAUNCHING_NODES")
    button(page, "Advance by 1 min").click()
    expect(row(page, "train")).to_contain_text("Running")
    expect(heading).not_to_contain_text("NODE")


def test_command_that_is_submitted_twice_runs_once(
    page: Page, client: SessionsClient, create: Callable[..., str]
) -> None:
    """A command that is submitted again before the sandbox has answered runs once."""
    session_id = create("train")
    running(page, client, session_id)
    row(page, "train").click()
    tab(page, "Commands").click()
    field = page.get_by_label("Shell command")
    field.fill("echo once")
    field.evaluate("field => { field.form.requestSubmit(); field.form.requestSubmit(); }")
    expect(page.get_by_role("log", name="Standard output")).to_have_text("once")
    expect(field).to_have_value("")
    assert len(list(client.list_session_commands(session_id))) == 1
