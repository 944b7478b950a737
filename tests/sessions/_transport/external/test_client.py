"""Over a client that the caller made: what it adds to requests and does with responses stays in force."""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any, Final

import httpx
import pytest
import trio
from anyscale_sessions._transport.external.given_requests import GivenRequests

from anyscale_sessions import (
    APIConnectionError,
    AsyncSessionsClient,
    PermissionDeniedError,
    ResponseDecodeError,
    SessionsError,
)
from anyscale_sessions._sansio.messages import Send
from anyscale_sessions._sansio.request import Request
from anyscale_sessions._transport import Settings
from anyscale_sessions._transport.external import client as given
from anyscale_sessions._transport.request_defaults import RequestDefaults
from anyscale_sessions._utils import event_loops as loops

from ...conftest import TOKEN, Face

Make = Callable[..., Face]
HOST: Final = "https://sessions.example"
HEADERS: Final = {"accept": "application/json", "cookie": f"cli_token={TOKEN}", "user-agent": "ours"}
TRACED: Final = ((b"traceparent", b"00-1-1-01"),)


def step(method: str, target: str, body: bytes | None = None, headers: Any = (), timeout_s: float = 30.0) -> Send:
    """A request to be sent."""
    request = Request(operation_id="any", method=method, target=target, body=body)
    return Send(request, timeout_s, 60.0, headers)


STEPS: Final = (
    step("POST", "/sessions/", b'{"name": "nightly"}'),
    step("GET", "/sessions/ses_1"),
    step("POST", "/session_commands/scd_1/kill"),
    step("DELETE", "/sessions/ses_1", headers=TRACED, timeout_s=2.0),
    step("GET", "/sessions/?project_id=prj_1&paging_token=a+%2F%C3%A9"),
    step("PUT", "/sessions/ses_1", b"{}", TRACED),
)


def requests_of(client: Any) -> GivenRequests:
    """What makes the requests of a client."""
    settings = Settings(base_url=f"{HOST}/v0", headers=HEADERS, connect_timeout_s=5.0)
    return GivenRequests(RequestDefaults.of(settings), client)


def facts(request: httpx.Request) -> Any:
    """All there is to a request."""
    headers = sorted((name.lower(), value) for name, value in request.headers.raw)
    return request.method, str(request.url), headers, request.content, request.extensions


class Derived(httpx.Client):
    """No client of httpx's own: its requests can only be built by itself."""


class Numbering(httpx.Client):
    """One that builds requests in a way of its own."""

    def build_request(self, *given: Any, **named: Any) -> httpx.Request:
        """A request with a number that no other has."""
        return numbered(super().build_request(*given, **named))


def numbered(request: httpx.Request) -> httpx.Request:
    """A request with a number that no other has."""
    request.headers["x-number"] = str(next(NUMBERS))
    return request


NUMBERS: Final = itertools.count()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"headers": {"x-of-theirs": "yes", "Accept": "text/html", "content-type": "text/plain", "host": "other"}},
        {"headers": [("x-twice", "1"), ("x-twice", "2")]},
        {"headers": {"transfer-encoding": "chunked"}},
        {"params": {"of_theirs": "1"}},
        {"cookies": {"stray": "1", "cli_token": "other"}},
        {"base_url": "https://elsewhere.example/deep", "timeout": 1.0, "trust_env": False},
    ],
    ids=str,
)
def test_requests_are_those_that_the_client_would_build(options: dict[str, Any]) -> None:
    """What a client adds is in every request, be it built by the client itself or out of what it has built before."""
    plain, derived = httpx.Client(**options), Derived(**options)
    quick, built = requests_of(plain), requests_of(derived)
    for change in (lambda _: None, _add_header, _add_cookie, _drop_headers, _add_parameter):
        change(plain)
        change(derived)
        for each in STEPS:
            assert facts(quick.of(each)) == facts(built.of(each))
    plain.close()
    derived.close()


def _add_header(client: Any) -> None:
    client.headers["x-late"] = "yes"


def _add_cookie(client: Any) -> None:
    client.cookies.set("late", "yes")


def _drop_headers(client: Any) -> None:
    client.headers = {}


def _add_parameter(client: Any) -> None:
    client.params = {"late": "1"}


def _derive(_: pytest.MonkeyPatch) -> Any:
    return Numbering()


def _patch_client(_: pytest.MonkeyPatch) -> Any:
    client: Any = httpx.Client()
    build = client.build_request
    client.build_request = lambda *given, **named: numbered(build(*given, **named))
    return client


def _patch_class(monkeypatch: pytest.MonkeyPatch) -> Any:
    build = httpx.Client.build_request
    monkeypatch.setattr(httpx.Client, "build_request", lambda *given, **named: numbered(build(*given, **named)))
    return httpx.Client()


