"""A worker process for the tests of crashes. It runs the items in its arguments and prints the key of each one.

`python worker.py FLEET KEY...`; the host and the token come from the environment, as in production.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from anyscale_sessions import AsyncSessionsClient, CreateSession, Session
from anyscale_sessions.fleet import Fleet, FleetResult

PROJECT = "prj_1"
CONCURRENCY = 8


def body(_key: str) -> CreateSession:
    """The session of an item."""
    return CreateSession(
        name="any", project_id=PROJECT, uses_app_config=True, build_id="bld_1", compute_template_id="cpt_1"
    )


async def work(session: Session, key: str) -> str:
    """The work of an item."""
    await asyncio.sleep(0)
    return f"{key} on {session.id}"


def report(result: FleetResult[str]) -> None:
    """Print how an item ended."""
    print(result.key, "done" if result.is_done else repr(result.error), flush=True)  # noqa: T201


async def main(name: str, keys: list[str]) -> None:
    """Run the items."""
    fleet = Fleet(name, PROJECT, lifetime=timedelta(hours=1), idle_timeout=15)
    async with AsyncSessionsClient() as client:
        await fleet.map(client, keys, body, work, concurrency=CONCURRENCY, on_result=report)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
