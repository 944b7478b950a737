"""Situations that end in an error, each with secrets wherever it can have some: what tests of tracebacks raise.

No function here keeps a secret in a variable, because a traceback shows these functions too.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import pickle
import signal
import ssl
import sys
import tempfile
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import httpx2
import trustme

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateSession,
    Session,
    SessionsClient,
    SessionsWarning,
    StartSessionOptions,
    UpdateSession,
    api,
)
from anyscale_sessions._instrumentation.logs import _Configuration
from anyscale_sessions._sansio.messages import Clock
from anyscale_sessions.cli.session_files import read_session_file
from anyscale_sessions_api.types import Secret

from .conftest import hurrying_clock
from .faults import HEAD, cuts, echoes, responses, whole
from .server import FaultServer, Line, Script

__tracebackhide__ = True  # pytest shows the source of functions, and here that has the secrets in it

CANARY = "CANARY"
TOKEN = "CANARY-token-0123456789"
PASSWORD_PROXY = "http://user:CANARY-password@127.0.0.1:1"
CONFIG = {"cluster_config": "key: CANARY-config"}
SERVICE_TOKEN = "CANARYCANARYCANARYCANARYCANARYCANARYCANARYA"
FIELDS: dict[str, Any] = {"name": "nightly", "project_id": "prj_1", "cloud_id": "cld_1", **CONFIG}
BODY = CreateSession(**FIELDS, user_service_access="public", user_service_token=SERVICE_TOKEN)
START = StartSessionOptions(**CONFIG)
SECRET_SESSION = {
    **FIELDS,
    "id": "ses_1",
    "access_token": "CANARY-access",
    "ssh_private_key": "CANARY-key",
    "user_service_token": "CANARY-service",
}

Situation = Callable[[], object]


# Calls that fail because of the server or the network

CALLS: dict[str, Callable[[Any], Any]] = {
    "create_session": lambda client: client.create_session(BODY),
    "create_session(mapping)": lambda client: client.create_session(FIELDS),
    "ensure_session(mapping)": lambda client: client.ensure_session(FIELDS),
    "start_session": lambda client: client.start_session("ses_1", START),
    "start_session(mapping)": lambda client: client.start_session("ses_1", CONFIG),
    "update_session": lambda client: client.update_session("ses_1", UpdateSession(**CONFIG)),
    "launch_session(mappings)": lambda client: client.launch_session(FIELDS, start=CONFIG, timeout=0.3),
    "send": lambda client: client.send(api.start_session("ses_1", START)),
    "get_session": lambda client: client.get_session("ses_1"),
    "list_sessions": lambda client: client.list_sessions("prj_1"),
    "wait_for_session": lambda client: client.wait_for_session("ses_1", timeout=0.3),
    "run_command": lambda client: client.run_command("ses_1", "true", timeout=0.3),
    "create_session(unique name)": lambda client: client.create_session(BODY, unique_name=True),
    "ensure_running(mappings)": lambda client: client.ensure_running(FIELDS, start=CONFIG, timeout=0.3),
    "terminate_session": lambda client: client.terminate_session("ses_1", {"workers_only": True}),
    "delete_session": lambda client: client.delete_session("ses_1"),
    "kill_session_command": lambda client: client.kill_session_command("scd_1"),
}
COMPRESSED = gzip.compress(json.dumps({"result": SECRET_SESSION}).encode())
SCRIPTS: dict[str, Script] = {
    **{
        status.decode(): echoes(status) for status in (b"400 No", b"403 No", b"404 No", b"422 No", b"429 No", b"500 No")
    },
    "redirect": echoes(b"307 No"),
    "another document": echoes(b"200 OK"),
    "cut off": responses(HEAD + b"content-length: 9999\r\n\r\n" + json.dumps({"result": SECRET_SESSION}).encode()),
    "secrets of the wrong type": responses(
        whole(json.dumps({"result": {**SECRET_SESSION, "idle_timeout": "CANARY"}}).encode()), end="keep"
    ),
    "damaged gzip": responses(whole(COMPRESSED[:-9], b"200 OK", b"content-encoding: gzip"), end="keep"),
    "too long": responses(HEAD + b"content-length: 99999999999\r\n\r\n" + json.dumps(SECRET_SESSION).encode()),
    "no JSON": responses(whole(b"CANARY"), end="keep"),
    "no HTTP": responses(b"CANARY\r\n\r\n"),
    "closed": cuts(1, "close"),
    "reset": cuts(1, "reset"),
    "stalled": cuts(1_000_000, "stall"),
    "stalled in the body": responses(HEAD + b"content-length: 9999\r\n\r\nCANARY", end="stall"),
}
CHANGES = ("send", "start_session", "start_session(mapping)", "terminate_session")
FEW_CALLS = ("create_session", "get_session")
TRANSPORTS = ("httpcore", "httpx", "httpx2", "async httpcore", "async aiohttp", "async httpx", "async httpx2")


@contextlib.contextmanager
def fast_client(transport: str, url: str, **options: Any) -> Iterator[Any]:
    """A client over a transport whose calls end soon, and which takes no time between attempts."""
    kind, _, name = transport.rpartition(" ")
    library = {"httpx": httpx, "httpx2": httpx2}.get(name)
    limits = {"timeout": 0.15, "deadline": 0.25, "max_attempts": 2, "allow_http": True}
    make: Any = AsyncSessionsClient if kind else SessionsClient
    if library is None:
        client = make(TOKEN, host=url, **({"transport": name} if kind else {}), **limits, **options)
        client.clock = hurrying_clock()
        yield client
        return
    theirs = (library.AsyncClient if kind else library.Client)(trust_env=False)
    try:
        client = make(TOKEN, host=url, http_client=theirs, **limits, **options)
        client.clock = hurrying_clock()
        yield client
    finally:
        if not kind:
            theirs.close()


def call(transport: str, url: str, do: Callable[[Any], Any], **options: Any) -> None:
    """Do something with a client, in an event loop if it is asynchronous."""
    with fast_client(transport, url, **options) as client:
        if "async" not in transport:
            with client:
                finish(do(client))
            return

        async def run() -> None:
            async with client, closed_at_last(client._http_client):
                result = do(client)
                if hasattr(result, "__aiter__") and not hasattr(result, "__await__"):
                    async for _ in result:
                        pass
                else:
                    await result

        asyncio.run(run())


@contextlib.asynccontextmanager
async def closed_at_last(theirs: Any) -> AsyncIterator[None]:
    """Close the HTTP client that a client was given, if any."""
    try:
        yield
    finally:
        if theirs is not None:
            await theirs.aclose()


def finish(result: Any) -> None:
    """Read a list to its end."""
    if hasattr(result, "next_page"):
        list(result)


def served(transport: str, script: str, do: str) -> None:
    """Make a call of a server that does what a script says."""
    with FaultServer(SCRIPTS[script]).serving() as server:
        call(transport, server.url, CALLS[do])


def unserved(transport: str, url: str, **options: Any) -> None:
    """Make a create request that reaches no server."""
    call(transport, url, CALLS["create_session"], **options)


def untrusted(transport: str) -> None:
    """Make a create request of a server with a certificate that is not trusted."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with FaultServer(responses(whole(b"{}")), context).serving() as server:
        call(transport, server.url, CALLS["create_session"])


