"""The page as an application: who may ask for what, and what waits."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from anyscale_sessions_sandbox import ManualClock, create_app, serve
from anyscale_sessions_sandbox.page import api as api_module
from anyscale_sessions_sandbox.page import feed as feed_module

from .conftest import APP, Page

ROUTES: list[tuple[str, str, Any, int]] = [
    ("GET", "/page-data/sessions/ses_1", None, 200),
    ("POST", "/page-data/sessions/ses_1/link", {"name": "service"}, 404),
    ("GET", "/page-data/commands/scd_1", None, 200),
    ("POST", "/page-data/create-check", {"name": "a"}, 200),
    ("GET", "/page-data/journal?search=a", None, 200),
    ("POST", "/page-data/journal/match", {"operation": "get_session", "conditions": {"status": 1}}, 200),
    ("GET", "/page-data/journal/1", None, 404),
]


@pytest.fixture
def filled(page: Page) -> Page:
    """A sandbox with a running session and a command."""
    page.add(state="Running", commands=[{"shell_command": "a", "id": "scd_1"}])
    return page


@pytest.mark.parametrize(("method", "path", "body", "status"), ROUTES)
def test_every_route_answers(filled: Page, method: str, path: str, body: Any, status: int) -> None:
    """Each route answers with the documented status."""
    assert filled.call(method, f"/_sandbox{path}", body).status_code == status


@pytest.mark.parametrize(("method", "path", "body", "_status"), [*ROUTES, ("GET", "/feed", None, 200)])
def test_nobody_gets_data_without_the_token(filled: Page, method: str, path: str, body: Any, _status: int) -> None:
    """Every route except the files is refused without the token, with a wrong one, and from another machine."""
    path = f"/_sandbox{path}"
    assert filled.call(method, path, body, accept="*/*").status_code == 401
    assert filled.call(method, path, body, authorization="Bearer wrong").status_code == 403
    refused = filled.call(method, path, body, client=("192.0.2.1", 1))
    assert (refused.status_code, refused.json()["error"]["detail"]) == (
        403,
        "The page only accepts requests from this machine.",
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/journal", None),
        ("GET", "/journal?search=", None),
        ("GET", f"/journal?search={'x' * 1001}", None),
        ("GET", "/journal/x", None),
        ("POST", "/journal/match", {"operation": "get_sessions"}),
        ("POST", "/journal/match", {"conditions": []}),
        ("POST", "/sessions/ses_1/link", {"name": "shell"}),
    ],
)
def test_an_invalid_request_is_refused(filled: Page, method: str, path: str, body: Any) -> None:
    """An invalid request is answered with 422."""
    assert filled.call(method, f"/_sandbox/page-data{path}", body).status_code == 422


def test_the_details_of_a_session_have_its_revision(filled: Page) -> None:
    """The details have the revision of the session's row, which grows when the session changes."""
    first = filled.data("/sessions/ses_1")["rev"]
    filled.app.transition("ses_1", "Updating")
    assert filled.data("/sessions/ses_1")["rev"] > first


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({"name": "a", **APP}, []),
        ({"name": "a", "project_id": "p", "uses_app_config": True}, ["build_id", "compute_template_id"]),
        ({"name": "a", "project_id": "p", "uses_app_config": False}, ["cloud_id", "cluster_config"]),
        ([], [None]),
    ],
)
def test_a_create_request_is_checked_but_not_performed(page: Page, body: Any, places: list[str | None]) -> None:
    """The check reports the problems that the API would report, and creates nothing."""
    problems = page.data("/create-check", body)["problems"]
    assert [(problem["loc"][1:] or [None])[0] for problem in problems] == places
    assert page.call("GET", "/v0/sessions/?project_id=prj_1").json()["results"] == []


def test_a_document_without_create_has_no_check(document: Any) -> None:
    """If the served document has no operation that creates a session, the check is not found."""
    document["paths"]["/sessions/"]["post"]["operationId"] = "make"
    with create_app(document=document) as app:
        assert Page(app).call("POST", "/_sandbox/page-data/create-check", {}).status_code == 404


