"""Secrets planted in every field, and looked for on every surface."""

from __future__ import annotations

import json
import logging
import pprint
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateSession,
    InvalidSessionError,
    OperationFailedError,
    Session,
    SessionsClient,
    SessionsError,
    StartSessionOptions,
    UpdateSession,
    api,
    models,
)
from anyscale_sessions._redaction import MASK
from anyscale_sessions_api.types import SECRET_FIELDS, Model

from .faults import echoes, responses, whole
from .server import FaultServer, Line

CANARY = "canary"
TOKEN = "sss_canary-in-the-cookie"
SERVICE_TOKEN = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmE"
PLANTED = {
    "access_token": "canary-access",
    "anyscaled_config": "secret: canary-anyscaled",
    "cluster_config": "secret: canary-cluster",
    "connect_url": "https://x.example/?token=canary-connect",
    "ssh_private_key": "-----BEGIN canary-key",
    "user_service_token": SERVICE_TOKEN,
    "webterminal_auth_url": "https://x.example/?token=canary-terminal",
}
REQUIRED = {"id": "ses_1", "name": "nightly", "project_id": "prj_1"}


def surfaces(thing: object) -> Iterator[str]:
    """Whatever shows an object without being asked for its secrets by name."""
    yield from (repr(thing), str(thing), f"{thing}", f"{thing!r:>9}", "%s %r" % (thing, thing))  # noqa: UP031
    yield from (pprint.pformat(thing), pprint.pformat([thing], width=20), repr({"key": [thing]}))
    if isinstance(thing, BaseException):
        yield from traceback.format_exception(thing)
        yield repr((thing.args, vars(thing), thing.__cause__, thing.__context__, getattr(thing, "__notes__", ())))


def shows_nothing(thing: object) -> None:
    """No secret on any surface of an object."""
    text = "\n".join(surfaces(thing))
    assert CANARY not in text
    assert SERVICE_TOKEN not in text


def test_every_secret_field_is_planted() -> None:
    """A field that the spec newly marks as secret belongs here."""
    assert PLANTED.keys() == SECRET_FIELDS


def with_secrets(kind: type[Model]) -> Model | None:
    """An object of a model with a secret in each field that has one, or nothing where it has none."""
    planted = {field.name: PLANTED[field.name] for field in attrs.fields(kind) if field.name in PLANTED}
    return kind.from_dict({**REQUIRED, **planted}) if planted else None


@pytest.mark.parametrize("name", models.__all__)
def test_models_show_no_secret(name: str) -> None:
    """Neither itself, nor within another object, nor within an exception."""
    kind = getattr(models, name)
    thing = with_secrets(kind) if issubclass(kind, Model) else None
    if thing is not None:
        shows_nothing(thing)
        shows_nothing(ValueError(thing))
        shows_nothing({"session": [thing]})


@pytest.mark.parametrize("kind", [SessionsClient, AsyncSessionsClient])
def test_clients_show_no_secret(kind: type[Any]) -> None:
    """Nor does anything within one that has a repr."""
    client = kind(TOKEN, host="http://127.0.0.1:1", proxy="http://user:canary@proxy.example")
    shows_nothing(client)
    shows_nothing(client.with_options(timeout=1.0))
    shows_nothing(client._connections)


def test_refusals_show_no_secret() -> None:
    """The problems of a session are reported without its values."""
    with pytest.raises(InvalidSessionError) as caught:
        CreateSession(**{**PLANTED, "name": "\0", "project_id": "", "user_service_access": "public"})  # type: ignore[arg-type]
    shows_nothing(caught.value)


