"""Worker nodes of Ray clusters, which the autoscaler adds and removes."""

from __future__ import annotations

import os
import shlex
import signal
from typing import Any

import pytest

from .conftest import LOOPBACK, Clusters, processes_in, until

YAML = """
max_workers: 2
idle_timeout_minutes: 0.03
docker: {image: "rayproject/ray:latest"}
head_node_type: head
available_node_types:
  head: {resources: {CPU: 1}}
  small: {resources: {CPU: 1, small: 1}, min_workers: 1, max_workers: 2}
"""
# Prints the nodes of a task of two actors that need a node each, and ends when all nodes but the minimum are gone.
SCALE = """
import ray, time
ray.init(log_to_driver=False, logging_level="ERROR")
workers = lambda: [node["Labels"].get("ray.io/node-group") for node in ray.nodes() if node["Alive"]].count("small")
@ray.remote(resources={"small": 1})
class Actor:
    def node(self):
        return ray.get_runtime_context().get_node_id()
actors = [Actor.remote() for _ in range(2)]
print(len(set(ray.get([one.node.remote() for one in actors]))), workers(), flush=True)
del actors
while workers() > 1:
    time.sleep(0.1)
print(workers())
"""
REFUSED = "available_node_types: {a: {}, b: {min_workers: 4}}\nhead_node_type: a\nmax_workers: 4"


@pytest.fixture(scope="module")
def scaling(clusters: Clusters) -> Any:
    """A session with worker nodes."""
    session = clusters.api.create(cluster_config=YAML, cloud_id="cld_1", uses_app_config=False)
    clusters.api.start(session)
    return clusters.until(session, "Running")


def raylets(clusters: Clusters, session: Any) -> list[int]:
    """The raylets of a session. The first one is the head's."""
    return sorted(number for number, text in clusters.processes(session).items() if "raylet/raylet --" in text)


def test_worker_nodes_come_and_go(clusters: Clusters, scaling: Any) -> None:
    """Actors that need two worker nodes run on two, and when they are gone, the nodes beyond the minimum go too."""
    code, stdout, stderr = clusters.ran(scaling, f"python -c {shlex.quote(SCALE)}")
    assert (code, stdout) == (0, "2 2\n1\n"), stderr


def test_what_a_yaml_asks_for_in_vain_is_an_event(clusters: Clusters, scaling: Any) -> None:
    """An event names the fields of the cluster YAML that have no effect."""
    found = [event["description"] for event in clusters.api.events(scaling)]
    assert "These fields of cluster_config have no effect here: docker." in found


def test_worker_nodes_listen_on_loopback(clusters: Clusters, scaling: Any) -> None:
    """All ports of a cluster with worker nodes are on the loopback interface."""
    assert len(raylets(clusters, scaling)) == 2
    assert clusters.addresses(scaling) <= LOOPBACK


def test_a_worker_node_that_has_crashed_is_replaced(clusters: Clusters, scaling: Any) -> None:
    """When the raylet of a worker node is killed, the session keeps running, and the node is replaced."""
    head, worker = until(lambda: len(found := raylets(clusters, scaling)) == 2 and found)
    os.kill(worker, signal.SIGKILL)
    until(lambda: len(found := raylets(clusters, scaling)) == 2 and found[0] == head and worker not in found)
    assert clusters.api.get(scaling)["state"] == "Running"


def test_worker_nodes_alone_are_terminated(clusters: Clusters, scaling: Any) -> None:
    """A termination of workers ends those beyond the minimum, or all of them, and the session keeps running."""
    until(lambda: len(raylets(clusters, scaling)) == 2)
    for options, left in (({"keep_min_workers": True}, 1), ({}, 0)):
        operation = clusters.api.terminate(scaling, workers_only=True, **options)
        until(lambda now=operation: clusters.api.operation(now)["completed"])
        assert clusters.api.operation(operation)["result"]["data"]["state"] == "Running"
        assert len(raylets(clusters, scaling)) == left + 1


def test_a_session_ends_when_its_autoscaler_is_killed(clusters: Clusters, scaling: Any) -> None:
    """A session is terminated when its autoscaler is killed. The reason names it, and nothing is left."""
    folder = clusters.folder(scaling)
    [process_id] = [number for number, text in clusters.processes(scaling).items() if "_private/monitor.py" in text]
    os.kill(process_id, signal.SIGKILL)
    assert "Its Ray head ended with 1: monitor [exit code=-9]." in clusters.ended(scaling)
    assert not folder.exists()
    assert processes_in(folder) == {}


def test_a_yaml_that_needs_too_many_workers_is_refused(clusters: Clusters) -> None:
    """A session that needs too many worker nodes is StartupErrored, with the reason in its operation and an event."""
    session = clusters.api.create(cluster_config=REFUSED, cloud_id="cld_1", uses_app_config=False)
    operation = clusters.api.start(session)
    until(lambda: clusters.api.get(session)["state"] == "StartupErrored")
    reason = "the node types need 4 workers (the sum of min_workers), but this sandbox allows 3."
    assert clusters.api.operation(operation)["result"]["error"] == {"message": reason}
    assert reason in clusters.api.events(session)[-1]["description"]


def test_workers_of_a_cluster_without_any_are_terminated_at_once(clusters: Clusters) -> None:
    """A termination of workers of a session that has none ends at once."""
    session = clusters.running(1)[0]
    operation = clusters.api.terminate(session, workers_only=True)
    until(lambda: clusters.api.operation(operation)["completed"])
