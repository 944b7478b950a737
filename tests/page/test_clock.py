"""The clock of the sandbox on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from anyscale_sessions import SessionsClient
from anyscale_sessions_sandbox import Sandbox, SystemClock

from .conftest import button, row, tab


@pytest.fixture(autouse=True)
def _clock_is_real_time_afterwards(sandbox: Sandbox) -> Iterator[None]:
    yield
    assert isinstance(sandbox.clock, SystemClock)
    sandbox.clock.set_speed(1)


@pytest.mark.parametrize("minutes", [1, 10, 121])
def test_button_advances_the_clock(page: Page, sandbox: Sandbox, minutes: int) -> None:
    """A button advances the clock by its minutes, and the page shows the new time."""
    before = sandbox.clock.now()
    button(page, f"Advance by {minutes} min").click()
    expect(page.get_by_role("timer")).to_contain_text(minute(before + timedelta(minutes=minutes)))
    assert timedelta(minutes=minutes) <= sandbox.clock.now() - before < timedelta(minutes=minutes + 1)


def test_idle_session_terminates_after_121_minutes(
    page: Page, client: SessionsClient, create: Callable[..., str]
) -> None:
    """A session that starts and idles for 121 minutes is terminated, and its timeline folds that time."""
    client.start_session(create("idle"))
    button(page, "Advance by 1 min").click()
    expect(row(page, "idle")).to_contain_text("Running")
    button(page, "Advance by 121 min").click()
    button(page, "Advance by 10 min").click()
    expect(row(page, "idle")).to_contain_text("Terminated")
    row(page, "idle").click()
    expect(page.locator(".timeline.large .fold").first).to_be_visible()
    narrowest = min(part.bounding_box()["width"] for part in page.locator(".timeline.large .part").all())
    assert narrowest > 3


def test_next_timer_is_the_next_due_time(page: Page, client: SessionsClient, create: Callable[..., str]) -> None:
    """The button for the next timer advances the frozen clock to the middle of a start, and then to its end."""
    button(page, "Freeze").click()
    expect(button(page, "Resume")).to_be_visible()
    client.start_session(create("train"))
    expect(row(page, "train")).to_contain_text("StartingUp")
    row(page, "train").click()
    tab(page, "Operations").click()
    page.get_by_role("button", name="Next timer").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("In progress")
    page.get_by_role("button", name="Next timer").click()
    expect(row(page, "train")).to_contain_text("Running")
    expect(page.get_by_role("tabpanel")).to_contain_text("Completed")


def test_clock_is_frozen_and_resumed(page: Page, sandbox: Sandbox) -> None:
    """A frozen clock stands still, on the page too, until it is resumed."""
    button(page, "Freeze").click()
    expect(page.get_by_label("Speed of the clock")).to_have_value("0")
    frozen = sandbox.clock.now()
    assert sandbox.clock.now() == frozen
    button(page, "Resume").click()
    expect(page.get_by_label("Speed of the clock")).to_have_value("1")
    assert sandbox.clock.now() > frozen


def test_speed_is_chosen(page: Page, sandbox: Sandbox) -> None:
    """With another speed, the clock of the page runs as that of the sandbox does."""
    before = sandbox.clock.now()
    page.get_by_label("Speed of the clock").select_option("600")
    expect(page.get_by_role("timer")).not_to_contain_text(minute(before))
    assert sandbox.clock.speed == 600


def minute(time: datetime) -> str:
    """The hour and the minute of a time, as the page has them."""
    return time.strftime("%H:%M:")
