"""Over an HTTP client of the caller's: what it adds to requests and does with responses stays in force."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from http.cookies import SimpleCookie
from typing import Any, Final

import httpx
import httpx2
import pytest
import trio

from anyscale_sessions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncSessionsClient,
    CreateOutcomeUnknownError,
    InvalidRequestError,
    PermissionDeniedError,
    ResponseDecodeError,
    SessionsError,
)
from anyscale_sessions._transport.external import client as external
from anyscale_sessions._utils import event_loops

from ...conftest import TOKEN, Face, Scripted, Turned
from ..conftest import GOOD, HEAD, Make, fails

HOST: Final = "https://sessions.example"


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    """The libraries whose clients are accepted, in turn."""
    return request.param


@pytest.fixture
def their_client(face: Make, library: Any) -> Iterator[Callable[..., Any]]:
    """Makes a client of the library, sync or async as the face is, and closes it after the test."""
    probe = face("http://127.0.0.1:1")
    kind = library.AsyncClient if isinstance(probe.client, AsyncSessionsClient) else library.Client
    made: list[Any] = []

    def make(**options: Any) -> Any:
        made.append(kind(**options))
        return made[-1]

    yield make
    for client in made:
        close(probe, client)


def close(face: Face, client: Any) -> None:
    """Close an HTTP client."""
    face.done(client.aclose() if hasattr(client, "aclose") else client.close())


def test_http_client_is_used_and_stays_open(face: Make, scripted: Scripted, their_client: Any) -> None:
    """The caller's HTTP client sends the requests with our cookie, not with one of its own, and stays open."""
    theirs = their_client(cookies={"stray": "1", "cli_token": "other"}, headers={"x-of-theirs": "yes"})
    client = face(scripted.url, http_client=theirs)
    for _ in range(3):
        scripted.json(GOOD, set_cookie="cli_token=third; Path=/")
    client.get_session("ses_1")
    client.get_session("ses_1")
    client.close()
    assert not theirs.is_closed
    client.get_session("ses_1")
    for asked in scripted.asked:
        assert SimpleCookie(asked.headers["cookie"])["cli_token"].value == TOKEN
        assert asked.headers["x-of-theirs"] == "yes"


def test_http_client_does_not_follow_redirects(face: Make, scripted: Scripted, their_client: Any) -> None:
    """Not even a client that was made to follow redirects carries the token to another place."""
    theirs = their_client(follow_redirects=True)
    client = face(scripted.url, http_client=theirs)
    scripted.response(b"", 307, location=f"{scripted.url}/elsewhere")
    fails(client, APIStatusError)


def test_http_client_keeps_to_limits_and_deadline(face: Make, scripted: Scripted, their_client: Any) -> None:
    """A client of the caller's is held to the deadline and to the size of errors, as our own connections are."""
    theirs = their_client()
    client = face(scripted.url, http_client=theirs, deadline=0.15, timeout=5.0, max_attempts=1)
    scripted.response(b"x" * 100_000, 403)
    assert fails(client, PermissionDeniedError).body == "x" * 4096
    scripted.raw(HEAD + b"content-length: 999\r\n\r\n", *[b" "] * 100, pause_s=0.02)
    fails(client, APITimeoutError)


def test_http_client_that_was_closed(face: Make, scripted: Scripted, their_client: Any, session_body: Any) -> None:
    """A closed HTTP client is an error at once: nothing is sent, so the outcome of a create request is known."""
    theirs = their_client()
    client = face(scripted.url, http_client=theirs)
    close(client, theirs)
    error = fails(client, APIConnectionError, "create_session", session_body)
    assert "client is closed" in str(error)
    assert error.attempts == 1


def test_arguments_that_make_no_url(face: Make, scripted: Scripted, their_client: Any) -> None:
    """Arguments that are too long for the URLs of the caller's HTTP client are refused, and nothing is sent."""
    theirs = their_client()
    client = face(scripted.url, http_client=theirs)
    with pytest.raises(InvalidRequestError, match="must make a URL"):
        client.list_sessions("prj_1", paging_token="t" * 70_000)
    assert scripted.asked == []


