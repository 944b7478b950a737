"""Imports the upstream SDK once, quietly, and drives a sandbox with it and with both of our clients.

The warnings of its own imports are ignored, because they are not about our code.
"""

from __future__ import annotations

import asyncio
import json
import re
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self, TypeAlias

import attrs
import httpx
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import anyscale.sdk.anyscale_client.models as upstream_models
    from anyscale.sdk.anyscale_client.sdk import AnyscaleSDK
    from anyscale_client.exceptions import ApiException  # the SDK imports its own modules under this name

import anyscale_sessions
from anyscale_sessions import APIStatusError, AsyncSessionsClient, Session, SessionsClient
from anyscale_sessions_sandbox import ManualClock, Sandbox, serve

# The fields of sessions that versions of the SDK after this one have brought; it does not know them.
NEWER_FIELDS = {field.name for field in attrs.fields(Session)} - set(upstream_models.Session.openapi_types)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Body(NamedTuple):
    """A request body: the name of its model, and its fields."""

    model: str
    fields: dict[str, Any]


class Outcome(NamedTuple):
    """What came of one call: the response's status, and what the client made of its body."""

    operation: str
    status: int
    body: Any


class Driver(ABC):
    """One client of one sandbox, which calls operations by their names and writes down what came of each.

    Bodies go in as `body` makes them, and responses come out as the JSON that the client's own models hold.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.outcomes: list[Outcome] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, operation: str, *arguments: Any, **query: Any) -> Any:
        """The response's body of a call that must succeed."""
        body = self._response(operation, arguments, query)
        assert self.outcomes[-1].status < 400, self.outcomes[-1]
        return body

    def refused(self, operation: str, *arguments: Any, **query: Any) -> Outcome:
        """What came of a call that the sandbox must refuse."""
        self._response(operation, arguments, query)
        assert self.outcomes[-1].status >= 400, self.outcomes[-1]
        return self.outcomes[-1]

    def body(self, model: str, **fields: Any) -> Body:
        """A request body."""
        return Body(model, fields)

    @property
    def wire(self) -> Any:
        """The last response's body as the sandbox sent it, in the form of outcomes."""
        return alike(self.sandbox.journal.entries()[-1].response)

    def _response(self, operation: str, arguments: tuple[Any, ...], query: dict[str, Any]) -> Any:
        given = [self.model(*argument) if isinstance(argument, Body) else argument for argument in arguments]
        body = self.response(operation, given, query)
        status = self.sandbox.journal.entries()[-1].status
        assert status is not None
        self.outcomes.append(Outcome(operation, status, alike(body)))
        return body

    @abstractmethod
    def model(self, name: str, fields: dict[str, Any]) -> Any:
        """One of the client's models."""

    @abstractmethod
    def response(self, operation: str, given: list[Any], query: dict[str, Any]) -> Any:
        """The body of a call's response, as the client has it."""

    @abstractmethod
    def close(self) -> None:
        """Close the client's connections."""


class UpstreamDriver(Driver):
    """The upstream SDK."""

    def __init__(self, sandbox: Sandbox, token: str | None = None) -> None:
        super().__init__(sandbox)
        self.sdk = AnyscaleSDK(auth_token=sandbox.token if token is None else token, host=sandbox.url)
        if token == "":
            self.sdk.api_client.cookie = None

    def model(self, name: str, fields: dict[str, Any]) -> Any:
        """A model of the SDK's, with models in it where the SDK's own documentation has them."""
        kind = getattr(upstream_models, name)
        inner = {
            field: self.model(kind.openapi_types[field], value)
            for field, value in fields.items()
            if isinstance(value, dict)
        }
        return kind(**fields | inner)

    def response(self, operation: str, given: list[Any], query: dict[str, Any]) -> Any:
        """What the SDK's models hold of the response, or its error."""
        try:
            model = getattr(self.sdk, operation)(*given, **query)
        except ApiException as error:
            return json.loads(error.body)
        return self.sdk.api_client.sanitize_for_serialization(model)

    def close(self) -> None:
        """The SDK has no way to close its connections."""
        self.sdk.api_client.rest_client.pool_manager.clear()


def without_cookie(request: httpx.Request) -> None:
    """Take the token out of a request."""
    del request.headers["Cookie"]


async def without_cookie_async(request: httpx.Request) -> None:
    """Take the token out of a request."""
    del request.headers["Cookie"]


