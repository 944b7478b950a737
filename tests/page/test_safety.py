"""What the page never does, whoever wrote the names, the events and the output."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Sandbox

from .conftest import TOKEN, button, details, row, section, tab

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"
REVERSED = "abc\u202egpj.exe\u2066x\u00ady\U000e0041"


def test_token_leaves_the_address(page: Page, sandbox: Sandbox) -> None:
    """The token is moved from the address to the storage of the tab."""
    assert page.url == f"{sandbox.url}/"
    assert page.evaluate("Object.values(sessionStorage)") == [TOKEN]
    assert page.evaluate("document.cookie + Object.values(localStorage)") == ""


def test_secrets_of_a_session_are_not_in_the_document(
    page: Page, client: SessionsClient, create: Callable[..., str]
) -> None:
    """No secret of a session is in the document, with all its fields and requests shown."""
    session = client.get_session(create("train", user_service_access="public"))
    row(page, "train").click()
    page.get_by_text("All fields").click()
    expect(page.get_by_role("table", name="Fields of the session")).to_contain_text("access_token")
    shown = page.content()
    section(page, "Journal")
    row(page, "create_session").click()
    expect(page.get_by_label("Body of the request")).to_contain_text("train")
    shown += page.content()
    secrets = (session.access_token, session.ssh_private_key, session.user_service_token, TOKEN)
    assert [secret for secret in secrets if secret and secret in shown] == []


@pytest.mark.parametrize("name", [MARKUP, "&lt;b&gt;", "{{7*7}}", "a" * 5_000])
def test_name_is_shown_as_text(page: Page, create: Callable[..., str], name: str) -> None:
    """A name with markup is shown as text, and of a long one the beginning."""
    create(name)
    row(page, name[:150]).click()
    expect(details(page).get_by_role("heading", level=1)).to_contain_text(name[:150])
    assert details(page).locator("h1 bdi *").count() == 0
    assert page.locator("img, script:not([src])").count() == 0


def test_direction_of_a_name_is_not_changed(page: Page, create: Callable[..., str]) -> None:
    """Marks that reverse text, and invisible characters, are shown as their code points."""
    create(REVERSED)
    expect(row(page, "abc⟨U+202E⟩gpj.exe⟨U+2066⟩x⟨U+00AD⟩y⟨U+E0041⟩")).to_be_visible()


def test_output_is_shown_as_text_and_bounded(page: Page, client: SessionsClient, create: Callable[..., str]) -> None:
    """Megabytes of output with terminal sequences, markup and no line breaks are shown as text, up to a bound."""
    session_id = create("train")
    client.start_session(session_id)
    button(page, "Advance by 1 min").click()
    row(page, "Running").click()
    tab(page, "Commands").click()
    page.get_by_label("Shell command").fill(
        r"head -c 3000000 /dev/zero | tr '\0' x; printf '\033[31mred\033]0;title\007 <b>bold</b> \342\200\256rtl'"
    )
    button(page, "Run").click()
    output = page.get_by_role("log", name="Standard output")
    expect(output).to_contain_text("␛[31mred␛]0;title␇ <b>bold</b> ⟨U+202E⟩rtl")
    assert output.locator("*").count() == 0
    assert len(output.inner_text()) < 200_000
    expect(details(page)).to_contain_text("the beginning is left out")


def test_message_of_an_event_is_shown_as_text(page: Page, sandbox: Sandbox, create: Callable[..., str]) -> None:
    """The description of an event with markup and terminal sequences is shown as text, up to a bound."""
    session_id = create("train")
    sandbox.transition(session_id, "StartingUp")
    sandbox.transition(session_id, "StartupErrored", MARKUP + "\x1b[2J" + "long " * 50_000)
    row(page, "train").click()
    tab(page, "Events").click()
    expect(page.get_by_role("table")).to_contain_text(f"{MARKUP}␛[2Jlong")
    assert len(page.get_by_role("table").inner_text()) < 20_000
