"""Tests for `cli/user_services.py`: opening the user service of a session."""

from __future__ import annotations

import json
import webbrowser

import pytest

from anyscale_sessions import Session, SessionsClient

from .conftest import Run, answering, response_of
from .session_file_problems import APP_CONFIG


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the URLs that would be opened in a browser."""
    urls: list[str] = []

    def record(url: str) -> bool:
        urls.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", record)
    return urls


def launched(client: SessionsClient, access: str) -> Session:
    """Return a running session."""
    body = {**APP_CONFIG, "user_service_access": access}
    return client.launch_session(body, poll_interval=0.01)


@pytest.mark.parametrize(("access", "field"), [("public", "user_service_token"), ("private", "access_token")])
def test_service_is_opened_without_its_token(
    run: Run, client: SessionsClient, opened: list[str], access: str, field: str
) -> None:
    """`open` prints and opens the URL, and names the header and the field of its token, but no token."""
    session = launched(client, access)
    ended = run("open", session.id)
    assert (ended.code, ended.err, opened) == (0, "", [session.user_service_url])
    assert ended.out.splitlines()[0] == session.user_service_url
    assert f"Authorization: Bearer <{field} of the session>" in ended.out
    shown = run("open", session.id, "-o", "json").result
    assert (shown["url"], shown["token_field"]) == (session.user_service_url, field)
    for secret in (session.user_service_token, session.access_token):
        assert not secret or secret not in ended.out + json.dumps(shown)


@pytest.mark.usefixtures("token_for_any_host")
@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/?token=a%2Fb"),
        ("http://localhost:8000/page?x=1", "http://localhost:8000/page?x=1&token=a%2Fb"),
        ("https://127.0.0.1:8000", "https://127.0.0.1:8000"),
        ("http://example.com", "http://example.com"),
    ],
)
def test_browser_is_signed_in_to_a_sandbox(run: Run, opened: list[str], url: str, link: str) -> None:
    """The browser gets a sign-in link for a service on this machine, and for no other. No output shows the token."""
    session = {"id": "ses_1", "state": "Running", "user_service_url": url, "user_service_token": "a/b"}
    with answering(response_of(json.dumps({"result": session}).encode())) as host:
        ended = run("open", "ses_1", "--host", host)
    assert (ended.code, ended.out.splitlines()[0], opened) == (0, url, [link])
    assert "a/b" not in ended.out + ended.err
    assert "a%2Fb" not in ended.out + ended.err


@pytest.mark.usefixtures("token_for_any_host")
def test_service_without_a_token_is_opened_as_it_is(run: Run, opened: list[str]) -> None:
    """The browser gets the plain URL of a session that has no token."""
    session = {"id": "ses_1", "state": "Running", "user_service_url": "http://127.0.0.1:8000"}
    with answering(response_of(json.dumps({"result": session}).encode())) as host:
        assert run("open", "ses_1", "--host", host).code == 0
    assert opened == ["http://127.0.0.1:8000"]


def test_browser_is_optional(run: Run, client: SessionsClient, opened: list[str]) -> None:
    """With `--no-browser`, the URL is only printed, and no browser is opened."""
    assert run("open", launched(client, "public").id, "--no-browser").code == 0
    assert opened == []


def test_missing_browser_is_a_note(run: Run, client: SessionsClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """If no browser can be started, a note says so, and the URL is printed all the same."""
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    ended = run("open", launched(client, "public").id)
    assert (ended.code, ended.err) == (0, "no browser could be started; open the URL yourself\n")


def test_session_without_a_service_is_refused(run: Run, session: Session, opened: list[str]) -> None:
    """A session that does not run has no user service, and the message says how to wait for it."""
    ended = run("open", session.id)
    assert (ended.code, ended.out, opened) == (2, "", [])
    assert f"anyscale-sessions wait {session.id}" in ended.err


@pytest.mark.usefixtures("token_for_any_host")
@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:alert(1)", "C:\\x"])
def test_other_addresses_are_not_opened(run: Run, opened: list[str], url: str) -> None:
    """A URL that is not a web address is not opened."""
    session = {"id": "ses_1", "state": "Running", "user_service_access": "public", "user_service_url": url}
    with answering(response_of(json.dumps({"result": session}).encode())) as host:
        ended = run("open", "ses_1", "--host", host)
    assert (ended.code, opened) == (2, [])
    assert "not a web address" in ended.err