class SyncDriver(Driver):
    """Our synchronous client. Nothing is sent a second time, since upstream sends nothing twice either."""

    def __init__(self, sandbox: Sandbox, token: str | None = None) -> None:
        super().__init__(sandbox)
        self.http = httpx.Client(event_hooks={"request": [without_cookie]}) if token == "" else None
        self.client = SessionsClient(
            token or sandbox.token, host=sandbox.url, max_attempts=1, trust_env=False, http_client=self.http
        )

    def model(self, name: str, fields: dict[str, Any]) -> Any:
        """A model of ours."""
        return getattr(anyscale_sessions, name).from_dict(fields)

    def response(self, operation: str, given: list[Any], query: dict[str, Any]) -> Any:
        """What our models hold of the response, or our error."""
        try:
            response = self.sent(operation, given, query)
        except APIStatusError as error:
            return json.loads(error.body)
        if response is None:
            return None
        if hasattr(response, "results"):
            return {"results": [item.to_dict() for item in response.results], "metadata": response.metadata.to_dict()}
        return {"result": response.to_dict()}

    def sent(self, operation: str, given: list[Any], query: dict[str, Any]) -> Any:
        """What the method returns."""
        return getattr(self.client, operation)(*given, **query)

    def close(self) -> None:
        """Close the client, and what it was given to send with."""
        self.client.close()
        if self.http:
            self.http.close()


class AsyncDriver(SyncDriver):
    """Our asynchronous client."""

    def __init__(self, sandbox: Sandbox, token: str | None = None) -> None:
        Driver.__init__(self, sandbox)
        self.runner = asyncio.Runner()
        self.async_http = httpx.AsyncClient(event_hooks={"request": [without_cookie_async]}) if token == "" else None
        self.async_client = AsyncSessionsClient(
            token or sandbox.token, host=sandbox.url, max_attempts=1, trust_env=False, http_client=self.async_http
        )

    def sent(self, operation: str, given: list[Any], query: dict[str, Any]) -> Any:
        """What the method returns, when it is awaited."""

        async def awaited() -> Any:
            return await getattr(self.async_client, operation)(*given, **query)

        return self.runner.run(awaited())

    def close(self) -> None:
        """Close the client, and what it was given to send with."""

        async def end() -> None:
            await self.async_client.aclose()
            if self.async_http:
                await self.async_http.aclose()

        self.runner.run(end())
        self.runner.close()


OURS = {"SessionsClient": SyncDriver, "AsyncSessionsClient": AsyncDriver}
Scenario: TypeAlias = Callable[[Driver], object]


def alike(value: Any) -> Any:
    """JSON as every client holds it: without nulls and newer fields, moments in one form, paging tokens as "there"."""
    if isinstance(value, dict):
        kept = {name: alike(inner) for name, inner in value.items() if inner is not None and name not in NEWER_FIELDS}
        return kept | {name: "there" for name in kept if name == "next_paging_token"}
    if isinstance(value, list):
        return [alike(inner) for inner in value]
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    return value


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[list[Sandbox]]:
    """Two sandboxes that are alike: time stands still in them, and their ids follow from a seed."""
    with (
        serve(clock=ManualClock(), ids_seed="drive", validate_responses=True) as theirs,
        serve(clock=ManualClock(), ids_seed="drive", validate_responses=True) as ours,
    ):
        yield [theirs, ours]


def renewed(sandbox: Sandbox) -> Sandbox:
    """The sandbox as it began."""
    sandbox.reset()
    sandbox.clock.set_time(ManualClock().now())
    return sandbox


@pytest.fixture
def upstream(sandboxes: list[Sandbox]) -> Iterator[Driver]:
    """The upstream SDK, with a sandbox of its own."""
    with UpstreamDriver(renewed(sandboxes[0])) as driver:
        yield driver


@pytest.fixture(params=OURS.values(), ids=OURS)
def ours(request: pytest.FixtureRequest, sandboxes: list[Sandbox]) -> Iterator[Driver]:
    """Each of our clients in turn, with a sandbox of its own."""
    with request.param(renewed(sandboxes[1])) as driver:
        yield driver


@pytest.fixture(params=OURS.values(), ids=OURS)
def equal(request: pytest.FixtureRequest, sandboxes: list[Sandbox]) -> Callable[..., list[Outcome]]:
    """Lets a scenario be played by the upstream SDK and by a client of ours, each with a sandbox that is as new.

    The outcomes must be equal, ids and times too. They are returned. `token` is another token than the sandbox's, or
    empty, for none at all.
    """

    def play(scenario: Scenario, token: str | None = None) -> list[Outcome]:
        played = []
        for kind, sandbox in zip((UpstreamDriver, request.param), sandboxes, strict=True):
            with kind(renewed(sandbox), token) as driver:
                scenario(driver)
                played.append(driver.outcomes)
        theirs, ours = played
        assert ours == theirs
        return ours

    return play
