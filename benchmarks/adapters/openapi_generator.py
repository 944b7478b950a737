"""OpenAPI Generator's `python` client of our spec; blocking, so that calls in flight are threads."""

import json
from collections.abc import Callable
from typing import Any

from og_api import ApiClient, Configuration, CreateSession, SessionListResponse, SessionsApi
from sample import APP

IMPORT = "from og_api import ApiClient, CreateSession, SessionsApi"
COLD = """
import sys
from og_api import ApiClient, Configuration, CreateSession, SessionsApi
body = CreateSession(name="n", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")
SessionsApi(ApiClient(Configuration(host=sys.argv[1] + "/v0"))).create_session(body)
"""
_API = ApiClient(Configuration())


def build() -> bytes:
    """One session, described and as JSON."""
    return json.dumps(_API.sanitize_for_serialization(CreateSession(**APP))).encode()


def decode(data: bytes) -> Any:
    """A page of sessions."""
    return SessionListResponse.from_json(data)


def connect(host: str) -> Callable[[], Any]:
    """What creates one session."""
    api = SessionsApi(ApiClient(Configuration(host=host + "/v0")))
    return lambda: api.create_session(CreateSession(**APP))


connect_threads = connect