@pytest.mark.parametrize("make", [_derive, _patch_client, _patch_class])
def test_a_way_to_build_requests_that_is_not_that_of_httpx_is_taken(
    make: Callable[[pytest.MonkeyPatch], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever puts a method of theirs in the place of `build_request` has it asked for each request."""
    with make(monkeypatch) as client:
        requests = requests_of(client)
        assert len({requests.of(STEPS[1]).headers["x-number"] for _ in range(3)}) == 3


def test_a_way_to_build_requests_that_comes_later_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where it is put there between two requests, such as by what traces calls."""
    with httpx.Client() as client:
        requests = requests_of(client)
        assert "x-number" not in requests.of(STEPS[1]).headers
        _patch_class(monkeypatch).close()
        assert "x-number" in requests.of(STEPS[1]).headers


class Signed(httpx.Auth):
    """An authentication that looks into requests and responses."""

    requires_request_body = requires_response_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Sign a request for what it holds."""
        request.headers["x-signature"] = str(sum(request.content))
        yield request


def over(face: Make, transport: Any, hooks: dict[str, Callable[[Any], Any]] | None = None, **options: Any) -> Face:
    """A client over one of httpx's, with event hooks, that sends through a transport."""
    is_async = isinstance(face(HOST).client, AsyncSessionsClient)

    def awaited(function: Callable[[Any], Any]) -> Any:
        async def hook(each: Any) -> None:
            result = function(each)
            if inspect.isawaitable(result):
                await result

        return hook if is_async else function

    event_hooks = {name: [awaited(function)] for name, function in (hooks or {}).items()}
    kind = httpx.AsyncClient if is_async else httpx.Client
    theirs: Any = kind(transport=transport, event_hooks=event_hooks, auth=options.pop("auth", None))
    return face(HOST, http_client=theirs, max_attempts=1, **options)


class Streaming(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that comes in two pieces."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield from (self._body[:5], self._body[5:])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


def _read(response: httpx.Response) -> Any:
    """Read a response, as hooks do that look into it."""
    return response.aread() if isinstance(response.stream, httpx.AsyncByteStream) else response.read()


RESPONSES: Final[dict[str, Callable[[bytes], dict[str, Any]]]] = {
    "whole": lambda body: {"content": body},
    "in pieces": lambda body: {"stream": Streaming(body)},
}


@pytest.mark.parametrize("response", list(RESPONSES))
@pytest.mark.parametrize(
    "options", [{}, {"hooks": {"response": _read}}, {"auth": Signed()}], ids=["plain", "hook", "auth"]
)
def test_response_that_was_read_before(face: Make, session_body: Any, response: str, options: dict[str, Any]) -> None:
    """A response that a hook or an authentication has read, or that a test has made up, is taken as it is."""
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, **RESPONSES[response](b'{"result": {"id": "ses_1"}}'))
    )
    assert over(face, transport, **options).create_session(session_body).id == "ses_1"


@pytest.mark.parametrize("response", list(RESPONSES))
@pytest.mark.parametrize(
    ("status", "expected", "shown"), [(200, ResponseDecodeError, ""), (403, PermissionDeniedError, "x" * 4096)]
)
def test_response_that_was_read_before_and_is_too_long(
    face: Make, response: str, status: int, expected: type[SessionsError], shown: str
) -> None:
    """What a hook has read is held to the same limits as what it has not: an error is cut, all else refused."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, **RESPONSES[response](b"x" * 70_000)))
    client = over(face, transport, {"response": _read}, max_response_bytes=65_000)
    with pytest.raises(expected) as raised:
        client.get_session("ses_1")
    assert raised.value.body == shown


def test_hooks_see_the_request_and_can_change_it(face: Make, session_body: Any) -> None:
    """A hook has the content of a request, and what it changes is in that request and in no other."""
    came: list[httpx.Request] = []
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        came.append(request)
        return httpx.Response(200, json={"result": {"id": "ses_1"}})

    def change(request: httpx.Request) -> None:
        seen.append(request.content)
        if len(seen) == 1:
            del request.headers["cookie"]
            request.headers["x-first"] = "yes"
            request.extensions["timeout"]["read"] = 1.0

    client = over(face, httpx.MockTransport(answer), {"request": change}, auth=Signed(), timeout=20.0)
    client.create_session(session_body)
    client.create_session(session_body)
    assert seen == [session_body.to_json()] * 2
    assert [request.headers["x-signature"] for request in came] == [str(sum(seen[0]))] * 2
    assert [request.headers.get("x-first") for request in came] == ["yes", None]
    assert [request.headers.get("cookie") for request in came] == [None, f"cli_token={TOKEN}"]
    assert [request.extensions["timeout"]["read"] for request in came] == [1.0, 20.0]


class Sticky(httpx.AsyncByteStream):
    """A body that breaks, and that takes for ever to close."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        raise httpx.ReadError("broke")

    async def aclose(self) -> None:
        """Take for ever."""
        await loops.sleep(600.0)


@pytest.mark.parametrize("run", [lambda trial: asyncio.run(trial()), trio.run], ids=["asyncio", "trio"])
def test_response_that_takes_for_ever_to_close(run: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of the caller's that does not let go of a response which broke is not waited for."""
    monkeypatch.setattr(given, "CLOSING_S", 0.01)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Sticky()))

    async def trial() -> None:
        theirs = httpx.AsyncClient(transport=transport)
        client = AsyncSessionsClient(TOKEN, host=HOST, http_client=theirs, max_attempts=1)
        with pytest.raises(APIConnectionError, match="ReadError"):
            await client.get_session("ses_1")
        await theirs.aclose()

    run(trial)
