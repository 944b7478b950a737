"""aiohttp by itself, with dicts: how far an asynchronous client written in C and Python goes."""

from collections.abc import Callable
from typing import Any

import aiohttp
from sample import APP, TOKEN

IMPORT = "import aiohttp"
COLD = """
import asyncio
import sys
import aiohttp
async def main():
    async with aiohttp.ClientSession() as client:
        async with client.post(sys.argv[1] + "/v0/sessions/", json={"name": "n"}) as response:
            (await response.json())["result"]
asyncio.run(main())
"""


def connect_async(host: str) -> Callable[[], Any]:
    """What creates one session, to be awaited."""
    client = aiohttp.ClientSession(headers={"cookie": f"cli_token={TOKEN}"})

    async def create() -> Any:
        async with client.post(f"{host}/v0/sessions/", json=APP) as response:
            return (await response.json())["result"]

    create.close = client.close  # type: ignore[attr-defined]
    return create
