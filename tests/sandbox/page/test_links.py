"""Links that sign in."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions_sandbox.errors import NotFoundError
from anyscale_sessions_sandbox.page.links import links_of, sign_in_link
from anyscale_sessions_sandbox.runtimes.virtual import VirtualRuntime

from .conftest import Page


@pytest.fixture
def real(page: Page, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A sandbox whose sessions have services on this machine."""
    urls = {"host_name": "http://127.0.0.1:1", "user_service_url": "http://127.0.0.1:2"}
    monkeypatch.setattr(VirtualRuntime, "endpoints", lambda *_: urls)
    return page


def tokens(page: Page) -> Any:
    """The session with its tokens."""
    with page.app.components.backend.transaction() as transaction:
        return transaction.session("ses_1")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "access_token"),
        ({"user_service_access": "private"}, "access_token"),
        ({"user_service_access": "public", "user_service_token": "A" * 43}, "user_service_token"),
    ],
)
def test_a_link_signs_in_with_the_token_of_its_service(real: Page, fields: Any, field: str) -> None:
    """The link to a service has the token that the service requires, and the dashboard that of the session."""
    real.add(state="Running", **fields)
    session = tokens(real)
    assert [link["name"] for link in links_of(session)] == ["service", "dashboard"]
    assert sign_in_link(real.app.components, "ses_1", "service") == f"http://127.0.0.1:2/?token={session[field]}"
    dashboard = sign_in_link(real.app.components, "ses_1", "dashboard")
    assert dashboard == f"http://127.0.0.1:1/?token={session['access_token']}"


@pytest.mark.parametrize("state", ["Running", "Stopped"])
def test_a_session_without_services_has_no_links(page: Page, state: str) -> None:
    """A virtual session, whose addresses lead nowhere, and a stopped one have no links."""
    page.add(state=state)
    assert links_of(tokens(page)) == []
    with pytest.raises(NotFoundError, match="has no user service now"):
        sign_in_link(page.app.components, "ses_1", "service")


def test_another_machine_gets_no_token(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The link to a service on another machine has no token."""
    urls = {"user_service_url": "https://services.example/1"}
    monkeypatch.setattr(VirtualRuntime, "endpoints", lambda *_: urls)
    page.add(state="Running")
    assert sign_in_link(page.app.components, "ses_1", "service") == urls["user_service_url"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "services.example", "http://"])
def test_an_address_that_is_not_of_the_web_is_no_link(page: Page, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """An address that would run a script or open a file is not a link."""
    monkeypatch.setattr(VirtualRuntime, "endpoints", lambda *_: {"user_service_url": url, "host_name": url})
    page.add(state="Running")
    assert links_of(tokens(page)) == []
