"""anyscale-sessions with every rule and policy on, over aiohttp."""

from collections.abc import Callable
from typing import Any

from sample import APP, TOKEN

import anyscale_sessions as a

COLD = """
import asyncio
import sys
from anyscale_sessions import AsyncSessionsClient, CreateSession
async def main():
    async with AsyncSessionsClient("t", host=sys.argv[1], transport="aiohttp") as client:
        await client.create_session(CreateSession(
            name="n", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c"
        ))
asyncio.run(main())
"""


def connect_async(host: str) -> Callable[[], Any]:
    """What creates one session, to be awaited."""
    client = a.AsyncSessionsClient(TOKEN, host=host, transport="aiohttp")

    async def create() -> Any:
        return await client.create_session(a.CreateSession(**APP))

    create.close = client.aclose  # type: ignore[attr-defined]
    return create
