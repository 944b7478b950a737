"""Tests of the built documentation site: links, assets, and what the API reference shows. `tox -e docs` builds it."""

from __future__ import annotations

import inspect
import os
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

import anyscale_sessions
import anyscale_sessions.fleet.ray
import anyscale_sessions_sandbox
from anyscale_sessions import AsyncSessionsClient, SessionsClient
from anyscale_sessions.exceptions import ERRORS_BY_STATUS
from anyscale_sessions_api.client import OPERATION_IDS

SITE = Path(os.environ["ANYSCALE_SESSIONS_SITE"])
PAGES = sorted(SITE.rglob("*.html"))
LINKING = {"a": "href", "link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}
CLIENTS = (SessionsClient, AsyncSessionsClient)
MIN_PAGES = 20


class Page(HTMLParser):
    """The links, the ids and the texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.ids: set[str] = set()
        self.texts: list[str] = []
        self.starts: dict[str, int] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the id and the link of an element."""
        values = dict(attrs)
        if values.get("id"):
            self.ids.add(str(values["id"]))
            self.starts[str(values["id"])] = len(self.texts)
        if values.get(LINKING.get(tag, "")):
            self.links.append((tag, str(values[LINKING[tag]])))

    def handle_data(self, data: str) -> None:
        """Collect a text."""
        self.texts.append(data)

    def entry(self, name: str) -> str:
        """The text of the description of a name: up to the next name of the same depth or less."""
        depth = name.count(".")
        later = [start for id_, start in self.starts.items() if start > self.starts[name] and id_.count(".") == depth]
        text = "".join(self.texts[self.starts[name] : min(later, default=len(self.texts))])
        return re.sub(r"\s+", " ", text)


@cache
def page(path: Path) -> Page:
    """A page of the site."""
    return Page(path.read_text(encoding="utf-8"))


def test_the_site_is_complete() -> None:
    """Every page in docs/ is a page of the site, and the site has a start page."""
    docs = Path(__file__).parents[2] / "docs"
    names = {path.relative_to(docs).with_suffix(".html") for path in docs.rglob("*.md")}
    assert len(names) >= MIN_PAGES
    assert names <= {path.relative_to(SITE) for path in PAGES}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(SITE)))
def test_links_lead_to_pages_and_anchors(path: Path) -> None:
    """Each link within the site leads to a file of the site, and its fragment to an id on that page."""
    for _, link in page(path).links:
        url = urlsplit(link)
        if url.scheme or url.netloc:
            continue
        target = (path.parent / unquote(url.path)).resolve() if url.path else path
        assert target.is_file(), link
        if url.fragment and target.suffix == ".html":
            assert unquote(url.fragment) in page(target).ids, link


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(SITE)))
def test_pages_load_nothing_from_other_hosts(path: Path) -> None:
    """A page loads its scripts, styles and images from the site itself."""
    external = [link for tag, link in page(path).links if tag != "a" and urlsplit(link).netloc]
    assert external == []


@pytest.mark.parametrize("path", sorted(SITE.rglob("*.css")), ids=lambda path: path.name)
def test_styles_load_nothing_from_other_hosts(path: Path) -> None:
    """A style sheet imports nothing and loads no font or image from another host."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"@import|url\(\s*[\"']?(?:https?:)?//", text) == []


REFERENCE = SITE / "reference"


@pytest.mark.parametrize(
    "module",
    [anyscale_sessions, anyscale_sessions.fleet, anyscale_sessions.fleet.ray, anyscale_sessions_sandbox],
    ids=lambda module: module.__name__,
)
def test_every_public_name_has_an_entry(module: Any) -> None:
    """The API reference has an entry for every public name of a package."""
    ids = set().union(*(page(path).ids for path in REFERENCE.glob("*.html")))
    names = {f"{module.__name__}.{name}" for name in module.__all__}
    assert names - ids <= {"anyscale_sessions.__version__", "anyscale_sessions.api"}


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_every_option_of_a_client_is_explained(client: type) -> None:
    """The entry of a client shows each option with its default in the signature, and explains it."""
    text = page(REFERENCE / "client.html").entry(f"anyscale_sessions.{client.__name__}")
    parameters = list(inspect.signature(client).parameters.values())
    assert len(parameters) >= 16
    for parameter in parameters:
        assert re.search(rf"\b{parameter.name}: [^=]+ = {re.escape(repr(parameter.default))}", text), parameter.name
        assert f" {parameter.name} -- " in text, parameter.name
    for error in ("MissingCredentialsError", "InvalidCredentialsError", "InvalidRequestError"):
        assert f" {error} -- " in text


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
@pytest.mark.parametrize(
    ("method", "errors"),
    [
        ("launch_session", ("OperationFailedError", "UnreachableStateError", "WaitTimeoutError")),
        ("wait_for_session_operation", ("OperationFailedError", "WaitTimeoutError")),
        ("user_service", ("InvalidRequestError",)),
    ],
)
def test_helpers_have_their_signature_and_errors(client: type, method: str, errors: tuple[str, ...]) -> None:
    """The entry of a helper shows each of its arguments, what it returns, and its errors."""
    text = page(REFERENCE / "client.html").entry(f"anyscale_sessions.{client.__name__}.{method}")
    signature = inspect.signature(getattr(client, method))
    for name in list(signature.parameters)[1:]:
        assert f"{name}:" in text
    assert f"→ {str(signature.return_annotation).replace('models.', '')}" in text
    for error in errors:
        assert error in text


@pytest.mark.parametrize("operation", OPERATION_IDS)
def test_operations_have_their_route_and_errors(operation: str) -> None:
    """The entry of an operation shows its route and the errors of its responses."""
    text = page(REFERENCE / "client.html").entry(f"anyscale_sessions.SessionsClient.{operation}")
    assert re.search(r"(GET|POST|PUT|DELETE) /", text)
    for status in (401, 403, 404, 422, 429):
        assert f"{ERRORS_BY_STATUS[status].__name__} -- {status}: " in text


def test_secret_fields_are_marked() -> None:
    """The entry of a secret field says that it is secret, and the entry of another field does not."""
    models = page(REFERENCE / "models.html")
    assert "Secret:" in models.entry("anyscale_sessions.Session.ssh_private_key")
    assert "Secret:" not in models.entry("anyscale_sessions.Session.name")


def test_types_are_shown_as_users_write_them() -> None:
    """The API reference shows neither the limits nor the marks of the generated types."""
    text = "".join(page(REFERENCE / "models.html").texts)
    assert re.findall(r"Annotated\[|Promised\[|msgspec\.", text) == []