def interrupted(transport: str, *, after: bytes = b"") -> None:
    """Interrupt a create request while it waits: a signal, or for asynchronous clients a cancellation."""
    main = threading.get_ident()

    def script(line: Line) -> None:
        line.receive()
        line.send(after)
        if "async" not in transport:
            threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGINT)).start()
        line.stall()

    with FaultServer(script).serving() as server:
        if "async" not in transport:
            call(transport, server.url, CALLS["create_session"])
        else:
            call(transport, server.url, cancelled)


async def cancelled(client: Any) -> None:
    """Cancel a create request while it waits for its response."""
    task = asyncio.ensure_future(CALLS["create_session"](client))
    await asyncio.sleep(0.1)
    task.cancel()
    await task


def failing_clock(transport: str) -> None:
    """Fail, as a bug would, between two attempts of a create request."""

    def broken(_: float) -> None:
        raise ZeroDivisionError

    async def broken_async(_: float) -> None:
        raise ZeroDivisionError

    def do(client: Any) -> Any:
        clock: Clock = client.clock
        client.clock = Clock(clock.monotonic, clock.now, clock.fraction, broken, broken_async)
        return client.get_session("ses_1")

    with FaultServer(echoes(b"500 No")).serving() as server:
        call(transport, server.url, do)