class Foreign:
    """An HTTP client of another library, with errors of its own."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def build_request(self, *_: Any, **__: Any) -> None:
        """A request."""

    def send(self, *_: Any, **__: Any) -> Any:
        """Fail."""
        raise self._error


class AsyncForeign(Foreign):
    """The same, awaited."""

    async def send(self, *_: Any, **__: Any) -> Any:
        """Fail."""
        raise self._error


def foreign(client: type[Any], error: Exception) -> Any:
    """A foreign HTTP client of the kind that a client takes."""
    return AsyncForeign(error) if client is AsyncSessionsClient else Foreign(error)


class ConnectError(Exception):
    """What another package that grew out of httpx raises."""


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (httpx.ConnectError("https://user:secret@host"), APIConnectionError),
        (OSError(104, TOKEN), CreateOutcomeUnknownError),
        (TimeoutError("late"), CreateOutcomeUnknownError),
        (httpx.PoolTimeout("full"), APITimeoutError),
        (httpx.WriteError("broke"), CreateOutcomeUnknownError),
        (httpx.StreamClosed(), CreateOutcomeUnknownError),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_whatever_an_http_client_raises_is_typed(
    face: Make, session_body: Any, cause: Exception, expected: type[SessionsError]
) -> None:
    """An exception of an HTTP library or of the operating system becomes an error of ours."""
    kind = type(face("http://127.0.0.1:1").client)
    client = face("http://127.0.0.1:1", http_client=foreign(kind, cause), max_attempts=1, clock=Turned().clock())
    error = fails(client, expected, "create_session", session_body)
    assert "secret" not in str(error)


@pytest.mark.parametrize("cause", [RuntimeError("odd"), ValueError("bad"), KeyboardInterrupt()])
def test_other_exceptions_pass_through(face: Make, session_body: Any, cause: BaseException) -> None:
    """An exception of a signal handler, a hook or a bug in an HTTP client reaches the caller unchanged, at once."""
    kind = type(face("http://127.0.0.1:1").client)
    client = face("http://127.0.0.1:1", http_client=foreign(kind, cause), clock=Turned().clock())
    with pytest.raises(type(cause)) as raised:
        client.create_session(session_body)
    assert raised.value is cause


def signed(library: Any) -> Any:
    """An authentication that reads requests and responses."""

    class Signed(library.Auth):
        requires_request_body = requires_response_body = True

        def auth_flow(self, request: Any) -> Generator[Any, Any]:
            """Sign a request for its content."""
            request.headers["x-signature"] = str(sum(request.content))
            yield request

    return Signed()


def streaming(library: Any, body: bytes) -> Any:
    """A body that arrives in two pieces."""

    class Streaming(library.SyncByteStream, library.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield from (body[:5], body[5:])

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in self:
                yield piece

    return Streaming()


def over(
    face: Make, library: Any, transport: Any, hooks: dict[str, Callable[[Any], Any]] | None = None, **options: Any
) -> Face:
    """A client over one of the library's, with event hooks, that sends through a transport of the library."""
    is_async = isinstance(face(HOST).client, AsyncSessionsClient)

    def awaited(function: Callable[[Any], Any]) -> Any:
        async def hook(each: Any) -> None:
            result = function(each)
            if inspect.isawaitable(result):
                await result

        return hook if is_async else function

    event_hooks = {name: [awaited(function)] for name, function in (hooks or {}).items()}
    kind = library.AsyncClient if is_async else library.Client
    theirs: Any = kind(transport=transport, event_hooks=event_hooks, auth=options.pop("auth", None))
    return face(HOST, http_client=theirs, max_attempts=1, **options)


def read(response: Any) -> Any:
    """Read a response, as hooks do that use its content."""
    is_async = isinstance(response.stream, httpx.AsyncByteStream | httpx2.AsyncByteStream)
    return response.aread() if is_async else response.read()


# What a server answers to a create request with `session_body`.
WHOLE: Final = b'{"result": {"id": "ses_1", "name": "nightly", "project_id": "prj_1"}}'
RESPONSES: Final[dict[str, Callable[[Any, bytes], dict[str, Any]]]] = {
    "whole": lambda _, body: {"content": body},
    "in pieces": lambda library, body: {"stream": streaming(library, body)},
}


OPTIONS: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "plain": lambda _: {},
    "hook": lambda _: {"hooks": {"response": read}},
    "auth": lambda library: {"auth": signed(library)},
}


@pytest.mark.parametrize("response", list(RESPONSES))
@pytest.mark.parametrize("options", list(OPTIONS))
def test_response_that_was_read_before(
    face: Make, library: Any, session_body: Any, response: str, options: str
) -> None:
    """A response that a hook, an authentication or a test has read before is accepted."""
    content = RESPONSES[response](library, WHOLE)
    transport = library.MockTransport(lambda _: library.Response(200, **content))
    client = over(face, library, transport, **OPTIONS[options](library))
    assert client.create_session(session_body).id == "ses_1"


