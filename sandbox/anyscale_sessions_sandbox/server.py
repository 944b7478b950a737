"""A sandbox served over HTTP, in a thread of the calling process."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from .app import SandboxApp, create_app
from .clock import Clock
from .control.controls import Components, Controls
from .engine.transaction import Timings
from .engine.transition_rules import TransitionRule
from .errors import SandboxAddressError
from .exposure import exposure_warning
from .faults import Fault
from .faults.wire import TRANSPORT
from .gateway.hosts import AllowedHosts, HostCheck
from .page.address import page_url
from .real_time_loop import RealTimeLoop
from .runtimes import Runtime

READY_TIMEOUT_S = 10.0
# How long a connection may be open without a request, or between two parts of a request.
IDLE_TIMEOUT_S = 60.0
# How long the server waits for unfinished requests when it stops.
GRACE_S = 1
# How long to wait for the thread of the server to end. After this time it is left behind.
STOP_TIMEOUT_S = 10.0
# How many connections may wait to be accepted.
BACKLOG = 2048
# Hosts that stand for every address of the machine, and an address that reaches each.
REACHABLE_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound to them here

logger = logging.getLogger("anyscale_sessions_sandbox")


class Sandbox(Controls):
    """A sandbox that is served at `url`."""

    def __init__(self, url: str, components: Components, *, has_page: bool = True) -> None:
        super().__init__(components)
        self.url = url
        self._has_page = has_page

    @property
    def page_url(self) -> str | None:
        """The address of the live page, which contains the token; None if the page is switched off."""
        return page_url(self.url, self.token) if self._has_page else None

    def __repr__(self) -> str:
        # A traceback also shows a sandbox that is not complete yet.
        return f"{type(self).__name__}({vars(self).get('url')!r})"


@contextmanager
def serve(
    *,
    db: str | os.PathLike[str] | None = None,
    token: str | None = None,
    clock: Clock | None = None,
    port: int = 0,
    host: str = "127.0.0.1",
    timings: Timings | None = None,
    runtime: Runtime | str | None = None,
    validate_responses: bool = False,
    ids_seed: int | str | None = None,
    transition_rules: Iterable[TransitionRule] = (),
    faults: Iterable[Fault] = (),
    document: Mapping[str, Any] | None = None,
    allowed_hosts: Iterable[str] = (),
    page: bool = True,
) -> Generator[Sandbox]:
    """Serve a sandbox for the duration of the `with` block. It is ready when the block begins.

    The server has its own thread, so it also works while an event loop is running.

    Args:
        db: see `create_app`.
        token: see `create_app`.
        clock: see `create_app`.
        port: the port to listen on; 0 uses a free one.
        host: the address to listen on. Other machines can reach the sandbox only if it is not a loopback address;
            `startup_notes` and the log warn of that.
        timings: see `create_app`.
        runtime: see `create_app`.
        validate_responses: see `create_app`.
        ids_seed: see `create_app`.
        transition_rules: see `create_app`.
        faults: see `create_app`.
        document: see `create_app`.
        allowed_hosts: the host names by which clients reach the sandbox, besides `host`, localhost and the name and the
            addresses of this machine. A request for another host is answered with 421, and one that a web page of
            another origin makes with 403.
        page: see `create_app`.

    Raises:
        SandboxAddressError: the sandbox cannot listen on the address.
        SandboxDatabaseError: the database cannot be used.
        SandboxRuntimeError: the runtime cannot be used on this machine.
        ValueError: see `create_app`.
    """
    with (
        _listener(host, port) as listener,
        create_app(
            db=db,
            token=token,
            clock=clock,
            timings=timings,
            runtime=runtime,
            validate_responses=validate_responses,
            ids_seed=ids_seed,
            transition_rules=transition_rules,
            faults=faults,
            document=document,
            page=page,
        ) as app,
    ):
        _warn_if_exposed(app, listener)
        allowed = AllowedHosts(allowed_hosts, (host, listener.getsockname()[0]))
        with _served(app, HostCheck(app, allowed), listener):
            yield Sandbox(_url(host, listener), app.components, has_page=page)


def _listener(host: str, port: int) -> socket.socket:
    if not host:
        # The system takes it for every address of the machine, but it is more likely an unset variable.
        raise SandboxAddressError(host, port, "the host is empty")
    # The protocol is given because asyncio disables Nagle's delay (40 ms a response) only for explicit TCP sockets.
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, proto=socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # If two sockets are bound to one address, only this call fails for the second one.
        listener.listen(BACKLOG)
    except (OSError, OverflowError, TypeError, ValueError) as error:
        listener.close()
        raise SandboxAddressError(host, port, getattr(error, "strerror", None) or str(error)) from None
    return listener


def _warn_if_exposed(app: SandboxApp, listener: socket.socket) -> None:
    address, port, *_ = listener.getsockname()
    backend = app.components.backend
    warning = exposure_warning(address, port, backend.runtime_name)
    if warning:
        backend.startup_notes = (warning, *backend.startup_notes)
        logger.warning("%s", warning)


@contextmanager
def _served(app: SandboxApp, entrance: HostCheck, listener: socket.socket) -> Generator[None]:
    config = uvicorn.Config(
        entrance,
        http=_Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        # Anyone can send these headers, whatever the environment variable FORWARDED_ALLOW_IPS says.
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )
    server = _Server(config, app)
    thread = threading.Thread(target=_run, args=(server, listener), name="anyscale-sessions-sandbox", daemon=True)
    thread.start()
    try:
        server.ready.result(READY_TIMEOUT_S)
        yield
    finally:
        server.should_exit = True
        thread.join(STOP_TIMEOUT_S)
        if thread.is_alive():
            logger.warning("the server of the sandbox did not stop within %g s", STOP_TIMEOUT_S)


def _run(server: _Server, listener: socket.socket) -> None:
    with asyncio.Runner(loop_factory=RealTimeLoop) as runner:
        runner.run(server.serve([listener]))


class _Server(uvicorn.Server):
    """A server with a future that is done when it listens."""

    def __init__(self, config: uvicorn.Config, app: SandboxApp) -> None:
        super().__init__(config)
        self._app = app
        self.ready: Future[None] = Future()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set_result(None)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.release()
        await super().shutdown(sockets)


class _Connection(H11Protocol):
    """A connection that ends if its client sends nothing.

    It puts its transport into the scope of its requests, so that faults can break it.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._last_s = self.loop.time()
        self._timer = self.loop.call_later(IDLE_TIMEOUT_S, self._close_if_idle)
        app = self.app

        async def app_with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[TRANSPORT] = transport
            await app(scope, receive, send)

        self.app = app_with_transport

    def data_received(self, data: bytes) -> None:
        self._last_s = self.loop.time()
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    def _close_if_idle(self) -> None:
        idle_s = self.loop.time() - self._last_s
        cycle = cast("RequestResponseCycle | None", self.cycle)
        is_answering = cycle is not None and not cycle.response_complete and not cycle.more_body
        if idle_s >= IDLE_TIMEOUT_S and not is_answering:
            self.transport.close()
        else:
            wait_s = IDLE_TIMEOUT_S if is_answering else IDLE_TIMEOUT_S - idle_s
            self._timer = self.loop.call_later(wait_s, self._close_if_idle)


def _url(host: str, listener: socket.socket) -> str:
    address, port, *_ = listener.getsockname()
    reached_by = REACHABLE_ADDRESSES.get(address, host)
    return f"http://[{reached_by}]:{port}" if ":" in reached_by else f"http://{reached_by}:{port}"