def test_user_service_shows_no_secret() -> None:
    """The headers that open a user service are data, and not shown."""
    session = Session.from_dict({**REQUIRED, **PLANTED, "user_service_url": "https://u.example"})
    with SessionsClient(TOKEN, host="http://127.0.0.1:1") as client:
        service = client.user_service(session)
    assert SERVICE_TOKEN in repr(service.headers)
    shows_nothing(service)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """All that the spans say which have ended, by the real SDK of OpenTelemetry."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield lambda: "".join(span.to_json() for span in exporter.get_finished_spans())
    provider.shutdown()


BODY = CreateSession(
    name="nightly",
    project_id="prj_1",
    cloud_id="cld_1",
    cluster_config=PLANTED["cluster_config"],
    user_service_access="public",
    user_service_token=SERVICE_TOKEN,
)
START = StartSessionOptions(cluster_config=PLANTED["cluster_config"])
CALLS: dict[str, Callable[[SessionsClient], object]] = {
    "create_session": lambda client: client.create_session(BODY),
    "start_session": lambda client: client.start_session("ses_1", START),
    "update_session": lambda client: client.update_session(
        "ses_1", UpdateSession(cluster_config=PLANTED["cluster_config"])
    ),
    "launch_session": lambda client: client.launch_session(BODY, start=START, timeout=0.5),
    "send(start_session)": lambda client: client.send(api.start_session("ses_1", START)),
}
STATUSES = [b"200 COOKIE", b"400 COOKIE", b"403 No", b"409 No", b"422 No", b"429 No", b"500 COOKIE", b"307 No"]


@pytest.mark.parametrize("is_own", [True, False], ids=["own connections", "httpx client"])
@pytest.mark.parametrize("status", STATUSES, ids=bytes.decode)
def test_server_that_quotes_the_request(
    status: bytes, is_own: bool, caplog: pytest.LogCaptureFixture, spans: Callable[[], str]
) -> None:
    """Nothing shows what a server says back of a request, be it in a body, in any header or in its reason.

    Neither errors, nor logs at level DEBUG, nor the records of hooks, nor spans.
    """
    caplog.set_level(logging.DEBUG)
    records: list[Any] = []
    hooks = dict.fromkeys(("on_request", "on_response", "on_retry"), records.append)
    with (
        FaultServer(echoes(status)).serving() as server,
        httpx.Client() as theirs,
        SessionsClient(
            TOKEN, host=server.url, http_client=None if is_own else theirs, max_attempts=2, deadline=0.5, **hooks
        ) as client,
    ):
        for call in CALLS.values():
            with pytest.raises(SessionsError) as caught:
                call(client)
            shows_nothing(caught.value)
    assert {type(record).__name__ for record in records} >= {"RequestInfo", "ResponseInfo"}
    assert any(getattr(record, "request_id", None) == f"cli_token={MASK}" for record in records)
    for text in (repr(records), caplog.text, spans()):
        assert "create_session" in text
        assert CANARY not in text
        assert SERVICE_TOKEN not in text


def test_good_response_that_quotes_the_request() -> None:
    """The repr of a raw response shows nothing of what a server says back in headers and in the names of fields."""
    head = f"X-Request-ID: {TOKEN}\r\nX-Echo: {TOKEN}".encode()
    good = responses(whole(b'{"result": {"id": "ses_1", "%s": 1}}' % TOKEN.encode(), b"200 OK", head), end="keep")
    with FaultServer(good).serving() as server, SessionsClient(TOKEN, host=server.url) as client:
        response = client.send(api.get_session("ses_1"))
    assert (response.request_id, response.unknown_fields) == (MASK, (f"$.result.{MASK}",))
    assert TOKEN in response.headers["x-echo"]
    shows_nothing(response)


def test_operation_that_quotes_its_session() -> None:
    """What a failed start says of the session's config, of its token or of the client's is redact in the error."""
    quotes = [TOKEN, SERVICE_TOKEN, PLANTED["cluster_config"], json.dumps({"access_token": PLANTED["access_token"]})]
    operation = {"id": "sop_1", "completed": True, "result": {"error": {"message": " ".join(quotes)}}}
    results = {
        "/v0/sessions/ ": {"id": "ses_1", "name": "nightly", "project_id": "prj_1"},
        "/v0/sessions/ses_1/start ": operation,
    }

    def script(line: Line) -> None:
        while (received := line.receive()) is not None:
            result = results.get(received.line.removeprefix("POST ").removesuffix("HTTP/1.1"), operation)
            line.send(whole(json.dumps({"result": result}).encode()))

    with FaultServer(script).serving() as server, SessionsClient(TOKEN, host=server.url) as client:
        for wait in (
            lambda: client.launch_session(BODY, start=START),
            lambda: client.session_scope(BODY, start=START).__enter__(),
        ):
            with pytest.raises(OperationFailedError) as caught:
                wait()
            assert str(caught.value).endswith(f'failed: {MASK} {MASK} {MASK} {{"access_token": "{MASK}"}}')
            caught.value.operation = None  # which is data
            shows_nothing(caught.value)


def test_request_has_its_secrets_in_no_other_place() -> None:
    """The token is in the cookie alone, and the body's secrets in the body alone: none in URL or User-Agent."""
    good = responses(whole(b'{"result": {"id": "ses_1"}}'), end="keep")
    with FaultServer(good).serving() as server, SessionsClient(TOKEN, host=server.url) as client:
        client.start_session("ses_1", StartSessionOptions(cluster_config=PLANTED["cluster_config"]))
    head, _, body = server.received[0].data.decode().partition("\r\n\r\n")
    assert [line.split(":")[0].lower() for line in head.split("\r\n") if CANARY in line] == ["cookie"]
    assert PLANTED["cluster_config"] in body
