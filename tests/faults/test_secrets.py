"""Secrets planted in every field, and looked for on every surface."""

from __future__ import annotations

import logging
import pprint
import traceback
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateSession,
    InvalidSession,
    Session,
    SessionsClient,
    SessionsError,
    StartSessionOptions,
    UpdateSession,
    models,
)
from anyscale_sessions_api.types import SECRET_FIELDS, Model

from .faults import echoes, replies, whole
from .server import FaultServer

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
    """What is wrong with a session is told without its values."""
    with pytest.raises(InvalidSession) as caught:
        CreateSession(**{**PLANTED, "name": "\0", "project_id": "", "user_service_access": "public"})  # type: ignore[arg-type]
    shows_nothing(caught.value)


def test_user_service_shows_no_secret() -> None:
    """The headers that open a user service are data, and not shown."""
    session = Session.from_dict({**REQUIRED, **PLANTED, "user_service_url": "https://u.example"})
    with SessionsClient(TOKEN, host="http://127.0.0.1:1") as client:
        service = client.user_service(session)
    assert SERVICE_TOKEN in repr(service.headers)
    shows_nothing(service)


@pytest.mark.parametrize("status", [b"200 OK", b"400 No", b"403 No", b"409 No", b"422 No", b"500 No", b"307 No"])
def test_server_that_quotes_the_request(status: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Errors and logs show nothing of a request that a server says back in a body, in headers or in its reason."""
    caplog.set_level(logging.DEBUG)
    body = CreateSession(
        name="nightly",
        project_id="prj_1",
        cloud_id="cld_1",
        cluster_config=PLANTED["cluster_config"],
        user_service_access="public",
        user_service_token=SERVICE_TOKEN,
    )
    with (
        FaultServer(echoes(status)).serving() as server,
        SessionsClient(TOKEN, host=server.url, max_attempts=1, deadline=0.5) as client,
    ):
        for call in (
            lambda: client.create_session(body),
            lambda: client.start_session("ses_1", StartSessionOptions(cluster_config=PLANTED["cluster_config"])),
            lambda: client.update_session("ses_1", UpdateSession(cluster_config=PLANTED["cluster_config"])),
        ):
            with pytest.raises(SessionsError) as caught:
                call()
            shows_nothing(caught.value)
    assert CANARY not in caplog.text
    assert SERVICE_TOKEN not in caplog.text


def test_request_has_its_secrets_in_no_other_place() -> None:
    """The token is in the cookie alone, and the body's secrets in the body alone: none in URL or User-Agent."""
    good = replies(whole(b'{"result": {"id": "ses_1"}}'), end="keep")
    with FaultServer(good).serving() as server, SessionsClient(TOKEN, host=server.url) as client:
        client.start_session("ses_1", StartSessionOptions(cluster_config=PLANTED["cluster_config"]))
    head, _, body = server.received[0].data.decode().partition("\r\n\r\n")
    assert [line.split(":")[0].lower() for line in head.split("\r\n") if CANARY in line] == ["cookie"]
    assert PLANTED["cluster_config"] in body
