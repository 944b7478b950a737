"""The program that makes the pictures of the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

import screenshots

ROOT = Path(__file__).parents[2]


def test_pictures_of_the_documentation_can_be_made(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program makes every picture that the documentation has, and no other."""
    monkeypatch.setattr(screenshots, "launched", lambda: Shared(browser))
    screenshots.main(tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {path.name for path in (ROOT / "docs" / "page").iterdir()}
    text = (ROOT / "docs" / "live-page.md").read_text(encoding="utf-8")
    assert [name for name in made if f"page/{name}" not in text] == []


class Shared:
    """The browser of the tests, which stays open."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def __enter__(self) -> Browser:
        return self._browser

    def __exit__(self, *_: object) -> None:
        pass
