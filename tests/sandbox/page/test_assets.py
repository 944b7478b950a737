"""The files of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox.page import assets

from .conftest import Page


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files instead of the page's own."""
    kept = tmp_path / "assets"
    (kept / "vendor").mkdir(parents=True)
    (kept / "index.html").write_text("<p>page</p>")
    (kept / "vendor" / "x.js").write_text("1")
    (kept / "notes.md").write_text("no file of the page")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(assets, "files", lambda _package: tmp_path)
    assets.all_assets.cache_clear()
    return kept


@pytest.fixture(autouse=True)
def forgotten() -> Any:
    """Read the files of the page again after each test."""
    yield
    assets.all_assets.cache_clear()


@pytest.mark.usefixtures("folder")
def test_the_page_needs_no_token(page: Page) -> None:
    """The page and its files are served without a token, also to another machine, as the types that they are."""
    for path, text, media_type in (
        ("/", "<p>page</p>", "text/html; charset=utf-8"),
        ("/_sandbox/page/index.html", "<p>page</p>", "text/html; charset=utf-8"),
        ("/_sandbox/page/vendor/x.js", "1", "text/javascript; charset=utf-8"),
    ):
        response = page.call("GET", path, client=("192.0.2.1", 1), accept="*/*")
        assert (response.status_code, response.text, response.headers["content-type"]) == (200, text, media_type)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("path", ["/", "/_sandbox/page/none"])
def test_every_file_is_protected(page: Page, path: str) -> None:
    """Every answer forbids scripts, connections and frames of others, and guessing of types."""
    headers = page.call("GET", path, accept="*/*").headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "name",
    ["../secret.txt", "..%2fsecret.txt", "vendor/../../secret.txt", "/etc/passwd", "notes.md", "vendor", "", "x.js"],
)
def test_no_other_file_is_served(page: Page, name: str) -> None:
    """A name that is not one of the page's files is not found, whatever path it stands for."""
    response = page.call("GET", f"/_sandbox/page/{name}", accept="*/*")
    assert response.status_code == 404
    assert "secret" not in response.text


@pytest.mark.usefixtures("folder")
def test_a_file_that_did_not_change_is_not_sent_again(page: Page) -> None:
    """A browser that has the file is answered 304."""
    tag = page.call("GET", "/", accept="*/*").headers["etag"]
    response = page.call("GET", "/", **{"if-none-match": tag})
    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.usefixtures("folder")
def test_the_page_only_reads(page: Page) -> None:
    """Nothing can be sent to the page's files."""
    assert page.call("POST", "/", {}).status_code == 405