@pytest.mark.parametrize("response", list(RESPONSES))
@pytest.mark.parametrize(
    ("status", "expected", "shown"), [(200, ResponseDecodeError, ""), (403, PermissionDeniedError, "x" * 4096)]
)
def test_response_that_was_read_before_and_is_too_long(
    face: Make, library: Any, response: str, status: int, expected: type[SessionsError], shown: str
) -> None:
    """A response that a hook has read has the same limits as any other: an error is cut, all else is refused."""
    content = RESPONSES[response](library, b"x" * 70_000)
    transport = library.MockTransport(lambda _: library.Response(status, **content))
    client = over(face, library, transport, {"response": read}, max_response_bytes=65_000)
    with pytest.raises(expected) as raised:
        client.get_session("ses_1")
    assert raised.value.body == shown


def test_hooks_see_the_request_and_can_change_it(face: Make, library: Any, session_body: Any) -> None:
    """A hook can read the content of a request, and what it changes is in that request and in no other."""
    came: list[Any] = []
    seen: list[bytes] = []

    def answer(request: Any) -> Any:
        came.append(request)
        return library.Response(200, content=WHOLE)

    def change(request: Any) -> None:
        seen.append(request.content)
        if len(seen) == 1:
            del request.headers["cookie"]
            request.headers["x-first"] = "yes"
            request.extensions["timeout"]["read"] = 1.0

    transport = library.MockTransport(answer)
    client = over(face, library, transport, {"request": change}, auth=signed(library), timeout=20.0)
    client.create_session(session_body)
    client.create_session(session_body)
    assert seen == [session_body.to_json()] * 2
    assert [request.headers["x-signature"] for request in came] == [str(sum(seen[0]))] * 2
    assert [request.headers.get("x-first") for request in came] == ["yes", None]
    assert [request.headers.get("cookie") for request in came] == [None, f"cli_token={TOKEN}"]
    assert [request.extensions["timeout"]["read"] for request in came] == [1.0, 20.0]


def test_changes_of_the_client_are_in_the_next_request(face: Make, scripted: Scripted, their_client: Any) -> None:
    """A header or a parameter that is added to the client between two calls is in the second request."""
    theirs = their_client(headers={"x-of-theirs": "yes", "accept": "text/html"})
    client = face(scripted.url, http_client=theirs)
    scripted.json(GOOD)
    client.get_session("ses_1")
    theirs.headers["x-late"] = "yes"
    theirs.params = {"late": "1"}
    scripted.json(GOOD)
    client.get_session("ses_1")
    assert [asked.headers.get("x-late") for asked in scripted.asked] == [None, "yes"]
    assert [asked.headers["accept"] for asked in scripted.asked] == ["application/json"] * 2
    assert scripted.asked[1].line == "GET /v0/sessions/ses_1?late=1 HTTP/1.1"


def test_post_without_a_body_has_a_length(face: Make, scripted: Scripted, their_client: Any) -> None:
    """A POST request without a body has the length 0, over an HTTP client of the caller's as well."""
    scripted.json({"result": {"id": "scd_1"}})
    face(scripted.url, http_client=their_client()).kill_session_command("scd_1")
    assert scripted.asked[0].headers["content-length"] == "0"


@pytest.mark.parametrize("run", [lambda trial: asyncio.run(trial()), trio.run], ids=["asyncio", "trio"])
def test_response_that_does_not_close(library: Any, run: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of the caller's that does not close a broken response in time is not waited for."""
    monkeypatch.setattr(external, "CLOSING_S", 0.01)

    class Sticky(library.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"{"
            raise library.ReadError("broke")

        async def aclose(self) -> None:
            """Take for ever."""
            await event_loops.sleep(600.0)

    transport = library.MockTransport(lambda _: library.Response(200, stream=Sticky()))

    async def trial() -> None:
        theirs = library.AsyncClient(transport=transport)
        client = AsyncSessionsClient(TOKEN, host=HOST, http_client=theirs, max_attempts=1, deadline=0.3)
        # httpx2 closes the response by itself, for which the deadline is the limit.
        with pytest.raises((APIConnectionError, APITimeoutError), match=r"ReadError|within 0\.3 s"):
            await client.get_session("ses_1")
        await theirs.aclose()

    run(trial)
