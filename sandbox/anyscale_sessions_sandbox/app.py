"""The sandbox as an ASGI application, to be served by `serve()` or by a server of your own."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import sqlite3
import uuid
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any, Self, cast

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .auth import Guard
from .backend import Backend
from .clock import Clock, SystemClock
from .database import DAMAGED, open_file, open_memory
from .errors import SandboxDatabaseError
from .ids import Ids
from .moment import Timings
from .moves import Move, Moves
from .routes import Gateway, error_body, json_response
from .runtimes import Logs, Runtime, named
from .spec import Spec
from .store import Store

TOKEN_BYTES = 32

logger = logging.getLogger("anyscale_sessions_sandbox")


class SandboxApp:
    """A sandbox as an ASGI application: `token` opens it, and it lives by `clock`.

    Requests are read side by side and done one after the other, each wholly or not at all. What a request does, a few
    statements of SQLite, is done on the event loop's own thread.

    It is closed by `close()`, by leaving a `with` block, or by the server's end where the server says so.
    """

    def __init__(self, app: ASGIApp, backend: Backend, token: str, clock: Clock) -> None:
        self.token = token
        self.clock = clock
        self._app = app
        self._backend = backend

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        await self._app(scope, receive, send)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def found(self) -> tuple[str, ...]:
        """What was found, and set right, when the sandbox was started: a line for people on each thing."""
        return self._backend.found

    @property
    def moves(self) -> Moves:
        """The rules for how sessions go on from their states."""
        return self._backend.moves

    def move(self, session_id: str, state: str, message: str | None = None) -> None:
        """Move a session by hand to a state that can follow its own; in one ending in `Errored`, `message` says why.

        Raises LookupError if there is no such session, and Conflict if its state cannot be followed by that one.
        """
        self._backend.move(session_id, state, message)

    def logs(self, command_id: str) -> Logs:
        """What a session's command has written until now.

        Raises LookupError if there is no such command, or its output went with its session's machines.
        """
        return self._backend.logs(command_id)

    def close(self) -> None:
        """End whatever runs and close the database; nothing can be asked any more."""
        self._backend.close()


def create_app(
    *,
    db: str | os.PathLike[str] | None = None,
    token: str | None = None,
    clock: Clock | None = None,
    timings: Timings | None = None,
    runtime: Runtime | str | None = None,
    validate_replies: bool = False,
    ids_seed: int | str | None = None,
    moves: Iterable[Move] = (),
    document: Mapping[str, Any] | None = None,
) -> SandboxApp:
    """Make a sandbox.

    Args:
        db: file to keep everything in; without it, all is in memory and gone at the end.
        token: what requests must carry; a random one by default.
        clock: time to live by; real time by default.
        timings: how long a start and a termination take.
        runtime: what sessions are, as a name or as one of the sandbox's own: "virtual", the default, where they are
            nothing but their state, or "process", where they run commands; see `VirtualRuntime` and `ProcessRuntime`.
        validate_replies: answer 500, naming the places, where a reply breaks the spec.
        ids_seed: where ids and secrets of sessions come from, so that they are the same in every run; for tests alone.
        moves: how sessions go on from states, where that is not as it is by itself.
        document: the OpenAPI document to serve; by default the one the client was generated from.

    Raises:
        SandboxDatabaseError: the file is locked, damaged, newer, not a sandbox's, or not writable. It is unchanged.
        SandboxRuntimeError: the runtime cannot be used on this machine.
        ValueError: the token holds characters that cannot stand in a cookie, or no runtime has the name.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES) if token is None else token
    guard = Guard(token)
    clock = clock or SystemClock()
    runtime = named(runtime or "virtual") if runtime is None or isinstance(runtime, str) else runtime
    # By way of JSON, since in a document read from YAML a status can be a number and an example a date.
    spec = Spec.shipped() if document is None else Spec(json.loads(json.dumps(document, default=str)))
    store = Store(open_memory() if db is None else open_file(db))
    with contextlib.ExitStack() as undo:
        undo.callback(store.close)
        try:
            backend = Backend(store, clock, runtime, timings or Timings(), Ids(ids_seed), Moves(moves))
        except (sqlite3.Error, TypeError, ValueError):
            # The time it was left at cannot be read.
            raise SandboxDatabaseError(db or ":memory:", *DAMAGED) from None
        undo.pop_all()
    gateway = Gateway(spec, guard, backend, validate_replies=validate_replies)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        yield
        backend.close()

    app = Starlette(
        routes=gateway.routes(),
        middleware=[Middleware(RequestIds)],
        exception_handlers={HTTPException: _refuse_route},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # A client sends its token to no other place than the one it asked for.
    return SandboxApp(app, backend, token, clock)


class RequestIds:
    """Gives every request an id, which stands in its reply and in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its id with the reply."""
        scope["request_id"] = request_id = str(uuid.uuid4())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
                logger.info("%s %s %d", request_id, scope.get("operation_id", "-"), message["status"])
            await send(message)

        await self._app(scope, receive, send_with_id)


def _refuse_route(_request: Request, error: Exception) -> Response:
    """A path or a method that the spec does not have."""
    refusal = cast("HTTPException", error)
    return json_response(refusal.status_code, error_body(f"{refusal.detail}."), refusal.headers)
