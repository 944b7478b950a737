"""The node provider of the autoscaler, without raylets."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

SETTINGS = {
    "provider": {"terminations": 0},
    "available_node_types": {"head": {"min_workers": 0}, "small": {"min_workers": 1}, "big": {"min_workers": 0}},
}
CONFIG = {"head_node_id": "f" * 51 + "00000", "head_node_type": "head"}


class FakeRaylet:
    """What Ray calls a node."""

    started: list[FakeRaylet]

    def __init__(self, parameters: Any, **_: Any) -> None:
        self.parameters = parameters
        self.dead: list[str] = []
        self.is_killed = False
        self.started.append(self)

    def dead_processes(self) -> list[str]:
        """Those of its processes that have ended."""
        return self.dead

    def kill_all_processes(self, **_: Any) -> None:
        """End it."""
        self.is_killed = True


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A provider whose raylets are fake."""
    from anyscale_sessions_sandbox.runtimes.ray import nodes

    monkeypatch.setenv("RAY_NODE_TYPE_NAME", "head")
    monkeypatch.setattr(
        nodes.internal_kv, "internal_kv_get_gcs_client", lambda: SimpleNamespace(address="127.0.0.1:6379")
    )
    monkeypatch.setattr(FakeRaylet, "started", [], raising=False)
    monkeypatch.setattr(nodes.node, "Node", FakeRaylet)
    files = {"settings_file": str(tmp_path / "settings"), "terminations_file": str(tmp_path / "terminations")}
    (tmp_path / "settings").write_text(json.dumps(SETTINGS))
    return nodes.Nodes({**CONFIG, **files}, "sandbox")


def create(provider: Any, node_type: str, count: int) -> None:
    """Let the autoscaler create worker nodes."""
    tags = {"ray-node-type": "worker", "ray-user-node-type": node_type}
    provider.create_node_with_resources_and_labels(
        {}, tags, count, {"CPU": 1, "a": 2, "object_store_memory": 2**27}, {}
    )


def types_of(provider: Any) -> list[str]:
    """The types of all nodes."""
    return [provider.node_tags(node_id)["ray-user-node-type"] for node_id in provider.non_terminated_nodes({})]


def request(tmp_path: Path, number: int) -> None:
    """Request that workers be terminated."""
    settings = {**SETTINGS, "provider": {"terminations": number}}
    (tmp_path / "settings").write_text(json.dumps(settings))


def test_nodes_are_raylets(provider: Any) -> None:
    """Each worker node is a raylet of the cluster, with its resources, and with its type as a label."""
    create(provider, "small", 2)
    assert types_of(provider) == ["head", "small", "small"]
    parameters = FakeRaylet.started[0].parameters
    assert (parameters.gcs_address, parameters.num_cpus, parameters.resources) == ("127.0.0.1:6379", 1, {"a": 2})
    assert os.environ["RAY_NODE_TYPE_NAME"] == "small"


def test_the_autoscaler_can_scale_the_nodes(provider: Any) -> None:
    """The autoscaler may scale the nodes, selects them by their tags, and terminates several at once."""
    assert (provider.is_readonly(), provider.safe_to_scale(), provider.max_terminate_nodes) == (False, True, None)
    create(provider, "small", 2)
    workers = provider.non_terminated_nodes({"ray-node-type": "worker"})
    assert [node_id[-5:] for node_id in workers] == ["00001", "00002"]
    assert [provider.internal_ip(node_id) for node_id in workers] == workers
    assert provider.node_tags(workers[0])["ray-node-status"] == "up-to-date"
    provider.terminate_nodes(workers)
    assert types_of(provider) == ["head"]
    assert all(raylet.is_killed for raylet in FakeRaylet.started)


def test_a_node_that_has_ended_is_forgotten(provider: Any) -> None:
    """A node is forgotten when one of its processes has ended, so that the autoscaler replaces it."""
    create(provider, "small", 2)
    FakeRaylet.started[0].dead = ["raylet"]
    assert types_of(provider) == ["head", "small"]
    assert [raylet.is_killed for raylet in FakeRaylet.started] == [True, False]


def test_workers_beyond_the_minimum_are_terminated_on_request(provider: Any, tmp_path: Path) -> None:
    """A new number in the settings terminates all workers beyond the minimum of their types, and is answered once."""
    create(provider, "small", 2)
    create(provider, "big", 1)
    provider.post_process()
    assert types_of(provider) == ["head", "small", "small", "big"]
    assert not (tmp_path / "terminations").exists()
    request(tmp_path, 1)
    provider.post_process()
    assert types_of(provider) == ["head", "small"]
    assert (tmp_path / "terminations").read_text() == "1"
    create(provider, "big", 1)
    provider.post_process()
    assert types_of(provider) == ["head", "small", "big"]
