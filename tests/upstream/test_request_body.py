"""What `create_session` sends, laid beside what the upstream SDK sends for the same values, field for field.

Both clients are real, and so are their requests: a server on loopback records what reaches it. Three things differ on
purpose, and each has its test: the default `idle_timeout` is always sent, a public session's token is made before
sending, and a private session's token, which the API ignores, stays out of the request.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import pytest
from anyscale.sdk.anyscale_client.models import CreateSession as UpstreamCreateSession
from anyscale.sdk.anyscale_client.sdk import AnyscaleSDK
from hypothesis import given, settings
from hypothesis import strategies as st

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateSession,
    InternalFieldWarning,
    SessionsClient,
    TokenIgnoredWarning,
    UserServiceAccessTypes,
)

# What a caller gives, by field name: values of many types, which both clients take as keyword arguments.
Values: TypeAlias = dict[str, Any]
# Each field's value as JSON text. In Python True equals 1 and 1.0 equals 1; on the wire they do not.
Fields: TypeAlias = dict[str, str]

CLI_TOKEN = "sss_0123456789abcdefABCDEF"
DEFAULT_IDLE_TIMEOUT = {"idle_timeout": "120"}
LONGEST_TIMEOUT_MINUTES = 2**63 - 1

APP_CONFIG: Values = {
    "name": "nightly",
    "project_id": "prj_1",
    "uses_app_config": True,
    "build_id": "bld_1",
    "compute_template_id": "cpt_1",
}
CLUSTER_CONFIG: Values = {
    "name": "nightly",
    "project_id": "prj_1",
    "cloud_id": "cld_1",
    "cluster_config": "cluster_name: nightly\nmax_workers: 2\n",
}
CASES: dict[str, Values] = {
    "app config": APP_CONFIG,
    "cluster config": CLUSTER_CONFIG,
    "cluster config, said aloud": CLUSTER_CONFIG | {"uses_app_config": False},
    "both pairs, app config": CLUSTER_CONFIG | APP_CONFIG,
    "both pairs, cluster config": APP_CONFIG | CLUSTER_CONFIG | {"uses_app_config": False},
    "public with a token": APP_CONFIG
    | {"user_service_access": "public", "user_service_token": secrets.token_urlsafe(32)},
    "a token and no access": APP_CONFIG | {"user_service_token": secrets.token_urlsafe(32)},
    "private": CLUSTER_CONFIG | {"user_service_access": "private"},
    "access as an enum": APP_CONFIG | {"user_service_access": UserServiceAccessTypes.PRIVATE},
    "never stopped for idling": APP_CONFIG | {"idle_timeout": -1},
    "stopped at once": APP_CONFIG | {"idle_timeout": 0},
    "the default time, said aloud": APP_CONFIG | {"idle_timeout": 120},
    "the longest time": APP_CONFIG | {"idle_timeout": LONGEST_TIMEOUT_MINUTES},
    "open to the internet": APP_CONFIG | {"allow_public_internet_traffic": True},
    "closed, said aloud": APP_CONFIG | {"allow_public_internet_traffic": False},
    "null where null means absent": APP_CONFIG | {"cloud_id": None, "user_service_access": None, "ha_job_id": None},
    "a name in many scripts": APP_CONFIG | {"name": "nächtlich 夜間 ليلي 🌒 “x” \\ / </script>"},
    "a config in many scripts": CLUSTER_CONFIG | {"cluster_config": "# 夜間 🌒\r\n\tcmd: \"a\\b\" 'c' \x7f\u2028\n"},
}


def send_sync(host: str, values: Values) -> None:
    """Send with our synchronous client."""
    with SessionsClient(token=CLI_TOKEN, host=host) as client:
        client.create_session(CreateSession(**values))


def send_async(host: str, values: Values) -> None:
    """Send with our asynchronous client."""

    async def send() -> None:
        async with AsyncSessionsClient(token=CLI_TOKEN, host=host) as client:
            await client.create_session(CreateSession(**values))

    asyncio.run(send())


def send_upstream(host: str, values: Values) -> None:
    """Send with the upstream SDK, as its documentation shows."""
    sdk = AnyscaleSDK(auth_token=CLI_TOKEN, host=host)
    try:
        sdk.create_session(UpstreamCreateSession(**values))
    finally:
        sdk.api_client.rest_client.pool_manager.clear()


Send: TypeAlias = Callable[[str, Values], None]


@pytest.fixture(params=[send_sync, send_async], ids=["SessionsClient", "AsyncSessionsClient"])
def send(request: pytest.FixtureRequest) -> Send:
    """Each of our two clients in turn."""
    chosen: Send = request.param
    return chosen


@dataclass(frozen=True)
class Recorded:
    """One request as it arrived."""

    method: str
    target: str
    cookie: str | None
    content_type: str | None
    body: bytes

    @property
    def fields(self) -> Fields:
        """The body's fields; a body that is no object, or names a field twice, fails the test."""
        fields = json.loads(self.body.decode("utf-8"), object_pairs_hook=each_once)
        assert isinstance(fields, dict)
        return {name: json.dumps(value, ensure_ascii=False) for name, value in fields.items()}