# What fails before anything is sent


def with_environment(do: Situation, **variables: str) -> None:
    """Do something with these variables of ours and a secret of another program, and with an empty home directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANYSCALE_")}
    with tempfile.TemporaryDirectory() as home, patch.dict(os.environ, clear=True):
        os.environ.update(kept | {"A_FIRST": "CANARY-other", "HOME": home} | variables)
        do()


def with_file(content: bytes, do: Situation, mode: int = 0o600, **variables: str) -> None:
    """The same, with a credentials file."""

    def write_and_do() -> None:
        path = Path("~/.anyscale/credentials.json").expanduser()
        path.parent.mkdir(mode=0o700)
        path.write_bytes(content)
        path.chmod(mode)
        do()

    with_environment(write_and_do, **variables)


def with_errors_for_warnings(do: Situation) -> None:
    """Do something while a warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", SessionsWarning)
        do()


def made(**options: Any) -> None:
    """Make both clients; only the first error counts."""
    secret = Secret(options)
    del options
    SessionsClient(**secret.value)


def first_client() -> None:
    """Make a client as if it were the first, which reads the level of the log."""
    with patch.object(_Configuration, "is_done", False):
        made(token=TOKEN)


def unpickled() -> None:
    """Unpickle a client whose credentials are gone."""
    with SessionsClient(TOKEN, proxy=PASSWORD_PROXY, host="http://127.0.0.1:1") as client:
        state = Secret({**client.__getstate__(), "host": "nowhere"})
    pickle.loads(pickle.dumps(SessionsClient.__new__(SessionsClient).__setstate__(state.value)))


def session_file(content: str) -> None:
    """Read a session file."""
    secret = Secret(content)
    del content
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "session.yaml")
        path.write_text(secret.value)
        read_session_file(str(path))


def assigned(name: str) -> None:
    """Assign a wrong value to a field of a session."""
    setattr(CreateSession.of(BODY), name, ["CANARY"] if name == "cluster_config" else "CANARY")


