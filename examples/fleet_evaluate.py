"""Evaluate many seeds on many sessions, with progress. Kill it and start it again: it resumes.

Arguments: how many seeds (8), and the file of the results (results.jsonl), with a line for each seed that is done.
"""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

from anyscale_sessions import AsyncSessionsClient, CreateSession, Session
from anyscale_sessions.fleet import Fleet, FleetResult, sweep_async

PROJECT = "prj_1"
FLEET = Fleet("seeds", PROJECT, lifetime=timedelta(hours=1), idle_timeout=15)


def body(_seed: int) -> CreateSession:
    """The session for a seed."""
    return CreateSession(
        name="replaced", project_id=PROJECT, uses_app_config=True, build_id="bld_1", compute_template_id="cpt_1"
    )


def seeds_done(file: Path) -> set[int]:
    """The seeds with a result."""
    return {json.loads(line)["seed"] for line in file.read_text().splitlines()} if file.exists() else set()


async def main(count: int, file: Path) -> int:
    """Evaluate the seeds that are not done, and return how many failed."""
    done = seeds_done(file)
    waiting = [seed for seed in range(count) if seed not in done]
    failed = 0

    def report(result: FleetResult[int | None]) -> None:
        nonlocal failed
        if result.is_done:
            done.add(int(result.key))
            with file.open("a") as results:
                results.write(json.dumps({"seed": int(result.key), "status_code": result.value}) + "\n")
        else:
            failed += 1
            print(f"seed {result.key} failed: {result.error}", file=sys.stderr)
        print(
            f"{len(done)} of {count} done, {failed} failed ({result.seconds:.1f} s on {result.session_id})", flush=True
        )

    async with AsyncSessionsClient() as client:

        async def evaluate(session: Session, seed: int) -> int | None:
            command = await client.run_command(session.id, f"python evaluate.py --seed {seed}", timeout=1800)
            return command.status_code

        await FLEET.map(client, waiting, body, evaluate, concurrency=50, on_result=report)
        # Sessions that a killed run has left for seeds that are done are terminated after their deadline.
        print(await sweep_async(client, PROJECT, fleet=FLEET.name, dry_run=False))
    return failed


if __name__ == "__main__":
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    output = Path(sys.argv[2] if len(sys.argv) > 2 else "results.jsonl")
    sys.exit(asyncio.run(main(seeds, output)) > 0)
