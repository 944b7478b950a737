"""The proxies in front of the services of sessions, as a runtime and a client see them."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from anyscale_sessions import AsyncSessionsClient, Session, SessionsClient
from anyscale_sessions_sandbox.proxy import Proxies
from anyscale_sessions_sandbox.runtimes.session_proxies import Ports, SessionProxies

from ..conftest import Api
from .conftest import Here, processes, until

SESSION = {"id": "ses_1", "access_token": "own-token"}
# Answers every request with the headers that it received, as JSON, on the port of the user service.
SERVICE = """
import http.server, json, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps([self.path, *map(list, self.headers.items())]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["USER_SERVICE_PORT"])), Handler).serve_forever()
"""


def listens(url: str) -> bool:
    """Whether anything listens at a URL."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port)) == 0


@pytest.fixture
def proxies() -> Iterator[SessionProxies]:
    """The proxies of a runtime."""
    proxies = SessionProxies()
    yield proxies
    proxies.shut_down()


def test_a_session_without_proxies_has_none_to_close(proxies: SessionProxies) -> None:
    """Before the first session runs, nothing is open and nothing has to be closed."""
    proxies.suspend("ses_1")
    proxies.close("ses_1")
    proxies.close_others(())
    proxies.shut_down()


def test_a_session_keeps_its_urls(proxies: SessionProxies) -> None:
    """A session has two URLs, which stay the same until it is deleted."""
    first = proxies.endpoints(SESSION, Ports(1, 2))
    assert first["host_name"] == first["service_proxy_url"] != first["user_service_url"]
    assert urlsplit(first["host_name"]).hostname == first["head_node_ip"] == "127.0.0.1"
    proxies.suspend("ses_1")
    proxies.close_others({"ses_1"})
    assert proxies.endpoints(SESSION, Ports(3, 4)) == first
    proxies.close("ses_1")
    assert not listens(first["host_name"])


def test_the_sandbox_starts_without_the_proxy() -> None:
    """The modules of the proxy are imported when the first session runs, and not when the sandbox starts."""
    code = (
        "import sys; from anyscale_sessions_sandbox import serve\n"
        "with serve(runtime='process'): print([name for name in sys.modules if 'sandbox.proxy' in name])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Here, Any]]:
    """A session with a private user service that returns the headers it receives."""
    with (
        httpx.Client(trust_env=False) as http,
        processes(lambda sandbox: Api(sandbox, http), tmp_path_factory.mktemp("sessions")) as here,
    ):
        session = here.session(user_service_access="private")
        here.api.run(session, f"exec python -c {shlex.quote(SERVICE)}")
        until(lambda: http.get(session["user_service_url"], headers=bearer(session)).status_code == 200)
        yield here, session


def bearer(session: Any) -> dict[str, str]:
    """The header with the access token of a session."""
    return {"Authorization": f"Bearer {session['access_token']}"}


def test_the_client_opens_the_service(served: tuple[Here, Any]) -> None:
    """`user_service` of both clients returns a URL and headers that open the service, which receives no token."""
    here, session = served
    sandbox = here.api.sandbox

    async def found_async() -> Session:
        async with AsyncSessionsClient(host=sandbox.url, token=sandbox.token) as client:
            return await client.get_session(session["id"])

    with SessionsClient(host=sandbox.url, token=sandbox.token) as client:
        service = client.user_service(client.get_session(session["id"]))
        assert client.user_service(asyncio.run(found_async())) == service
    response = here.api.http.get(f"{service.url}/page", headers=service.headers)
    assert response.json()[0] == "/page"
    assert session["access_token"] not in response.text
    assert ["x-forwarded-host", urlsplit(service.url).netloc] in response.json()


def test_a_sign_in_link_opens_the_service(served: tuple[Here, Any]) -> None:
    """A client with cookies that opens the sign-in link is led to the page, and needs no token afterwards."""
    _, session = served
    with httpx.Client(trust_env=False, follow_redirects=True) as browser:
        for query in (f"?token={session['access_token']}", ""):
            response = browser.get(f"{session['user_service_url']}/page{query}")
            assert (response.status_code, response.json()[0]) == (200, "/page")


def test_the_proxy_shows_no_token(served: tuple[Here, Any], caplog: pytest.LogCaptureFixture) -> None:
    """Neither the log nor the journal contains a token or a port of a service, after good and bad requests."""
    here, session = served
    caplog.set_level(logging.DEBUG)
    url, token = session["user_service_url"], session["access_token"]
    for path, headers in (
        (f"/?token={token}", {}),
        ("/", {"Cookie": f"anyscale-token={token}"}),
        ("/", bearer(session)),
    ):
        here.api.http.get(url + path, headers=headers)
    with socket.create_connection(("127.0.0.1", urlsplit(url).port)) as wire:
        wire.sendall(f"GET /?token={token} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n\x00\r\n\r\n".encode())
        assert b" 400 " in wire.recv(1000)
    # httpx, which is the client here, logs the URLs that it was given.
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert token not in str(lines)
    journal = json.dumps(here.api.sandbox.journal.to_har())
    assert token not in journal
    port = here.ran(session, "echo $USER_SERVICE_PORT")[1].strip()
    assert port not in json.dumps(here.api.get(session))


def test_proxies_stay_open_when_the_state_is_restored(here: Here) -> None:
    """A session whose machines exist has the same URLs after its state is restored, and others are closed."""
    session, other = here.session(), here.session()
    snapshot = here.api.sandbox.snapshot()
    here.api.terminate(other)
    here.until(other, "Terminated")
    here.api.sandbox.restore(snapshot)
    assert here.api.get(session)["user_service_url"] == session["user_service_url"]
    assert listens(session["user_service_url"])
    assert here.until(other, "Terminated")["user_service_url"] is None
    here.api.sandbox.reset()
    assert not listens(session["user_service_url"])
    assert not listens(other["user_service_url"])


def test_proxies_end_with_a_session_that_is_deleted_after_its_termination(here: Here) -> None:
    """A termination that deletes the session closes its proxies."""
    session = here.session()
    here.api.terminate(session, delete=True)
    until(lambda: not listens(session["user_service_url"]))


def test_a_session_whose_commands_end_it_is_not_served(here: Here) -> None:
    """The proxies of a session whose machines are lost answer 503."""
    session = here.session()
    here.api.run(session, "kill -9 $PPID")
    here.until(session, "Terminated")
    assert here.api.http.get(session["host_name"], headers=bearer(session)).status_code == 503


def test_a_session_without_free_ports_ends(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session whose proxies cannot be opened is terminated, and the event says why."""

    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Proxies, "_new_listener", fail)
    session = here.api.create()
    here.api.start(session)
    assert here.until(session, "Terminated")["user_service_url"] is None
    reason = "The proxies of its services could not be opened: Too many open files."
    assert reason in str(here.api.events(session))
    assert here.runtime.endpoints(session) == {}
