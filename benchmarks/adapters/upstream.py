"""The upstream SDK: blocking, so that calls in flight are threads."""

import json
from collections.abc import Callable
from typing import Any

from anyscale.sdk.anyscale_client.models import CreateSession
from anyscale.sdk.anyscale_client.sdk import AnyscaleSDK
from sample import APP, TOKEN

IMPORT = "from anyscale.sdk.anyscale_client.sdk import AnyscaleSDK"
COLD = """
import sys
from anyscale.sdk.anyscale_client.models import CreateSession
from anyscale.sdk.anyscale_client.sdk import AnyscaleSDK
body = CreateSession(name="n", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")
AnyscaleSDK(auth_token="t", host=sys.argv[1]).create_session(body)
"""


class _Response:
    def __init__(self, data: bytes) -> None:
        self.data = data


def _sdk(host: str) -> AnyscaleSDK:
    return AnyscaleSDK(auth_token=TOKEN, host=host)


_API = _sdk("http://127.0.0.1:9").api_client


def build() -> bytes:
    """One session, described and as JSON."""
    return json.dumps(_API.sanitize_for_serialization(CreateSession(**APP))).encode()


def decode(data: bytes) -> Any:
    """A page of sessions."""
    return _API.deserialize(_Response(data), "SessionListResponse")


def connect(host: str) -> Callable[[], Any]:
    """What creates one session."""
    sdk = _sdk(host)
    return lambda: sdk.create_session(CreateSession(**APP))


connect_threads = connect
