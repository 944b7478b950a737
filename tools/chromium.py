"""Find the Chromium that the tests, the benchmark and the screenshots of the page use."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

# The names of the browser on PATH, in the order of preference.
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium is installed: apt-get install chromium, or playwright install chromium"


class MissingBrowserError(Exception):
    """There is no Chromium on this machine."""


@contextmanager
def launched() -> Generator[Browser]:
    """Run a headless Chromium. Raises MissingBrowserError if there is none."""
    with sync_playwright() as playwright:
        # Chromium's own sandbox needs privileges that containers do not have. Only pages of this project are opened.
        browser = playwright.chromium.launch(executable_path=_find(playwright), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def _find(playwright: Playwright) -> str:
    """The browser on PATH, or the one that Playwright installed."""
    own = playwright.chromium.executable_path
    found = next(filter(None, map(shutil.which, NAMES)), own if Path(own).exists() else None)
    if found is None:
        raise MissingBrowserError(MISSING)
    return found