class JournalMiddleware:
    """The requests that reach the server, one at a time."""

    def __init__(self, host: str, arrived: list[Recorded]) -> None:
        self._host = host
        self._arrived = arrived

    def record(self, send: Send, values: Values) -> Recorded:
        """The one request that sending the values makes; more or fewer fail the test."""
        self._arrived.clear()
        send(self._host, values)
        (request,) = self._arrived
        return request


@pytest.fixture(scope="session")
def recorder() -> Iterator[JournalMiddleware]:
    """A recording server on a free port, up for the whole run."""
    arrived: list[Recorded] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.append(
                Recorded(self.command, self.path, self.headers["Cookie"], self.headers["Content-Type"], body)
            )
            requested = json.loads(body)
            named = {field: requested.get(field, SESSION[field]) for field in ("name", "project_id")}
            response = json.dumps({"result": {**SESSION, **named}}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(response)))
            self.end_headers()
            self.wfile.write(response)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class names it so
            """Say nothing: a test's output is what the test says."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield JournalMiddleware(f"http://127.0.0.1:{server.server_port}", arrived)
        finally:
            server.shutdown()
            thread.join()


SESSION: dict[str, object] = {
    "id": "ses_1",
    "name": "nightly",
    "project_id": "prj_1",
    "cloud_id": "cld_1",
    "cluster_config": "",
    "state": "Terminated",
    "creator_id": "usr_1",
    "created_at": "2026-01-02T03:04:05+00:00",
    "access_token": "recorded",
    "tensorboard_available": False,
    "cluster_config_last_modified_at": "2026-01-02T03:04:05+00:00",
    "ssh_authorized_keys": [],
    "ssh_private_key": "recorded",
}


def each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON that names each of its fields once."""
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a field is named twice: {names}"
    return dict(pairs)


@pytest.mark.parametrize("values", CASES.values(), ids=CASES.keys())
def test_body_equals_upstreams(recorder: JournalMiddleware, send: Send, values: Values) -> None:
    """The body equals the upstream SDK's for the same values, the default idle_timeout aside."""
    theirs = recorder.record(send_upstream, values)
    ours = recorder.record(send, values)
    assert ours.fields == DEFAULT_IDLE_TIMEOUT | theirs.fields


def texts(*excluded_categories: str) -> st.SearchStrategy[str]:
    """Text that is not blank."""
    characters = st.characters(codec="utf-8", exclude_categories=excluded_categories)
    return st.text(characters, min_size=1, max_size=40).filter(str.strip)


