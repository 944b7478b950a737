"""pyreqwest by itself, with dicts: how far an HTTP client in Rust goes."""

from collections.abc import Callable
from typing import Any

from pyreqwest.client import ClientBuilder, SyncClientBuilder
from sample import APP, TOKEN

IMPORT = "import pyreqwest.client"
COLD = """
import sys
from pyreqwest.client import SyncClientBuilder
client = SyncClientBuilder().build()
client.post(sys.argv[1] + "/v0/sessions/").body_json({"name": "n"}).build().send().json()["result"]
"""
HEADERS = {"cookie": f"cli_token={TOKEN}"}


def connect(host: str) -> Callable[[], Any]:
    """What creates one session."""
    client = SyncClientBuilder().default_headers(HEADERS).build()
    return lambda: client.post(f"{host}/v0/sessions/").body_json(APP).build().send().json()["result"]


def connect_async(host: str) -> Callable[[], Any]:
    """The same, to be awaited."""
    client = ClientBuilder().default_headers(HEADERS).build()

    async def create() -> Any:
        response = await client.post(f"{host}/v0/sessions/").body_json(APP).build().send()
        return (await response.json())["result"]

    return create
