"""anyscale-sessions as users get it: every rule and policy on, the default transport."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
from sample import APP, TOKEN

import anyscale_sessions as a
from anyscale_sessions_api.models import SessionListResponse

IMPORT = "import anyscale_sessions"
RESOLVE = """
import sys
from anyscale_sessions import AsyncSessionsClient, CreateSession, SessionsClient
assert "httpx" not in sys.modules and "httpcore" not in sys.modules
"""
COLD = """
import sys
from anyscale_sessions import CreateSession, SessionsClient
client = SessionsClient("t", host=sys.argv[1])
client.create_session(CreateSession(
    name="n", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c"
))
"""


def build() -> bytes:
    """One session, described, checked and as JSON."""
    return a.CreateSession(**APP).to_json()


def decode(data: bytes) -> Any:
    """A page of sessions."""
    return SessionListResponse.from_json(data)


def connect(host: str) -> Callable[[], Any]:
    """What creates one session."""
    client = a.SessionsClient(TOKEN, host=host)
    return lambda: client.create_session(a.CreateSession(**APP))


def connect_async(host: str) -> Callable[[], Any]:
    """The same, to be awaited."""
    client = a.AsyncSessionsClient(TOKEN, host=host)
    return lambda: client.create_session(a.CreateSession(**APP))


def connect_given(host: str) -> Callable[[], Any]:
    """The same over a client that the caller made."""
    client = a.SessionsClient(TOKEN, host=host, http_client=httpx.Client())
    return lambda: client.create_session(a.CreateSession(**APP))


def connect_async_given(host: str) -> Callable[[], Any]:
    """The same, to be awaited."""
    client = a.AsyncSessionsClient(TOKEN, host=host, http_client=httpx.AsyncClient())
    return lambda: client.create_session(a.CreateSession(**APP))


def pages(host: str) -> Iterator[Any]:
    """Every session of a long list."""
    return iter(a.SessionsClient(TOKEN, host=host, deadline=600.0).list_sessions("prj_2f8Kq1"))
