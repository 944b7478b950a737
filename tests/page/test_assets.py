"""The files of the page: they are in the package, and what is vendored has its licence."""

from __future__ import annotations

import re
from importlib.resources import files

ASSETS = files("anyscale_sessions_sandbox") / "page" / "assets"
INDEX = (ASSETS / "index.html").read_text(encoding="utf-8")
MODULES = sorted(path.name for path in ASSETS.iterdir() if path.name.endswith(".js"))


def test_every_module_is_preloaded() -> None:
    """The page loads every module at once, and no other file."""
    loaded = re.findall(r'(?:modulepreload" href|module" src)="/_sandbox/page/([^"]+)"', INDEX)
    assert sorted(loaded) == sorted([*MODULES, "vendor/htm-preact.js"])


def test_every_import_is_a_file_of_the_page() -> None:
    """A module imports only files of the page, so that nothing comes from elsewhere."""
    for module in MODULES:
        imported = re.findall(r'from "([^"]+)"', (ASSETS / module).read_text(encoding="utf-8"))
        assert [name for name in imported if name.removeprefix("./") not in {*MODULES, "vendor/htm-preact.js"}] == []


def test_document_has_no_inline_script_or_style() -> None:
    """The document has neither scripts nor styles of its own, which its policy would refuse."""
    assert re.findall(r"<style|<script(?![^>]*src=)|\son\w+=|\sstyle=", INDEX) == []


def test_vendored_library_has_its_licences() -> None:
    """The licences of htm and of Preact are beside the vendored file."""
    vendor = ASSETS / "vendor"
    assert "Apache License" in (vendor / "LICENSE-htm.txt").read_text(encoding="utf-8")
    assert "Jason Miller" in (vendor / "LICENSE-preact.txt").read_text(encoding="utf-8")


def test_scripts_make_no_markup_and_run_no_text() -> None:
    """No script of the page writes markup or runs text as code."""
    for module in MODULES:
        text = (ASSETS / module).read_text(encoding="utf-8")
        assert (
            re.findall(r"innerHTML|outerHTML|insertAdjacent|dangerously|\beval\b|new Function|document\.write", text)
            == []
        )
