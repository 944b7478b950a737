"""The arguments that a client is made with: what is taken, and what is refused with which words."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from anyscale_sessions import APIConnectionError, AsyncSessionsClient, InvalidRequestError, SessionsClient

from ..conftest import TOKEN

HOST = "https://sessions.example"


class Sender:
    """The least that a client of the caller's has."""

    def build_request(self) -> None:
        """A request."""

    def send(self) -> Any:
        """A response, or something to await."""


class AsyncSender(Sender):
    """One that sends by a coroutine."""

    async def send(self) -> None:
        """A response."""


class AwaitedSender(Sender):
    """One whose `send` gives something to await without being a coroutine function."""

    def aclose(self) -> None:
        """What tells it from a synchronous one."""


class Unable:
    """No HTTP client."""

    send = None


@pytest.fixture(params=[SessionsClient, AsyncSessionsClient], ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Both clients in turn."""
    return request.param


def problems(kind: Any, **options: Any) -> list[tuple[str, str]]:
    """What is wrong with the options, by field and rule."""
    with pytest.raises(InvalidRequestError) as raised:
        kind(TOKEN, host=HOST, **options)
    assert TOKEN not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None
    assert all(problem.remedy for problem in raised.value.problems)
    return [(problem.field, problem.rule) for problem in raised.value.problems]


@pytest.mark.parametrize("name", ["timeout", "connect_timeout", "deadline"])
@pytest.mark.parametrize("value", [0, -1, 0.0, float("nan"), float("inf"), 1e300, 10**400, True, "5", None])
def test_durations(kind: Any, name: str, value: Any) -> None:
    """A duration must be a number of seconds above 0 and at most a year."""
    [(field, rule)] = problems(kind, **{name: value})
    assert field == name
    assert "seconds above 0" in rule


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3", None])
def test_counts(kind: Any, value: Any) -> None:
    """A number of attempts must be an integer of at least 1."""
    assert problems(kind, max_attempts=value) == [("max_attempts", "must be an integer of at least 1")]


@pytest.mark.parametrize("name", ["trust_env", "allow_http"])
@pytest.mark.parametrize("value", ["no", 0, None])
def test_flags(kind: Any, name: str, value: Any) -> None:
    """A flag must be True or False: the text "no" is refused."""
    assert problems(kind, **{name: value}) == [(name, "must be True or False")]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "proxy.example:3128",
        "ftp://proxy.example",
        "http://",
        "http://:3128",
        "http://user:hush@proxy.example:99999",
        "http://[::1",
        "http://proxy.example:0",
        5,
        b"http://proxy.example",
    ],
)
def test_proxies(kind: Any, value: Any) -> None:
    """A proxy must be a URL with a supported scheme, and the problem does not quote it."""
    [(field, rule)] = problems(kind, proxy=value)
    assert field == "proxy"
    assert "hush" not in rule


@pytest.mark.parametrize(
    "value", ["http://user:pass@proxy.example:3128", "https://[::1]:443", "socks5://proxy.example"]
)
def test_usable_proxies(kind: Any, value: str) -> None:
    """Proxies over http, https and SOCKS are accepted."""
    assert TOKEN not in repr(kind(TOKEN, host=HOST, proxy=value))


def test_ca_file(kind: Any, ca_file: Path, tmp_path: Path) -> None:
    """A file of certificates is read when the client is made, and refused with the reason if it cannot be used."""
    kind(TOKEN, host=HOST, ca_file=str(ca_file))
    kind(TOKEN, host=HOST, ca_file=ca_file)
    (tmp_path / "empty.pem").write_text("no certificate")
    for value, reason in (
        (str(tmp_path / "missing.pem"), "No such file"),
        (str(tmp_path), ""),
        (str(tmp_path / "empty.pem"), ""),
        ("", "FileNotFoundError"),
        ("a\0b", "ValueError"),
        (5, "TypeError"),
    ):
        [(field, rule)] = problems(kind, ca_file=value)
        assert field == "ca_file"
        assert rule.startswith("must be a readable PEM file of certificates: ")
        assert reason in rule


@pytest.mark.parametrize("value", [5, "httpx", object(), Unable()])
def test_other_objects_are_no_http_client(kind: Any, value: Any) -> None:
    """An object without `build_request` and `send` is refused as an HTTP client."""
    assert problems(kind, http_client=value) == [("http_client", "must have the methods build_request and send")]


def test_http_client_of_the_other_kind() -> None:
    """A synchronous client refuses an asynchronous HTTP client, and the other way round."""
    assert problems(SessionsClient, http_client=httpx.AsyncClient()) == [
        ("http_client", "must be synchronous, as this client is")
    ]
    assert problems(SessionsClient, http_client=AsyncSender())[0][0] == "http_client"
    with httpx.Client() as http_client:
        assert problems(AsyncSessionsClient, http_client=http_client) == [
            ("http_client", "must be asynchronous, as this client is")
        ]
    assert problems(AsyncSessionsClient, http_client=Sender())[0][0] == "http_client"


class Recorder:
    """The least that an HTTP client has: it records the requests that it is asked to send."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def build_request(self, method: str, url: str, **_: object) -> str:
        """A request."""
        return f"{method} {url}"

    def send(self, request: str, **_: object) -> Any:
        """Record the request and fail."""
        self.sent.append(request)
        raise ConnectionError


class AsyncRecorder(Recorder):
    """One that sends with a coroutine."""

    async def send(self, request: str, **_: object) -> None:
        """Record the request and fail."""
        Recorder.send(self, request)


class AwaitableRecorder(Recorder):
    """One whose `send` returns an awaitable, as a wrapper may do; `aclose` shows that it is asynchronous."""

    def send(self, request: str, **_: object) -> Any:
        """Record the request and fail."""
        return AsyncRecorder.send(self, request)  # type: ignore[arg-type]

    def aclose(self) -> None:
        """Close nothing."""


@pytest.mark.parametrize(
    ("kind", "http_client"),
    [
        (SessionsClient, Recorder()),
        (AsyncSessionsClient, AsyncRecorder()),
        (AsyncSessionsClient, AwaitableRecorder()),
    ],
)
def test_anything_that_sends_is_an_http_client(kind: Any, http_client: Any) -> None:
    """An HTTP client needs no more than `build_request` and `send`: the request of a call goes through both."""
    client = kind(TOKEN, host=HOST, http_client=http_client, max_attempts=1)
    with pytest.raises(APIConnectionError):
        asyncio.run(client.get_session("ses_1")) if kind is AsyncSessionsClient else client.get_session("ses_1")
    assert http_client.sent == [f"GET {HOST}/v0/sessions/ses_1"]


def test_transports() -> None:
    """Both clients accept httpcore, and the asynchronous one aiohttp as well."""
    SessionsClient(TOKEN, host=HOST, transport="httpcore")
    AsyncSessionsClient(TOKEN, host=HOST, transport="httpcore")
    AsyncSessionsClient(TOKEN, host=HOST, transport="aiohttp")


def test_unknown_transport(kind: Any) -> None:
    """The error about an unknown transport names those that exist."""
    assert problems(kind, transport="requests") == [("transport", "must be httpcore or aiohttp")]


def test_aiohttp_is_asynchronous() -> None:
    """The synchronous client refuses aiohttp."""
    assert problems(SessionsClient, transport="aiohttp") == [("transport", "aiohttp is asynchronous")]


def test_a_transport_and_an_http_client(kind: Any) -> None:
    """A transport other than the default one is refused together with an HTTP client of the caller's."""
    found = problems(kind, transport="aiohttp", http_client=AwaitedSender())
    assert [each for each in found if each[0] == "transport"] == [("transport", "has no effect with http_client")]


def test_aiohttp_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If aiohttp is not installed, the error says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert problems(AsyncSessionsClient, transport="aiohttp") == [("transport", "needs the package aiohttp")]
    with pytest.raises(InvalidRequestError, match=r"pip install 'anyscale-sessions\[aiohttp\]'"):
        AsyncSessionsClient(TOKEN, host=HOST, transport="aiohttp")


def test_all_problems_at_once(kind: Any) -> None:
    """All problems of the arguments are reported together, with the name of the client."""
    fields = [field for field, _ in problems(kind, timeout=0, max_attempts=0, trust_env=1, proxy="", http_client=5)]
    assert fields == ["timeout", "max_attempts", "trust_env", "proxy", "http_client"]
    with pytest.raises(InvalidRequestError, match=kind.__name__):
        kind(TOKEN, timeout=0)
