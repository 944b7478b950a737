"""Fleets on Ray, with a real local cluster if Ray is installed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions import AsyncSessionsClient, InvalidRequestError, Session, SessionsClient
from anyscale_sessions.fleet import Fleet, sweep
from anyscale_sessions.fleet.ray import RayPace, run
from anyscale_sessions_sandbox import Fault, Sandbox

from ..conftest import PROJECT, body, live

needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="Ray is not installed; it may have no wheel for this platform or this Python"
)


async def work(_session: Session, item: int) -> int:
    """The work of an item."""
    await asyncio.sleep(0)
    return 2 * item


async def fail(_session: Session, item: int) -> int:
    """Work that fails for the item 0."""
    return 1 // item


@pytest.fixture
def actors_client(server: Sandbox) -> AsyncSessionsClient:
    """The client that the actors copy."""
    return AsyncSessionsClient(server.token, host=server.url)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A local Ray cluster."""
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Not in a runtime environment of the job: Ray starts worker processes in advance only without one.
        patch.setenv("PYTHONPATH", ":".join(path for path in sys.path if path))
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
        yield ray
        ray.shutdown()


@needs_ray
@pytest.mark.usefixtures("cluster")
def test_results_are_streamed_with_progress(
    actors_client: AsyncSessionsClient, client: SessionsClient, fleet: Fleet
) -> None:
    """`run` yields each result as soon as its item has ended, and reports the progress."""
    progress: list[tuple[int, int]] = []
    results = run(
        fleet,
        range(9),
        body,
        work,
        workers=2,
        client=actors_client,
        on_progress=lambda *counts: progress.append(counts),
    )
    first = next(results)
    assert progress == [(1, 9)]
    done = [first, *results]
    assert sorted((int(result.key), result.value) for result in done) == [(item, 2 * item) for item in range(9)]
    assert progress[-1] == (9, 9)
    assert live(client) == []


@needs_ray
@pytest.mark.usefixtures("cluster")
def test_an_item_that_fails_is_reported(
    actors_client: AsyncSessionsClient, client: SessionsClient, fleet: Fleet
) -> None:
    """The error of an item is in its result, and its session is terminated."""
    results = {result.key: result for result in run(fleet, range(3), body, fail, workers=1, client=actors_client)}
    assert isinstance(results["0"].error, ZeroDivisionError)
    assert (results["1"].value, results["2"].value) == (1, 0)
    assert live(client) == []


@needs_ray
def test_actors_that_are_killed_are_restarted_and_their_items_run_again(
    cluster: Any, server: Sandbox, actors_client: AsyncSessionsClient, client: SessionsClient, fleet: Fleet
) -> None:
    """If one of two actors is killed, twice, every item is done, and a sweep leaves no session alive."""
    results = run(fleet, range(40), body, work, workers=2, concurrency=4, client=actors_client)
    done = []
    for count, result in enumerate(results):
        done.append(result)
        if count in (5, 15):
            frame: Any = results.gi_frame  # type: ignore[attr-defined]
            cluster.kill(frame.f_locals["actors"][count % 2], no_restart=False)
    assert sorted(int(result.key) for result in done if result.is_done) == list(range(40))
    sweep(client, PROJECT, fleet=fleet.name, older_than=timedelta(0), dry_run=False)
    assert live(client) == []
    assert server.journal.count("create_session") >= 40


@needs_ray
def test_an_actor_that_dies_too_often_is_an_error_of_its_items(
    cluster: Any, server: Sandbox, actors_client: AsyncSessionsClient, fleet: Fleet
) -> None:
    """If an actor is not restarted any more, its items are reported as failed with Ray's error."""
    server.faults.add(Fault("stall", operation="start_session"))
    results = run(fleet, range(2), body, work, workers=1, concurrency=2, client=actors_client)
    first = next(results)
    frame: Any = results.gi_frame  # type: ignore[attr-defined]
    cluster.kill(frame.f_locals["actors"][0])
    [last] = results
    assert first.is_done
    assert isinstance(last.error, cluster.exceptions.RayError)
    assert last.session_id is None


@needs_ray
@pytest.mark.usefixtures("cluster")
def test_the_rate_never_exceeds_the_shared_pace(
    actors_client: AsyncSessionsClient, fleet: Fleet, tmp_path: Path
) -> None:
    """Two actors that share a pace of 20 a second never begin more than 20 items within a second."""
    begun = tmp_path / "begun"

    def noted(item: int) -> Any:
        with begun.open("a") as file:
            file.write(f"{time.time()}\n")
        return body(item)

    results = list(run(fleet, range(50), noted, work, workers=2, pace=RayPace(20), client=actors_client))
    assert all(result.is_done for result in results)
    starts = sorted(map(float, begun.read_text().split()))
    assert len(starts) == 50
    assert max(sum(begin <= start < begin + 1 for start in starts) for begin in starts) <= 20


@needs_ray
@pytest.mark.usefixtures("cluster")
def test_no_items_have_no_results(fleet: Fleet) -> None:
    """`run` without items yields nothing."""
    assert list(run(fleet, [], body, work)) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"items": ["A"]}, "key"),
        ({"items": [1, 1]}, "must have different keys"),
        ({"workers": 0}, "workers"),
        ({"workers": True}, "workers"),
        ({"concurrency": 0}, "concurrency"),
        ({"max_retries": -1}, "max_retries"),
    ],
)
def test_unusable_arguments_are_refused_at_once(fleet: Fleet, arguments: dict[str, Any], message: str) -> None:
    """An invalid key or an invalid count is refused before Ray is used."""
    with pytest.raises(InvalidRequestError, match=message):
        run(fleet, **{"items": [1], "body": body, "work": work, **arguments})


@pytest.mark.parametrize("rate", [0, -1, True, None, "5", float("nan"), float("inf")])
def test_what_is_no_rate_is_refused(rate: Any) -> None:
    """A pace needs a number of items a second above 0."""
    with pytest.raises(InvalidRequestError, match="per_second"):
        RayPace(rate)


def test_a_missing_ray_is_named() -> None:
    """If Ray is not installed, the error says what to install."""
    program = (
        "import sys; sys.modules['ray'] = None\n"
        "from anyscale_sessions.fleet.ray import RayPace\n"
        "try: RayPace(1.0)\n"
        "except ModuleNotFoundError as error: print(error.name, error)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    assert ended.stdout == "ray anyscale_sessions.fleet.ray requires Ray: pip install 'ray>=2.9'\n"


def test_a_ray_that_is_broken_is_named_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that an installed Ray does not find is not reported as a missing Ray."""

    def broken(_name: str) -> None:
        raise ModuleNotFoundError("no grpc", name="grpc")

    monkeypatch.setattr("anyscale_sessions.fleet.ray.import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="no grpc"):
        RayPace(1.0)
