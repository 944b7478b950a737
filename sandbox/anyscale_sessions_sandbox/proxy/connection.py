"""The connection of one client: each request is checked, and then passed on or refused."""

from __future__ import annotations

import asyncio
import contextlib
import re

import h11

from .access import Verdict, decide
from .credentials import Credentials, credentials_of, without_link_token
from .exchange import ClientGoneError, ServiceConnection
from .headers import for_service, is_ambiguous, upgrade_of
from .peer import CHUNK_BYTES, Peer
from .responses import AMBIGUOUS, BY_VERDICT, NO_TUNNELS, SLOW_CLIENT, Refusal, refusal, signed_in
from .route import Limits, Route

# The methods that a sign-in link is for: a browser that follows a redirect sends no body again.
LINK_METHODS = (b"GET", b"HEAD")
# The host and the port at the beginning of a URL without its scheme.
AUTHORITY = re.compile(rb"[^/?#]*")


class Connection:
    """The connection of one client."""

    def __init__(
        self, route: Route, limits: Limits, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str
    ) -> None:
        self._route = route
        self._limits = limits
        self._client = Peer.client(reader, writer, limits.body_s)
        self._service = ServiceConnection(route, limits, self._client)
        self._client_address = address.encode()

    async def run(self) -> None:
        """Answer requests until one side ends. Everything is closed at the end."""
        try:
            await self._answer_all()
            await self._service.close()
            await self._client.close()
        finally:
            # After a cancellation, nothing may stay open.
            self._service.abort()
            self._client.abort()

    async def refuse(self, status: int, text: str) -> None:
        """Answer with a refusal, whatever the request is."""
        try:
            with contextlib.suppress(OSError, TimeoutError):
                await self._client.send(*refusal(status, text))
                await self._client.linger()
        finally:
            self._client.abort()

    async def _answer_all(self) -> None:
        try:
            while await self._answer_next():
                self._client.http.start_next_cycle()
        except (OSError, TimeoutError, ClientGoneError, h11.ProtocolError):
            self._client.abort()

    async def _answer_next(self) -> bool:
        """Answer one request. Returns whether another can follow on this connection."""
        try:
            request = await self._next_request()
            if request is None:
                return False
            await self._answer(request)
        except Refusal as refused:
            await self._client.send(*refusal(refused.status, refused.text))
        except h11.RemoteProtocolError as error:
            await self._client.send(*refusal(error.error_status_hint, "The request is not valid HTTP."))
        if self._client.is_reusable:
            return True
        if self._client.http.our_state is not h11.SWITCHED_PROTOCOL:
            await self._client.linger()
        return False

    async def _next_request(self) -> h11.Request | None:
        """The head of the next request; None if there is none."""
        client = self._client
        if not client.http.trailing_data[0]:
            try:
                async with asyncio.timeout(self._limits.idle_s):
                    client.http.receive_data(await client.reader.read(CHUNK_BYTES))
            except TimeoutError:
                return None
        try:
            async with asyncio.timeout(self._limits.head_s):
                event = await client.event(None)
        except TimeoutError:
            raise Refusal(*SLOW_CLIENT) from None
        return event if isinstance(event, h11.Request) else None

    async def _answer(self, request: h11.Request) -> None:
        route, headers = self._route, list(request.headers)
        if is_ambiguous(headers, request.http_version):
            raise Refusal(*AMBIGUOUS)
        if request.method == b"CONNECT":
            raise Refusal(*NO_TUNNELS)
        target = _origin_form(request.target)
        credentials = credentials_of(headers, target, route.port)
        is_upgrade = upgrade_of(headers) is not None
        if request.method in LINK_METHODS and not is_upgrade and route.access.accepts(credentials.link):
            await self._sign_in(target, credentials)
            return
        # A client that opens a WebSocket follows no redirect, so the token of a link counts there without one.
        counted = (
            credentials if is_upgrade or not route.access.accepts(credentials.link) else credentials._replace(link=())
        )
        verdict = decide(route.access, counted, headers, route.hosts)
        if verdict is not Verdict.ALLOWED:
            raise Refusal(*BY_VERDICT[verdict])
        passed_on = h11.Request(
            method=request.method,
            target=without_link_token(target, route.access.hides),
            headers=for_service(headers, route, self._client_address),
        )
        await self._service.exchange(passed_on)

    async def _sign_in(self, target: bytes, credentials: Credentials) -> None:
        token = next(token for token in credentials.link if self._route.access.accepts([token]))
        location = without_link_token(target, self._route.access.hides)
        while not isinstance(await self._client.event(self._limits.body_s), h11.EndOfMessage):
            pass
        await self._client.send(*signed_in(location, self._route.port, token))


def _origin_form(target: bytes) -> bytes:
    """The path and the query of a target. A client that takes the proxy for a forward proxy sends a whole URL."""
    if not target.lower().startswith((b"http://", b"https://")):
        return target
    path_and_query = AUTHORITY.sub(b"", target.partition(b"://")[2], count=1)
    return path_and_query if path_and_query.startswith(b"/") else b"/" + path_and_query