def tokens() -> st.SearchStrategy[str]:
    """User service tokens of every 32 bytes."""
    return st.binary(min_size=32, max_size=32).map(lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


# Control characters and line separators are refused in a name: no request of ours could be compared.
NAMED = {
    "name": texts("Cc", "Zl", "Zp"),
    "project_id": st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{,30}", fullmatch=True),
}
IDS = st.from_regex(r"[A-Za-z0-9_.-]{1,30}", fullmatch=True)
BUILD_PAIR = {"build_id": IDS, "compute_template_id": IDS}
CLUSTER_PAIR = {"cloud_id": IDS, "cluster_config": texts()}
OPTIONS = {"idle_timeout": st.integers(-1, LONGEST_TIMEOUT_MINUTES), "allow_public_internet_traffic": st.booleans()}
KINDS = st.one_of(
    st.fixed_dictionaries(
        NAMED | BUILD_PAIR | {"uses_app_config": st.just(True)},
        optional=OPTIONS | CLUSTER_PAIR,
    ),
    st.fixed_dictionaries(
        NAMED | CLUSTER_PAIR,
        optional=OPTIONS | BUILD_PAIR | {"uses_app_config": st.just(False)},
    ),
)
SERVICES = st.one_of(
    st.just({}),
    st.just({"user_service_access": "private"}),
    st.fixed_dictionaries({"user_service_token": tokens()}, optional={"user_service_access": st.just("public")}),
)


@settings(max_examples=300, deadline=None)
@given(kind=KINDS, service=SERVICES)
def test_any_body_equals_upstreams(recorder: JournalMiddleware, kind: Values, service: Values) -> None:
    """The body equals the upstream SDK's whatever the values, the default idle_timeout aside."""
    theirs = recorder.record(send_upstream, kind | service)
    ours = recorder.record(send_sync, kind | service)
    assert ours.fields == DEFAULT_IDLE_TIMEOUT | theirs.fields


def test_default_idle_timeout_is_sent(recorder: JournalMiddleware, send: Send) -> None:
    """Where no idle_timeout is given, 120 minutes are sent, which the upstream SDK leaves to the server."""
    assert "idle_timeout" not in recorder.record(send_upstream, APP_CONFIG).fields
    assert DEFAULT_IDLE_TIMEOUT.items() <= recorder.record(send, APP_CONFIG).fields.items()


def test_made_token_is_the_only_addition(recorder: JournalMiddleware, send: Send) -> None:
    """A public session's body without a given token equals upstream's but for the token made before sending."""
    values = APP_CONFIG | {"user_service_access": "public", "idle_timeout": 5}
    theirs = recorder.record(send_upstream, values).fields
    ours = recorder.record(send, values).fields
    token = json.loads(ours["user_service_token"])
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert ours == theirs | {"user_service_token": json.dumps(token)}


def test_ignored_token_is_the_only_omission(recorder: JournalMiddleware, send: Send) -> None:
    """A private session's body equals upstream's but for the token, which the API would ignore."""
    token = secrets.token_urlsafe(32)
    values = APP_CONFIG | {"user_service_access": "private", "idle_timeout": 5, "user_service_token": token}
    theirs = recorder.record(send_upstream, values).fields
    with pytest.warns(TokenIgnoredWarning):
        ours = recorder.record(send, values).fields
    assert ours | {"user_service_token": json.dumps(token)} == theirs
    assert "user_service_token" not in ours


def test_platforms_own_field_is_sent_as_given(recorder: JournalMiddleware, send: Send) -> None:
    """`ha_job_id`, which the platform sets itself, warns and is sent as upstream sends it."""
    values = APP_CONFIG | {"ha_job_id": "prodjob_1", "idle_timeout": 5}
    theirs = recorder.record(send_upstream, values).fields
    with pytest.warns(InternalFieldWarning):
        ours = recorder.record(send, values).fields
    assert ours == theirs


def test_request_line_and_headers_equal_upstreams(recorder: JournalMiddleware, send: Send) -> None:
    """Method, path, cookie and content type equal the upstream SDK's."""
    theirs = recorder.record(send_upstream, APP_CONFIG)
    ours = recorder.record(send, APP_CONFIG)
    assert (ours.method, ours.target, ours.cookie) == (theirs.method, theirs.target, theirs.cookie)
    assert (ours.method, ours.target, ours.cookie) == ("POST", "/v0/sessions/", f"cli_token={CLI_TOKEN}")
    assert ours.content_type == theirs.content_type