REFUSED: dict[str, Situation] = {
    "token": lambda: made(token=f"{TOKEN}\n"),
    "token of another type": lambda: made(token=[TOKEN]),
    "option": lambda: made(token=TOKEN, proxy=PASSWORD_PROXY, timeout=-1),
    "proxy": lambda: made(token=TOKEN, proxy="ftp://user:CANARY@proxy"),
    "host with a password": lambda: made(token=TOKEN, host="https://user:CANARY@host.example"),
    "host of another type": lambda: made(token=TOKEN, host=["CANARY"]),
    "ca_file": lambda: made(token=TOKEN, proxy=PASSWORD_PROXY, ca_file="/nonexistent"),
    "no token": lambda: with_environment(made),
    "token of the environment": lambda: with_environment(made, ANYSCALE_CLI_TOKEN=f"{TOKEN} ;"),
    "token for another host": lambda: with_environment(
        lambda: made(host="https://b.example"), ANYSCALE_CLI_TOKEN=TOKEN, ANYSCALE_HOST="https://a.example"
    ),
    "host of the environment": lambda: with_environment(made, ANYSCALE_HOST="https://u:CANARY@a.example"),
    "level of the log": lambda: with_environment(
        lambda: with_errors_for_warnings(first_client), ANYSCALE_SESSIONS_LOG="CANARY"
    ),
    "file without a token": lambda: with_file(b'{"other": "CANARY"}', made),
    "malformed file": lambda: with_file(b'{"cli_token": "CANARY", "x"', made),
    "long file": lambda: with_file(b'{"cli_token": "CANARY"}'.ljust(70_000), made),
    "file for another host": lambda: with_file(
        b'{"cli_token": "CANARY", "host": "https://a.example"}', lambda: made(host="https://b.example")
    ),
    "file with a wrong host": lambda: with_file(b'{"cli_token": "CANARY", "host": "u:CANARY@a"}', made),
    "readable file": lambda: with_file(b'{"cli_token": "CANARY"}', lambda: with_errors_for_warnings(made), mode=0o644),
    "pickle": unpickled,
    "session": lambda: CreateSession(**{**FIELDS, "cloud_id": "", "user_service_token": SERVICE_TOKEN + "="}),
    "session with positional arguments": lambda: CreateSession(FIELDS),  # type: ignore[call-overload]
    "session with an unknown field": lambda: CreateSession(**FIELDS, cluster_confg="CANARY"),  # type: ignore[call-arg]
    "ignored token": lambda: with_errors_for_warnings(
        lambda: CreateSession(**FIELDS, user_service_access="private", user_service_token=SERVICE_TOKEN)
    ),
    "session from a mapping": lambda: CreateSession.from_dict({**FIELDS, "cloud_id": None}),
    "session from something else": lambda: CreateSession.from_dict([FIELDS]),  # type: ignore[arg-type]
    "session from JSON": lambda: CreateSession.from_json(json.dumps({**FIELDS, "name": ""}).encode()),
    "session from malformed JSON": lambda: CreateSession.from_json(b'{"cluster_config": "CANARY"'),
    "session from JSON with a key twice": lambda: CreateSession.from_json(b'{"a": "CANARY", "a": "CANARY"}'),
    "assignment of a token": lambda: assigned("user_service_token"),
    "assignment of a config": lambda: assigned("cluster_config"),
    "with_cluster_config": lambda: BODY.with_cluster_config(cluster_config="CANARY", cloud_id=""),
    "with_app_config": lambda: BODY.with_app_config(build_id="", compute_template_id=""),
    "model from a mapping": lambda: Session.from_dict({**SECRET_SESSION, "idle_timeout": "CANARY"}),
    "model from JSON": lambda: Session.from_json(json.dumps({**SECRET_SESSION, "idle_timeout": "CANARY"}).encode()),
    "model from malformed JSON": lambda: Session.from_json(b'{"access_token": "CANARY"'),
    "model with a naive date": lambda: (
        Session.from_dict({**SECRET_SESSION, "activity_details": {"x": "CANARY"}}).to_dict() and naive().to_json()
    ),
    "user service": lambda: SessionsClient(TOKEN).user_service(Session.from_dict(SECRET_SESSION)),
    "wait": lambda: SessionsClient(TOKEN).launch_session(BODY, start=START, timeout=-1),
    "wait for a mapping": lambda: SessionsClient(TOKEN).launch_session(FIELDS, start=CONFIG, timeout=-1),
    "launch of a mapping": lambda: SessionsClient(TOKEN).launch_session({**FIELDS, "name": ""}),
    "launch with a mapping as options": lambda: SessionsClient(TOKEN).launch_session(BODY, start={**CONFIG, "x": 1}),
    "create of a mapping": lambda: SessionsClient(TOKEN).create_session({**FIELDS, "name": ""}),
    "ensure of a mapping": lambda: SessionsClient(TOKEN).ensure_session({**FIELDS, "name": ""}),
    "ensure_running of a mapping": lambda: SessionsClient(TOKEN).ensure_running({**FIELDS, "name": ""}),
    "scope of a mapping": lambda: SessionsClient(TOKEN).session_scope({**FIELDS, "name": ""}).__enter__(),
    "start with an unknown field": lambda: SessionsClient(TOKEN).start_session("ses_1", {**CONFIG, "x": 1}),
    "start with a wrong id": lambda: SessionsClient(TOKEN).start_session("..", CONFIG),
    "update with another type": lambda: SessionsClient(TOKEN).update_session("ses_1", [CONFIG]),  # type: ignore[arg-type]
    "session file": lambda: session_file(json.dumps({**FIELDS, "name": ""})),
    "session file in YAML": lambda: session_file(
        "name: a\ncluster_config: |\n  key: CANARY\nuser_service_token: CANARY\n"
    ),
    "malformed session file": lambda: session_file("cluster_config: 'CANARY\n- CANARY: ["),
    "malformed session file in JSON": lambda: session_file('{"cluster_config": "CANARY", x}'),
    "session file with a control character": lambda: session_file("cluster_config: CANARY\x00"),
    "session file of a list": lambda: session_file("- CANARY"),
    "session file with a tag": lambda: session_file("cluster_config: !!python/object CANARY"),
    "session file with a name that is no text": lambda: session_file("[CANARY]: CANARY"),
    "nested session file": lambda: session_file("cluster_config: " + "[" * 60 + "CANARY" + "]" * 60),
    "nested session file in JSON": lambda: session_file('{"x": ' + "[" * 60 + '"CANARY"' + "]" * 60 + "}"),
    "long session file": lambda: session_file("cluster_config: CANARY" + " " * 1_100_000),
}


