"""The page as an ASGI application: its files, its feed, and the details that it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from anyscale_sessions.states import TRANSITIONS

from ..control.controls import Components
from ..errors import NotFoundError
from ..faults.fault import KINDS
from ..gateway.auth import Authenticator, check_is_local
from ..gateway.request import Call
from ..gateway.router import Gateway
from ..gateway.validation import Validators
from ..journal.redaction import Redactor, secret_names
from ..spec import Document, Operation, Spec
from . import assets, details, entries, links
from .change_log import Position
from .feed import Feed
from .masking import Mask
from .openapi import document

Handler: TypeAlias = Callable[["PageApi", Call], Any]

MAX_BODY_BYTES = 1024 * 1024
CREATE = "create_session"
# How long a request for a command's output waits for more of it, and how often it looks.
OUTPUT_WAIT_S = 20.0
OUTPUT_INTERVAL_S = 0.25


class PageApi(Gateway):
    """Serves the page. Only its files can be read without the token.

    `api_spec` and `validators` are those of the Sessions API.
    """

    prefix = "/_sandbox"
    max_body_bytes = MAX_BODY_BYTES

    def __init__(
        self,
        authenticator: Authenticator,
        components: Components,
        api_spec: Spec,
        validators: Validators,
        *,
        validate_responses: bool,
    ) -> None:
        super().__init__(Spec(document()), authenticator, validate_responses=validate_responses)
        self.components = components
        self.api_spec = api_spec
        self.api_validators = validators
        names = secret_names(api_spec)
        self.redactor = Redactor(names, (components.token,))
        self.mask = Mask(names, self.redactor)
        self.feed = Feed(components, self.mask, _description(components, api_spec))

    def routes(self) -> list[Route]:
        """The routes of the files and of the data."""
        return [*assets.routes(), *super().routes()]

    def authenticate(self, request: Request, operation: Operation) -> None:
        """Raise an APIError if the request comes from another machine or has no valid token."""
        check_is_local(request, "The page")
        super().authenticate(request, operation)

    async def perform(self, request: Request, operation: Operation, call: Call) -> Response:  # noqa: ARG002
        """Answer a request of the page."""
        if operation.id == "get_feed":
            return await self._feed(call)
        if operation.id == "get_command_page":
            return self.response(operation, 200, await self._command(call))
        return self.response(operation, 200, HANDLERS[operation.id](self, call))

    async def _feed(self, call: Call) -> Response:
        self.feed.check_free()
        query = call.query
        has_position = "generation" in query and "since" in query
        position = Position(query["generation"], query["since"]) if has_position else None
        messages = self.feed.messages(query.get("boot"), position)
        # The feed counts from its first message on, so that of many requests at once no more than the limit get one.
        first = await anext(messages, b"")
        return StreamingResponse(
            _followed(first, messages), headers={"Cache-Control": "no-store"}, media_type="text/event-stream"
        )

    async def _command(self, call: Call) -> Document:
        """A command, as soon as it differs from what the page has seen, or after some seconds."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + OUTPUT_WAIT_S
        while True:
            found = details.command_details(self.components, self.mask, call.path["command_id"])
            is_new = found["tag"] != call.query.get("seen")
            if is_new or found["is_finished"] or self.feed.is_closed or loop.time() >= until_s:
                return found
            await asyncio.sleep(OUTPUT_INTERVAL_S)


async def _followed(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """A message, and the ones after it."""
    async with aclosing(rest):
        yield first
        async for message in rest:
            yield message


def get_session_page(api: PageApi, call: Call) -> Document:
    """Return everything about a session."""
    session_id: str = call.path["session_id"]
    found = details.session_details(api.components, api.mask, session_id)
    return found | {"rev": api.feed.log.revision_of(session_id)}


def make_link(api: PageApi, call: Call) -> Document:
    """Make a link that signs in to what runs in a session."""
    return {"url": links.sign_in_link(api.components, call.path["session_id"], call.body["name"])}


def check_create(api: PageApi, call: Call) -> Document:
    """Check a request that creates a session, as the API does, without creating one."""
    operation = next((known for known in api.api_spec.operations if known.id == CREATE and known.body), None)
    if operation is None or operation.body is None:
        raise NotFoundError(f"The OpenAPI document has no operation {CREATE} with a body.")
    problems = api.api_validators.compile(operation.body).problems(call.body, ("body",))
    return {"problems": [problem._asdict() for problem in problems]}


def search_journal(api: PageApi, call: Call) -> Document:
    """Find the entries that contain a text."""
    return entries.search(api.components, call.query["search"])


def match_journal(api: PageApi, call: Call) -> Document:
    """Find the entries that meet conditions, and the most similar others."""
    return entries.match(api.components, call.body.get("operation"), call.body.get("conditions", {}))


def get_entry_page(api: PageApi, call: Call) -> Document:
    """Return everything about an entry of the journal."""
    return entries.entry_details(api.components, api.api_spec, api.mask, api.redactor, call.path["number"])


HANDLERS: Mapping[str, Handler] = {
    handler.__name__: handler
    for handler in (get_session_page, make_link, check_create, search_journal, match_journal, get_entry_page)
}


def _description(components: Components, spec: Spec) -> Document:
    """What the page has to know about the sandbox besides its data: the names that its forms offer, and notes."""
    return {
        "runtime": components.backend.runtime_name,
        "operations": sorted(operation.id for operation in spec.operations),
        "states": list(TRANSITIONS),
        "fault_kinds": {kind: sorted(fields) for kind, fields in KINDS.items()},
        "notes": list(components.backend.startup_notes),
    }
