"""Requests for another host, or from a page of another origin, are refused."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from anyscale_sessions_sandbox import ManualClock, SandboxApp, create_app, serve
from anyscale_sessions_sandbox.gateway.hosts import AllowedHosts

PATHS = [
    ("GET", "/v0/sessions/?project_id=p"),
    ("POST", "/v0/sessions/"),
    ("GET", "/v0/nothing"),
    ("GET", "/"),
    ("GET", "/_sandbox/snapshot"),
    ("POST", "/_sandbox/reset"),
    ("OPTIONS", "/_sandbox/reset"),
]
OURS = ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.8.8", "[::1]", socket.gethostname(), "kit.test"]
FOREIGN = [
    "evil.test",
    "localhost.evil.test",
    "evil.test:80",
    "127.0.0.1.evil.test",
    "203.0.113.9",
    "0.0.0.0",
    "a@localhost",
    "localhost/",
    "[::1",
    "",
    "x" * 5000,
]


@pytest.fixture(scope="module")
def api() -> Iterator[Any]:
    """Sends requests with the token to a sandbox with one more host name. Returns the response."""
    with serve(clock=ManualClock(), allowed_hosts=["kit.test"]) as sandbox, httpx.Client(trust_env=False) as http:

        def send(method: str, path: str, **headers: str) -> httpx.Response:
            sent = {"cookie": f"cli_token={sandbox.token}"} | {
                name.replace("_", "-"): headers[name] for name in headers
            }
            body = {"name": "a", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}
            return http.request(method, sandbox.url + path, headers=sent, json=body if "v0" in path else None)

        send.url = sandbox.url  # type: ignore[attr-defined]
        send.sandbox = sandbox  # type: ignore[attr-defined]
        yield send


@pytest.mark.parametrize("host", OURS)
@pytest.mark.parametrize("port", ["", ":8123"])
def test_the_names_of_the_sandbox_are_served(api: Any, host: str, port: str) -> None:
    """A request for localhost, an address or the name of the machine, or an allowed name is served, with any port."""
    assert api("GET", "/v0/sessions/?project_id=p", host=host + port).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize(("method", "path"), PATHS)
def test_another_host_is_refused(api: Any, method: str, path: str, host: str) -> None:
    """A request for another host is answered with 421 on every path, although it has the token, and changes nothing."""
    before = api.sandbox.snapshot()
    response = api(method, path, host=host)
    assert response.status_code == 421
    assert len(response.content) < 500
    assert api.sandbox.snapshot() == before


def test_the_refusal_names_the_option(api: Any) -> None:
    """The error of a wrong host names the option of the command and the argument that allow it."""
    detail = api("GET", "/", host="sandbox:8123").json()["error"]["detail"]
    assert "--allow-host sandbox, or serve(allowed_hosts=['sandbox'])" in detail
    assert "--allow-host NAME" in api("GET", "/", host="a b").json()["error"]["detail"]


@pytest.mark.parametrize(
    "origin",
    ["http://evil.test", "null", "http://127.0.0.1:1", "http://localhost", "file://", "", "chrome-extension://a"],
)
@pytest.mark.parametrize(("method", "path"), PATHS)
def test_another_origin_is_refused(api: Any, method: str, path: str, origin: str) -> None:
    """A request from a page of another origin, also of another port, is answered with 403 and changes nothing."""
    before = api.sandbox.snapshot()
    assert api(method, path, origin=origin).status_code == 403
    assert api.sandbox.snapshot() == before


@pytest.mark.parametrize("host", OURS)
def test_the_own_origin_is_served(api: Any, host: str) -> None:
    """A page of the sandbox itself may use it, by each of its names."""
    for port in ("", ":8123"):
        headers = {"host": host + port, "origin": f"http://{host}{port}", "sec_fetch_site": "same-origin"}
        assert api("GET", "/v0/sessions/?project_id=p", **headers).status_code == 200
    assert api("GET", "/v0/sessions/?project_id=p", host=host, origin=f"https://{host}:443").status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("mode", ["no-cors", "cors", "navigate"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_of_another_site_without_an_origin_is_refused(api: Any, site: str, mode: str, method: str) -> None:
    """An image, script or form of a page of another site is refused; a link to the sandbox may be followed."""
    response = api(method, "/v0/sessions/?project_id=p", sec_fetch_site=site, sec_fetch_mode=mode)
    assert (response.status_code == 403) is ((method, mode) != ("GET", "navigate"))


def test_a_request_that_a_person_enters_is_served(api: Any) -> None:
    """A request without a page, such as an entered address, is served."""
    assert api("GET", "/v0/sessions/?project_id=p", sec_fetch_site="none").status_code == 200


@pytest.mark.parametrize(
    "request_head", ["GET / HTTP/1.0\r\n\r\n", "GET http://127.0.0.1/ HTTP/1.1\r\nhost: evil\r\n\r\n"]
)
def test_a_request_without_a_host_is_refused(api: Any, request_head: str) -> None:
    """A request without a host, or with another one than in its target, is refused."""
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request_head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.3", "localhost", "::1"])
def test_the_host_that_it_listens_on_is_served(host: str) -> None:
    """A sandbox serves requests for the host and the address that it listens on."""
    with serve(host=host) as sandbox, httpx.Client(trust_env=False) as http:
        name = f"[{host}]" if ":" in host else host
        assert http.get(f"{sandbox.url}/v0/sessions/x", headers={"host": name}).status_code == 401


@pytest.mark.parametrize("name", ["http://a", "a:80", "a/b", "", "a b", "*"])
def test_what_is_not_a_name_cannot_be_allowed(name: str) -> None:
    """A name with a scheme, a port or a path is refused in one line, and so is one string instead of a list."""
    with pytest.raises(ValueError, match="is not a host name"), serve(allowed_hosts=[name]):
        pass
    with pytest.raises(ValueError, match="is not a host name"):
        create_app(allowed_hosts=[name])
    with pytest.raises(ValueError, match="a list of names"):
        AllowedHosts("localhost")


def status_of(app: SandboxApp, **headers: str) -> int:
    """The status of a response of an application that nobody serves."""

    async def send() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
            return (await http.get("http://anything.test/_sandbox/clock", headers=headers)).status_code

    return asyncio.run(send())


def test_an_application_checks_hosts_only_if_they_are_given() -> None:
    """`create_app` checks the host and the origin only with `allowed_hosts`."""
    with create_app() as app:
        assert status_of(app) == status_of(app, origin="http://evil.test") == 401
    with create_app(allowed_hosts=[]) as app:
        assert status_of(app) == 421
        assert status_of(app, host="localhost") == 401
        assert status_of(app, host="localhost", origin="http://evil.test") == 403
    with create_app(allowed_hosts=["anything.test", "::7"]) as app:
        assert status_of(app) == status_of(app, host="[::7]:80") == 401
