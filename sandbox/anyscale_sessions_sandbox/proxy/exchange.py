"""A request to a service and its response. Both are passed on as they arrive; nothing is collected."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import cast

import h11

from .headers import for_client, has_body, is_ambiguous
from .peer import CHUNK_BYTES, LINGER_S, Peer
from .responses import DOWN, NOT_HTTP, NOT_RUNNING, SLOW, SLOW_CLIENT, Refusal
from .route import Limits, Route

SERVICE_HOST = "127.0.0.1"
# A service may close a connection just when the next request is sent on it. Only these requests are sent again then.
RETRYABLE_METHODS = (b"GET", b"HEAD", b"OPTIONS")


class ClientGoneError(Exception):
    """The client has left, or cannot be sent a complete response."""


class _NoResponseError(Exception):
    """The service has closed the connection without a response."""


class ServiceConnection:
    """The connection to the service, for one client. It is kept from one request to the next."""

    def __init__(self, route: Route, limits: Limits, client: Peer) -> None:
        self._route = route
        self._limits = limits
        self._client = client
        self._kept: Peer | None = None

    async def close(self) -> None:
        """Close the connection to the service."""
        if self._kept:
            await self._kept.close()

    def abort(self) -> None:
        """Reset the connection to the service."""
        if self._kept:
            self._kept.abort()

    async def exchange(self, request: h11.Request) -> None:
        """Send a request to the service, and its response to the client.

        Raises `Refusal` if there is no response, h11.RemoteProtocolError if the body of the request is not valid, and
        `ClientGoneError`, OSError or TimeoutError if the exchange cannot be completed.
        """
        kept = self._take_kept(request)
        if kept:
            # Without a response, the service had closed this connection.
            with contextlib.suppress(_NoResponseError):
                await self._exchange_with(kept, request)
                return
        try:
            await self._exchange_with(await self._connect(), request)
        except _NoResponseError:
            raise Refusal(*DOWN) from None

    def _take_kept(self, request: h11.Request) -> Peer | None:
        """The connection of the last request, if this request can use it."""
        kept, self._kept = self._kept, None
        if kept is None:
            return None
        is_retryable = request.method in RETRYABLE_METHODS and not has_body(list(request.headers))
        # Surplus bytes would be taken for the next response.
        is_clean = kept.is_reusable and not kept.http.trailing_data[0]
        if is_clean and is_retryable and self._route.service_port is not None:
            kept.http.start_next_cycle()
            return kept
        kept.abort()
        return None

    async def _connect(self) -> Peer:
        if self._route.service_port is None:
            raise Refusal(*NOT_RUNNING)
        try:
            async with asyncio.timeout(self._limits.connect_s):
                reader, writer = await asyncio.open_connection(SERVICE_HOST, self._route.service_port)
        except TimeoutError:
            raise Refusal(*SLOW) from None
        except OSError:
            raise Refusal(*DOWN) from None
        return Peer.service(reader, writer, self._limits.body_s)

    async def _exchange_with(self, service: Peer, request: h11.Request) -> None:
        self._kept = service
        # h11 must know the request before it reads anything that the service may have sent already.
        head = service.http.send(request) or b""
        upload = asyncio.create_task(self._upload(service, head))
        try:
            response = await self._response_head(service)
            if isinstance(response, h11.Response):
                await self._download(service, response)
            else:
                await _cancelled(upload)
                await self._switch(service, response)
                await service.close()
        finally:
            await _cancelled(upload)
            if not service.is_reusable:
                service.abort()
                self._kept = None
            # What went wrong with the client explains what then went wrong with the service.
            if not upload.cancelled() and (error := upload.exception()):
                raise error

    async def _upload(self, service: Peer, head: bytes) -> None:
        """Send a request, and then watch the client. If it leaves, abort the exchange."""
        try:
            await service.write(head)
            async for event in self._body_events():
                await service.send(event)
            await self._watch()
        except TimeoutError:
            service.abort()
            raise Refusal(*SLOW) from None
        except OSError:
            return  # the service may have responded before it closed the connection
        except (Refusal, ClientGoneError, h11.ProtocolError):
            service.abort()
            raise

    async def _body_events(self) -> AsyncIterator[h11.Event]:
        """The parts of the body of a request, as they arrive from the client, and its end."""
        while self._client.http.their_state is h11.SEND_BODY:
            try:
                event = await self._client.event(self._limits.body_s)
            except TimeoutError:
                raise Refusal(*SLOW_CLIENT) from None
            except OSError:
                raise ClientGoneError from None
            if isinstance(event, h11.Data):
                yield event
        yield h11.EndOfMessage()

    async def _watch(self) -> None:
        """Return when the client sends the next request. Raises `ClientGoneError` if it leaves."""
        client = self._client
        try:
            data = await client.reader.read(CHUNK_BYTES)
        except OSError:
            raise ClientGoneError from None
        if data:
            client.http.receive_data(data)
            return
        # The client may only have stopped sending. If it has left, writing to it fails.
        writes = -1
        while writes != client.writes:
            writes = client.writes
            await asyncio.sleep(self._limits.half_closed_s)
        raise ClientGoneError

    async def _response_head(self, service: Peer) -> h11.Response | h11.InformationalResponse:
        """The head of the response, or of the switch to another protocol. Earlier heads are passed on."""
        while True:
            event = await self._head_event(service)
            if event.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                return event
            if isinstance(event, h11.Response):
                if is_ambiguous(list(event.headers), event.http_version):
                    raise Refusal(*NOT_HTTP)
                return event
            if self._client.http.their_http_version == b"1.1":
                headers = for_client(list(event.headers))
                await self._client.send(h11.InformationalResponse(status_code=event.status_code, headers=headers))

    async def _head_event(self, service: Peer) -> h11.Response | h11.InformationalResponse:
        """The next head that the service sends."""
        while True:
            try:
                event = await service.event(self._limits.response_s)
                return cast("h11.Response | h11.InformationalResponse", event)
            except TimeoutError:
                if self._client.http.their_state is h11.SEND_BODY:
                    continue  # the request is still arriving, which has its own limits
                raise Refusal(*SLOW) from None
            except OSError:
                raise _NoResponseError from None
            except h11.RemoteProtocolError:
                raise (_NoResponseError() if service.reader.at_eof() else Refusal(*NOT_HTTP)) from None

    async def _download(self, service: Peer, head: h11.Response) -> None:
        """Send the response to the client, each part as it arrives."""
        headers = for_client(list(head.headers))
        await self._client.send(h11.Response(status_code=head.status_code, reason=head.reason, headers=headers))
        try:
            while isinstance(event := await service.event(None), h11.Data):
                await self._client.send(event)
        except h11.RemoteProtocolError:
            raise ClientGoneError from None
        await self._client.send(h11.EndOfMessage())

    async def _switch(self, service: Peer, head: h11.InformationalResponse) -> None:
        """Pass on bytes in both directions until both sides have ended."""
        client = self._client
        headers = for_client(list(head.headers))
        await client.send(h11.InformationalResponse(status_code=head.status_code, reason=head.reason, headers=headers))
        upward = asyncio.create_task(_pass_on(client, service, client.http.trailing_data[0]))
        downward = asyncio.create_task(_pass_on(service, client, service.http.trailing_data[0]))
        try:
            await asyncio.wait([upward, downward], return_when=asyncio.FIRST_COMPLETED)
            # After the service has ended, the client has a short time to end too.
            await asyncio.wait([upward, downward], timeout=LINGER_S if downward.done() else None)
        finally:
            await _cancelled(upward)
            await _cancelled(downward)


async def _pass_on(source: Peer, sink: Peer, first: bytes) -> None:
    """Pass on bytes until the source ends, and then end the sink. If that fails, abort both."""
    try:
        data = first or await source.reader.read(CHUNK_BYTES)
        while data:
            await sink.write(data)
            data = await source.reader.read(CHUNK_BYTES)
        sink.writer.write_eof()
    except (OSError, TimeoutError):
        source.abort()
        sink.abort()


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a task, and wait until it has ended."""
    task.cancel()
    await asyncio.wait([task])