def test_a_request_for_output_waits_for_more(filled: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request with the last tag is answered when the output changes or the time is up, and at once after the end."""
    monkeypatch.setattr(api_module, "OUTPUT_WAIT_S", 0.02)
    monkeypatch.setattr(api_module, "OUTPUT_INTERVAL_S", 0.01)
    path = "/commands/scd_1"
    tag = filled.data(path)["tag"]
    assert filled.data(f"{path}?seen={tag}")["tag"] == tag
    filled.call("POST", "/v0/session_commands/scd_1/kill")
    ended = filled.data(f"{path}?seen={tag}")
    assert (ended["is_finished"], ended["tag"] == tag) == (True, False)
    monkeypatch.setattr(api_module, "OUTPUT_WAIT_S", 600.0)
    assert filled.data(f"{path}?seen={ended['tag']}") == ended


def test_a_sandbox_without_a_page_serves_none_of_it() -> None:
    """With `page=False` neither the page nor its data is there, while the control API is."""
    with create_app(page=False) as app:
        page = Page(app)
        paths = ("/", "/_sandbox/page/index.html", "/_sandbox/feed", "/_sandbox/page-data/journal/1")
        assert [page.call("GET", path).status_code for path in paths] == [404] * 4
        assert page.call("GET", "/_sandbox/clock").status_code == 200


def test_the_page_is_served_with_the_sandbox() -> None:
    """A served sandbox streams the feed, ends it when it stops, and refuses foreign names and origins."""
    with httpx.Client(trust_env=False, timeout=10) as http, serve(clock=ManualClock()) as sandbox:
        headers = {"authorization": f"Bearer {sandbox.token}"}
        url = f"{sandbox.url}/_sandbox/feed"
        assert http.get(url, headers=headers | {"host": "evil.example"}).status_code == 421
        assert http.get(url, headers=headers | {"origin": "http://evil.example"}).status_code == 403
        with http.stream("GET", f"{url}?boot=x&generation=0&since=0", headers=headers) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["cache-control"] == "no-store"
            lines = response.iter_lines()
            assert next(lines) == "event: snapshot"
            start = json.loads(next(lines).removeprefix("data: "))
            assert (start["reason"], start["runtime"]) == ("restarted", "virtual")
            assert "create_session" in start["operations"]
            assert "Running" in start["states"]
            assert start["fault_kinds"]["reset"] == ["keep_bytes"]
            sandbox.seed({"sessions": [{"name": "a", **APP}]})
            assert any('"name":"a"' in line for line in lines)


def test_a_sandbox_that_stops_ends_its_feeds() -> None:
    """When a served sandbox stops, an open feed ends with a complete response, so that the page notices it at once."""
    with ExitStack() as stack:
        http = stack.enter_context(httpx.Client(trust_env=False, timeout=10))
        with serve() as sandbox:
            headers = {"authorization": f"Bearer {sandbox.token}"}
            response = stack.enter_context(http.stream("GET", f"{sandbox.url}/_sandbox/feed", headers=headers))
            lines = response.iter_lines()
            while next(lines) != "event: ready":
                pass
        assert len(list(lines)) == 2


def test_the_address_of_the_page_is_not_in_the_repr() -> None:
    """`page_url` contains the token, the repr of the sandbox does not; without a page it is None."""
    with serve() as sandbox, serve(page=False) as without:
        assert sandbox.page_url == f"{sandbox.url}/#token={sandbox.token}"
        assert sandbox.token not in repr(sandbox)
        assert without.page_url is None


def test_pages_that_open_at_once_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many pages that open in the same moment, no more than the limit get a feed."""
    monkeypatch.setattr(feed_module, "MAX_WATCHERS", 3)
    with serve() as sandbox, ExitStack() as stack:
        port = int(sandbox.url.rpartition(":")[2])
        pages = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(12)]
        request = f"GET /_sandbox/feed HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {sandbox.token}\r\n\r\n"
        for page in pages:
            page.sendall(request.encode())
        statuses = [page.recv(12)[-3:] for page in pages]
        assert (statuses.count(b"200"), statuses.count(b"503")) == (3, 9)
