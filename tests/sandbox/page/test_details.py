"""What the page receives about a session or a command."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions_sandbox import create_app
from anyscale_sessions_sandbox.errors import NotFoundError
from anyscale_sessions_sandbox.page import details
from anyscale_sessions_sandbox.page.details import command_details, session_details
from anyscale_sessions_sandbox.runtimes import Logs
from anyscale_sessions_sandbox.runtimes.virtual import VirtualRuntime

from .conftest import START_MS, Page


class Talking(VirtualRuntime):
    """A runtime whose commands have written a lot, the secret of their session among it."""

    text = ""

    def logs(self, command: Any) -> Logs:  # noqa: ARG002
        """The output of every command."""
        return Logs(self.text, "")


def test_a_session_is_shown_with_what_belongs_to_it(page: Page) -> None:
    """The details of a session have its fields, history, operations, events and commands, the newest first."""
    page.add(state="Running", commands=[{"shell_command": "a"}, {"shell_command": "b", "id": "scd_2"}])
    shown = session_details(page.app.components, page.mask, "ses_1")
    assert shown["session"]["state"] == "Running"
    assert shown["states"] == [(START_MS, "Stopped"), (START_MS, "StartingUp"), (START_MS, "Running")]
    assert [command["shell_command"] for command in shown["commands"]["items"]] == ["b", "a"]
    assert [event["event_type"] for event in shown["events"]["items"]] == ["running", "starting", "created"]
    assert (shown["operations"]["total"], shown["events"]["total"]) == (1, 3)
    assert shown["links"] == []


def test_no_secret_of_a_session_is_shown(page: Page) -> None:
    """The tokens of a session are masked, also in its commands and events."""
    page.add(state="Running")
    with page.app.components.backend.transaction() as transaction:
        secret = transaction.session("ses_1")["access_token"]
    body = {"session_id": "ses_1", "shell_command": f"curl -H 'Authorization: Bearer {secret}' {page.app.token}"}
    command = page.call("POST", "/v0/session_commands/", body).json()["result"]
    shown = repr(session_details(page.app.components, page.mask, "ses_1"))
    shown += repr(command_details(page.app.components, page.mask, command["id"]))
    assert "Bearer ***' ***" in shown
    assert secret not in shown
    assert page.app.token not in shown


def test_a_long_list_is_cut(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many events only the newest are sent, and how many there are; hostile texts are cut."""
    monkeypatch.setattr(details, "MAX_ITEMS", 2)
    events = [{"event_type": "edited", "description": f"{number}" * 100_000} for number in range(3)]
    page.add(events=events)
    shown = session_details(page.app.components, page.mask, "ses_1")["events"]
    assert (shown["total"], [event["description"][0] for event in shown["items"]]) == (4, ["2", "1"])
    assert all(len(event["description"]) < 5000 for event in shown["items"])


def test_output_is_masked_and_cut() -> None:
    """Of long output only the end is sent, and the tokens of the session are masked in it."""
    runtime = Talking()
    with create_app(runtime=runtime) as app:
        page = Page(app)
        page.add(state="Running", commands=[{"shell_command": "a", "id": "scd_1"}])
        with app.components.backend.transaction() as transaction:
            runtime.text = transaction.session("ses_1")["access_token"] + "\x1b[31m" + "x" * 70_000
        shown = command_details(app.components, page.mask, "scd_1")
        assert (len(shown["stdout"]), shown["cut"]) == (
            details.MAX_OUTPUT_CHARACTERS,
            {"stdout": True, "stderr": False},
        )
        runtime.text = runtime.text[:100]
        assert command_details(app.components, page.mask, "scd_1")["stdout"].startswith("***\x1b[31mxxx")


def test_the_tag_changes_with_the_output_and_the_end() -> None:
    """The tag of a command stays the same until it writes something or ends."""
    runtime = Talking()
    with create_app(runtime=runtime) as app:
        page = Page(app)
        page.add(state="Running", commands=[{"shell_command": "a", "id": "scd_1"}])
        first = command_details(app.components, page.mask, "scd_1")
        assert command_details(app.components, page.mask, "scd_1") == first
        runtime.text = "more"
        second = command_details(app.components, page.mask, "scd_1")
        page.call("POST", "/v0/session_commands/scd_1/kill")
        third = command_details(app.components, page.mask, "scd_1")
    assert len({first["tag"], second["tag"], third["tag"]}) == 3
    assert [shown["is_finished"] for shown in (first, second, third)] == [False, False, True]


def test_output_that_is_gone_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command whose output was deleted is still shown, with the reason."""
    monkeypatch.setattr(Talking, "logs", lambda *_: None)
    with create_app(runtime=Talking()) as app:
        page = Page(app)
        page.add(state="Running", commands=[{"shell_command": "a", "id": "scd_1"}])
        shown = command_details(app.components, page.mask, "scd_1")
    assert shown["stdout"] == ""
    assert "was deleted" in shown["error"]


def test_what_does_not_exist_is_not_found(page: Page) -> None:
    """An unknown session or command is an error."""
    with pytest.raises(NotFoundError):
        session_details(page.app.components, page.mask, "ses_none")
    with pytest.raises(NotFoundError):
        command_details(page.app.components, page.mask, "scd_none")
