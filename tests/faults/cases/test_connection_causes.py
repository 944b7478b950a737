"""Connections that do not come about: the error says what failed and where, and its cause shows no secret."""

from __future__ import annotations

import errno
import os
import re
import resource
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

from anyscale_sessions import APIConnectionError, SessionsError

from ..conftest import shown
from ..faults import cuts, says_at_once
from ..server import FaultServer
from .conftest import TOKEN, Calls, GoodServer


def error_of(calls: Calls, host: str, **options: Any) -> tuple[APIConnectionError, Any]:
    """The error of a read, and its cause, which is a copy of what the operating system or TLS said."""
    client = calls.client(host, **options)
    with pytest.raises(APIConnectionError) as raised:
        calls.done(client.get_session("ses_1"))
    assert not any(TOKEN in text for text in shown(raised.value))
    assert type(raised.value.__context__) in (type(None), type(raised.value.__cause__))
    cause = raised.value.__cause__
    assert isinstance(cause, OSError)
    assert cause.__traceback__ is cause.__cause__ is cause.__context__ is None
    return raised.value, cause


def test_refused_connection(calls: Calls, closed_port: int) -> None:
    """A refused connection is named as such, with the address."""
    error, cause = error_of(calls, f"http://127.0.0.1:{closed_port}")
    assert f"(127.0.0.1:{closed_port}: connection refused)" in str(error)
    assert cause.errno == errno.ECONNREFUSED


@pytest.mark.parametrize(
    ("number", "text"),
    [(socket.EAI_NONAME, "unknown host name"), (socket.EAI_AGAIN, "the look-up of the host name failed")],
)
def test_unknown_host(calls: Calls, monkeypatch: pytest.MonkeyPatch, number: int, text: str) -> None:
    """A host name that is not known, or cannot be looked up, is named as such."""

    def getaddrinfo(*_: Any, **__: Any) -> NoReturn:
        raise socket.gaierror(number, "as the resolver says")

    client = "https://sessions.example:8443"
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    error, cause = error_of(calls, client)
    assert f"(sessions.example:8443: {text})" in str(error)
    assert isinstance(cause, socket.gaierror)
    assert cause.errno == number


@pytest.mark.parametrize(
    ("number", "text"), [(errno.ENETUNREACH, "network unreachable"), (errno.EHOSTUNREACH, "no route to host")]
)
def test_unreachable_host(calls: Calls, monkeypatch: pytest.MonkeyPatch, number: int, text: str) -> None:
    """A host or a network that cannot be reached is named as such."""

    def connect(*_: Any) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "connect", connect)
    error, cause = error_of(calls, "http://192.0.2.1:8080")
    assert f"(192.0.2.1:8080: {text})" in str(error)
    assert cause.errno == number


@contextmanager
def no_descriptors_left() -> Iterator[None]:
    """Let this process open nothing more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_no_descriptors_left(calls: Calls, good_server: GoodServer) -> None:
    """A process that may open nothing more gets an error that says so, and the client works again once it may."""
    assert calls.done(calls.client(good_server.url).get_session("ses_1")).id == "ses_1"  # all is imported
    client = calls.client(good_server.url)
    with no_descriptors_left():
        try:
            error: Any = calls.done(client.get_session("ses_1"))
        except SessionsError as raised:
            error = raised
    assert isinstance(error, APIConnectionError)
    assert re.search(r"cannot be reached \(127[.]0[.]0[.]1:[0-9]+: too many open files\)", str(error))
    assert error.__cause__.errno == errno.EMFILE
    assert not any(TOKEN in text for text in shown(error))
    assert calls.done(client.get_session("ses_1")).id == "ses_1"


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        ("expired", "certificate has expired"),
        ("other name", "IP address mismatch"),
        ("untrusted", "unable to get local issuer certificate"),
    ],
)
def test_certificate_that_is_not_trusted(
    calls: Calls, certificates: dict[str, ssl.SSLContext], kind: str, check: str
) -> None:
    """A certificate that is not trusted is named as such, with the check that failed, and nothing is sent."""
    with FaultServer(cuts(1, "close"), certificates[kind]).serving() as server:
        error, cause = error_of(calls, server.url, max_attempts=3)
    assert f"certificate is not trusted (127.0.0.1:{server.port}: " in str(error)
    assert check in str(error)
    assert isinstance(cause, ssl.SSLCertVerificationError)
    assert check in cause.verify_message
    assert error.attempts == 1
    assert server.received == []


def test_server_that_speaks_no_tls(calls: Calls) -> None:
    """A server that speaks plain HTTP where TLS was expected is named as such."""
    with FaultServer(says_at_once(b"HTTP/1.1 400 Bad Request\r\n\r\n")).serving() as server:
        error, cause = error_of(calls, server.url.replace("http:", "https:"))
    assert f"(127.0.0.1:{server.port}: TLS failed" in str(error)
    assert isinstance(cause, ssl.SSLError)
