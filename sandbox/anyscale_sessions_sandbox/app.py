"""The sandbox as an ASGI application, to be served by `serve()` or by a server of your own."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from email.utils import format_datetime
from typing import Any, Self, cast

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .api.sessions_api import SessionsApi
from .clock import Clock, SystemClock
from .control.controls import Controls, Parts
from .control.seed import Seeding
from .engine.backend import Backend
from .engine.transaction import Timings
from .engine.transition_rules import TransitionRule, TransitionRules
from .faults import Fault, Faults
from .faults.wire import Held
from .gateway.auth import Guard
from .gateway.router import Gateway, error_body, json_response
from .journal import Journal
from .journal.middleware import Recorder
from .journal.redaction import Masking, secret_names
from .runtimes import Runtime, named
from .spec import Spec
from .storage.database import open_file, open_memory
from .storage.ids import Ids
from .storage.store import Store

TOKEN_BYTES = 32
CONTROL_PREFIX = "/_sandbox/"

logger = logging.getLogger("anyscale_sessions_sandbox")


class SandboxApp(Controls):
    """A sandbox as an ASGI application: `token` opens it, and it lives by `clock`.

    Requests are read side by side and done one after the other, each wholly or not at all. What a request does, a few
    statements of SQLite, is done on the event loop's own thread.

    It is closed by `close()`, by leaving a `with` block, or by the server's end where the server says so.
    """

    def __init__(self, app: ASGIApp, parts: Parts, make_control: Callable[[], ASGIApp], held: Held) -> None:
        super().__init__(parts)
        self._app = app
        self._make_control = make_control
        self._control: ASGIApp | None = None
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] == "http" and scope["path"].startswith(CONTROL_PREFIX):
            # Most sandboxes do without it.
            self._control = self._control or self._make_control()
            await self._control(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def let_go(self) -> None:
        """Let go of the requests that faults hold back. Called in the event loop that serves them, before it ends."""
        self._held.let_go()

    def close(self) -> None:
        """End whatever runs and close the database; nothing can be asked any more."""
        self._parts.backend.close()


def create_app(
    *,
    db: str | os.PathLike[str] | None = None,
    token: str | None = None,
    clock: Clock | None = None,
    timings: Timings | None = None,
    runtime: Runtime | str | None = None,
    validate_responses: bool = False,
    ids_seed: int | str | None = None,
    moves: Iterable[TransitionRule] = (),
    faults: Iterable[Fault] = (),
    document: Mapping[str, Any] | None = None,
) -> SandboxApp:
    """Make a sandbox.

    Args:
        db: file to keep everything in; without it, all is in memory and gone at the end. A damaged one is kept under
            another name, and a new one is begun; `found` and the log say so.
        token: what requests must carry; a random one by default.
        clock: time to live by; real time by default.
        timings: how long a start and a termination take.
        runtime: what sessions are, as a name or as one of the sandbox's own: "virtual", the default, where they are
            nothing but their state, or "process", where they run commands; see `VirtualRuntime` and `ProcessRuntime`.
        validate_responses: answer 500, naming the places, where a response breaks the spec.
        ids_seed: where ids and secrets of sessions come from, so that they are the same in every run; for tests alone.
        faults: what goes wrong with which calls.
        moves: how sessions go on from states, where that is not as it is by itself.
        document: the OpenAPI document to serve; by default the one the client was generated from.

    Raises:
        SandboxDatabaseError: the file is locked, newer, not a sandbox's, or not writable. It is unchanged.
        SandboxRuntimeError: the runtime cannot be used on this machine.
        ValueError: the token holds characters that cannot stand in a cookie, or no runtime has the name.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES) if token is None else token
    guard = Guard(token)
    clock = clock or SystemClock()
    runtime = named(runtime or "virtual") if runtime is None or isinstance(runtime, str) else runtime
    # By way of JSON, since in a document read from YAML a status can be a number and an example a date.
    spec = Spec.shipped() if document is None else Spec(json.loads(json.dumps(document, default=str)))
    connection = open_memory() if db is None else open_file(db)
    store = Store(connection)
    with contextlib.ExitStack() as undo:
        undo.callback(store.close)
        backend = Backend(store, clock, runtime, timings or Timings(), Ids(ids_seed), TransitionRules(moves))
        backend.found = (*connection.notes, *backend.found)
        undo.pop_all()
    book, held = Faults(faults), Held()
    api = SessionsApi(spec, guard, backend, book, held, validate_responses=validate_responses)
    journal = Journal(clock.now, Masking(secret_names(spec), (token,)))
    parts = Parts(token, clock, backend, book, journal, Seeding(spec, lambda: api.validators))

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        yield
        backend.close()

    def make_control() -> ASGIApp:
        from .control import ControlApi

        return _application(ControlApi(guard, Controls(parts), validate_responses=validate_responses), clock)

    app = _application(api, clock, journal, lifespan)
    return SandboxApp(app, parts, make_control, held)


def _application(
    gateway: Gateway,
    clock: Clock,
    journal: Journal | None = None,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
) -> ASGIApp:
    app = Starlette(
        routes=gateway.routes(),
        middleware=[Middleware(Stamps, clock=clock), *([Middleware(Recorder, journal=journal)] if journal else [])],
        exception_handlers={HTTPException: _refuse_route},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # A client sends its token to no other place than the one it asked for.
    return app


class Stamps:
    """Gives every response its request's id, which stands in the log too, and the date by the sandbox's clock."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its id with the response."""
        scope["request_id"] = request_id = str(uuid.uuid4())
        scope["date"] = format_datetime(self._clock.now().replace(microsecond=0), usegmt=True)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["Date"] = scope["date"]
                logger.info("%s %s %d", request_id, scope.get("operation_id", "-"), message["status"])
            await send(message)

        await self._app(scope, receive, send_with_id)


def _refuse_route(_request: Request, error: Exception) -> Response:
    """A path or a method that the spec does not have."""
    refusal = cast("HTTPException", error)
    return json_response(refusal.status_code, error_body(f"{refusal.detail}."), refusal.headers)
