"""What openapi-python-client makes of our spec with its own templates; it checks no rule."""

import json
from collections.abc import Callable
from typing import Any

from httpx._content import encode_json  # what its client encodes with
from sample import APP, TOKEN
from stock_api import AuthenticatedClient
from stock_api.api.sessions import create_session
from stock_api.models.create_session import CreateSession
from stock_api.models.session_list_response import SessionListResponse

IMPORT = "from stock_api import AuthenticatedClient; from stock_api.models import CreateSession"
COLD = """
import sys
from stock_api import Client
from stock_api.api.sessions import create_session
from stock_api.models import CreateSession
client = Client(base_url=sys.argv[1] + "/v0")
body = CreateSession(name="n", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")
assert create_session.sync(client=client, body=body).result.id
"""


def build() -> Any:
    """One session, described and as JSON."""
    return encode_json(CreateSession(**APP).to_dict())[1]


def decode(data: bytes) -> Any:
    """A page of sessions."""
    return SessionListResponse.from_dict(json.loads(data))


def connect(host: str) -> Callable[[], Any]:
    """What creates one session."""
    client = AuthenticatedClient(base_url=host + "/v0", token=TOKEN)
    return lambda: create_session.sync(client=client, body=CreateSession(**APP))


def connect_async(host: str) -> Callable[[], Any]:
    """The same, to be awaited."""
    client = AuthenticatedClient(base_url=host + "/v0", token=TOKEN, timeout=120)
    return lambda: create_session.asyncio(client=client, body=CreateSession(**APP))
