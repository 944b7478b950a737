"""httpx by itself, with dicts: what a careful user writes without a client library."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
from sample import APP, TOKEN

IMPORT = "import httpx"
COLD = """
import sys
import httpx
client = httpx.Client(base_url=sys.argv[1])
client.post("/v0/sessions/", json={"name": "n", "project_id": "p"}).json()["result"]
"""
HEADERS = {"cookie": f"cli_token={TOKEN}"}


def connect(host: str) -> Callable[[], Any]:
    """What creates one session."""
    client = httpx.Client(base_url=host, headers=HEADERS)
    return lambda: client.post("/v0/sessions/", json=APP).json()["result"]


def connect_async(host: str) -> Callable[[], Any]:
    """The same, to be awaited."""
    client = httpx.AsyncClient(base_url=host, headers=HEADERS, timeout=120)

    async def create() -> Any:
        return (await client.post("/v0/sessions/", json=APP)).json()["result"]

    return create


def pages(host: str) -> Iterator[Any]:
    """Every session of a long list."""
    client, token = httpx.Client(base_url=host, headers=HEADERS), ""
    while token is not None:
        response = client.get("/v0/sessions/", params={"paging_token": token} if token else {}).json()
        yield from response["results"]
        token = response["metadata"]["next_paging_token"]