def naive() -> Session:
    """A session with secrets and a date without a time zone."""
    from datetime import datetime

    session = Session.from_dict(SECRET_SESSION)
    session.created_at = datetime(2026, 1, 1)  # noqa: DTZ001 - that is what is wrong
    return session


SITUATIONS: dict[str, Situation] = {
    **{f"refused: {name}": situation for name, situation in REFUSED.items()},
    **{
        f"{transport}: {script}: {do}": (
            lambda transport=transport, script=script, do=do: served(transport, script, do)
        )
        for transport in TRANSPORTS
        for script in SCRIPTS
        for do in (CALLS if transport == "httpcore" else FEW_CALLS)
        if not (script.startswith("stalled") and do != "create_session")
        # A start returns an operation, which that response describes as well.
        and not (script == "secrets of the wrong type" and do in CHANGES)
        # A deletion has no result.
        and not (script in ("another document", "secrets of the wrong type", "no JSON") and do == "delete_session")
    },
    **{
        f"{transport}: {name}": (lambda transport=transport, do=do: do(transport))
        for transport in TRANSPORTS
        for name, do in {
            "connection refused": lambda transport: unserved(transport, "http://127.0.0.1:1"),
            "interrupted": interrupted,
            "interrupted in the body": lambda transport: interrupted(
                transport, after=HEAD + b"set-cookie: CANARY\r\ncontent-length: 9999\r\n\r\nCANARY"
            ),
            "certificate": untrusted,
            "bug": failing_clock,
        }.items()
    },
    **{
        f"{transport}: {name}": (lambda transport=transport, do=do: do(transport))
        for transport in ("httpcore", "async httpcore", "async aiohttp")
        for name, do in {
            "unknown host": lambda transport: unserved(transport, "http://sessions.invalid"),
            "proxy refused": lambda transport: unserved(transport, "http://a.example", proxy=PASSWORD_PROXY),
            "proxy refused for TLS": lambda transport: unserved(transport, "https://a.example", proxy=PASSWORD_PROXY),
            "proxy of the environment": lambda transport: with_environment(
                lambda: unserved(transport, "http://a.example"), http_proxy="ftp://u:CANARY@p"
            ),
            "SOCKS": lambda transport: without_socks(
                lambda: unserved(transport, "http://a.example", proxy="socks5://u:CANARY@127.0.0.1:1")
            ),
        }.items()
    },
}


def without_socks(do: Situation) -> None:
    """Do something where the package for SOCKS is not installed."""
    with patch.dict(sys.modules, {"socksio": None}):
        do()
