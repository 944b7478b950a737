"""The sandbox as an ASGI application, for `serve()` or for any other ASGI server."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Self, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .api.sessions_api import SessionsApi
from .clock import Clock, SystemClock
from .control.controls import Components, Controls
from .control.seed import Seeder
from .engine.backend import Backend
from .engine.transaction import Timings
from .engine.transition_rules import TransitionRule, TransitionRules
from .errors import SandboxDatabaseError
from .faults import Fault, Faults
from .faults.wire import PendingFaults
from .gateway.auth import TOKEN, Authenticator
from .gateway.hosts import AllowedHosts, HostCheck
from .gateway.router import Gateway, error_body, json_response
from .journal import Journal
from .journal.middleware import JournalMiddleware
from .journal.redaction import Redactor, secret_names
from .names import Names
from .runtimes import Runtime, runtime_by_name
from .spec import Spec
from .storage.database import explain, open_file, open_memory
from .storage.ids import Ids
from .storage.store import TOKEN_SETTING, Store

if TYPE_CHECKING:
    from .page.api import PageApi

TOKEN_BYTES = 32
CONTROL_PREFIX = "/_sandbox/"
# The path of the page, and the beginnings of the paths that it uses besides those of the control API.
PAGE_PATH = "/"
PAGE_PREFIXES = ("/_sandbox/page/", "/_sandbox/page-data/", "/_sandbox/feed")


class SandboxApp(Controls):
    """A sandbox as an ASGI application. Requests must carry `token`, and all times come from `clock`.

    Requests are read concurrently and performed one after the other, each in one transaction. A request takes a few
    SQLite statements, which run in the thread of the event loop.

    Close it with `close()`, with a `with` block, or by the server's ASGI lifespan.
    """

    def __init__(
        self,
        app: ASGIApp,
        components: Components,
        make_control_app: Callable[[], ASGIApp],
        make_page: Callable[[], PageApi] | None,
        pending: PendingFaults,
        allowed_hosts: AllowedHosts | None,
    ) -> None:
        super().__init__(components)
        self._entrance = HostCheck(self._route, allowed_hosts) if allowed_hosts else self._route
        self._app = app
        self._make_control_app = make_control_app
        self._control_app: ASGIApp | None = None
        self._make_page = make_page
        self._page: PageApi | None = None
        self._page_app: ASGIApp | None = None
        self._pending = pending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI request."""
        await self._entrance(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"] if scope["type"] == "http" else ""
        # Both are made at the first request, because most sandboxes do not need them.
        if self._make_page and (path == PAGE_PATH or path.startswith(PAGE_PREFIXES)):
            if self._page is None or self._page_app is None:
                self._page = self._make_page()
                self._page_app = _application(self._page, self.clock)
            await self._page_app(scope, receive, send)
        elif path.startswith(CONTROL_PREFIX):
            self._control_app = self._control_app or self._make_control_app()
            await self._control_app(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def release(self) -> None:
        """End the requests that faults delay and the feeds. Called in the event loop, before it stops."""
        self._pending.release()
        if self._page:
            self._page.feed.close()

    def close(self) -> None:
        """Stop the runtime and close the database. The sandbox cannot be used afterwards."""
        self._components.backend.close()


def create_app(
    *,
    db: str | os.PathLike[str] | None = None,
    token: str | None = None,
    clock: Clock | None = None,
    timings: Timings | None = None,
    runtime: Runtime | str | None = None,
    validate_responses: bool = False,
    ids_seed: int | str | None = None,
    transition_rules: Iterable[TransitionRule] = (),
    faults: Iterable[Fault] = (),
    document: Mapping[str, Any] | None = None,
    allowed_hosts: Iterable[str] | None = None,
    page: bool = True,
) -> SandboxApp:
    """Create a sandbox.

    Args:
        db: the database file; without it, everything is kept in memory. A damaged file is renamed and a new one is
            created; `startup_notes` and the log say so.
        token: the token that requests must carry, of at least 16 characters. By default it is the one that the database
            file has, and for a new file or without a file a random one.
        clock: the clock of the sandbox; real time by default.
        timings: how long a start and a termination take.
        runtime: what runs a session, as a name or as a `Runtime`: "virtual", the default, runs nothing, and "process"
            runs commands on this machine; see `VirtualRuntime` and `ProcessRuntime`.
        validate_responses: check each response against the OpenAPI document, and answer 500 if it breaks it.
        ids_seed: seed for ids and secrets, which are then the same in every run. Use it for tests only.
        transition_rules: rules that change how sessions move from state to state.
        faults: the faults to inject.
        document: the OpenAPI document to serve; by default the one that the client was generated from.
        allowed_hosts: the host names by which clients reach the sandbox, besides localhost and the name and the
            addresses of this machine. If they are given, a request for another host is answered with 421, and one that
            a web page of another origin makes with 403. Without them, neither is checked.
        page: serve the live page at `/`.

    Raises:
        SandboxDatabaseError: the file is locked, written by a newer version, not a sandbox database, or not writable.
            It is not changed.
        SandboxRuntimeError: the runtime cannot be used on this machine.
        ValueError: the token is short or has characters that a cookie cannot carry, there is no runtime of that name,
            an allowed host is not a host name, or a fault names an operation that the document does not have.
    """
    allowed = None if allowed_hosts is None else AllowedHosts(allowed_hosts)
    if token is not None:
        Authenticator(token)  # a token that cannot be used is refused before a file is opened
    clock = clock or SystemClock()
    runtime = runtime_by_name(runtime or "virtual") if runtime is None or isinstance(runtime, str) else runtime
    # A document that was read from YAML can have numbers as status codes and dates in examples. JSON has neither.
    spec = Spec.shipped() if document is None else Spec(json.loads(json.dumps(document, default=str)))
    names = Names(spec)
    fault_registry, pending = Faults(faults, names.check_fault), PendingFaults()
    connection = open_memory() if db is None else open_file(db)
    store = Store(connection)
    try:
        with contextlib.ExitStack() as on_error:
            on_error.callback(store.close)
            token = _kept_token(store, token) if db is not None else token or _new_token()
            rules = TransitionRules(transition_rules)
            backend = Backend(store, clock, runtime, timings or Timings(), Ids(ids_seed), rules)
            backend.startup_notes = (*connection.notes, *backend.startup_notes)
            on_error.pop_all()
    except sqlite3.Error as error:
        raise SandboxDatabaseError(":memory:" if db is None else db, *explain(error)) from None
    authenticator = Authenticator(token)
    api = SessionsApi(spec, authenticator, backend, fault_registry, pending, validate_responses=validate_responses)
    journal = Journal(Redactor(secret_names(spec), (token,)), names)
    components = Components(token, clock, backend, fault_registry, journal, Seeder(spec, lambda: api.validators))

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        yield
        backend.close()

    def make_control_app() -> ASGIApp:
        from .control import ControlApi

        control_api = ControlApi(authenticator, Controls(components), validate_responses=validate_responses)
        return _application(control_api, clock)

    def make_page() -> PageApi:
        from .page.api import PageApi

        return PageApi(authenticator, components, spec, api.validators, validate_responses=validate_responses)

    app = _application(api, clock, journal, lifespan)
    return SandboxApp(app, components, make_control_app, make_page if page else None, pending, allowed)


def _kept_token(store: Store, token: str | None) -> str:
    """The given token, or else the one in the database, or else a new one. The database keeps it for the next time."""
    with store.transaction():
        stored = store.setting(TOKEN_SETTING) or ""
        token = token or (stored if TOKEN.fullmatch(stored) else _new_token())
        store.set_setting(TOKEN_SETTING, token)
    return token


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _application(
    gateway: Gateway,
    clock: Clock,
    journal: Journal | None = None,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
) -> ASGIApp:
    app = Starlette(
        routes=gateway.routes(),
        middleware=[Middleware(JournalMiddleware, clock=clock, journal=journal)],
        exception_handlers={HTTPException: _not_routed},
        lifespan=lifespan,
    )
    # A client must not send its token to another URL than the one it was given.
    app.router.redirect_slashes = False
    return app


def _not_routed(_request: Request, error: Exception) -> Response:
    """The response for a path or a method that the OpenAPI document does not have."""
    exception = cast("HTTPException", error)
    return json_response(exception.status_code, error_body(f"{exception.detail}."), exception.headers)
