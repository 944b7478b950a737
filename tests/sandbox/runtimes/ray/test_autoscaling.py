"""The settings of Ray's autoscaler."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox.runtimes.ray.autoscaling import HEAD_NODE_ID, SETTINGS_FILE, Autoscaler
from anyscale_sessions_sandbox.runtimes.ray.cluster import Cluster, NodeType

SMALL = NodeType("small", {"CPU": 1, "small": 1}, 1, 3)
CLUSTER = Cluster(NodeType("head", {"CPU": 2}), (SMALL,), 3, 0.5)


@pytest.fixture
def autoscaler(tmp_path: Path) -> Autoscaler:
    """The autoscaler of a cluster with one type of workers, with its settings in a directory."""
    found = Autoscaler(CLUSTER, tmp_path, tmp_path / "r")
    for name, text in found.files.items():
        (tmp_path / name).write_text(text)
    return found


def settings_in(directory: Path) -> Any:
    """The settings in a directory."""
    return json.loads((directory / SETTINGS_FILE).read_text())


def test_the_settings_describe_the_nodes(autoscaler: Autoscaler, tmp_path: Path) -> None:
    """The settings have the types of nodes, and the limits of the cluster."""
    assert autoscaler.arguments == [f"--autoscaling-config={tmp_path / SETTINGS_FILE}"]
    settings = settings_in(tmp_path)
    assert settings["head_node_type"] == "head"
    assert (settings["max_workers"], settings["idle_timeout_minutes"]) == (3, 0.5)
    types = settings["available_node_types"]
    assert types["head"]["max_workers"] == 0
    assert types["small"].pop("resources") == {"CPU": 1, "small": 1, "object_store_memory": 128 * 2**20}
    assert types["small"] == {"node_config": {}, "min_workers": 1, "max_workers": 3}


def test_the_head_has_the_id_and_the_type_that_the_autoscaler_expects(autoscaler: Autoscaler, tmp_path: Path) -> None:
    """The head gets its id and its type by its environment, and the settings name the same ones."""
    provider = settings_in(tmp_path)["provider"]
    variables = autoscaler.variables
    assert variables["RAY_OVERRIDE_NODE_ID_FOR_TESTING"] == provider["head_node_id"] == HEAD_NODE_ID
    assert variables["RAY_NODE_TYPE_NAME"] == provider["head_node_type"] == "head"
    assert len(HEAD_NODE_ID) == 56


def test_a_head_can_be_a_worker_type_too(tmp_path: Path) -> None:
    """If the head's type can have workers, the settings have it once, with its number of workers."""
    head = NodeType("any", {"CPU": 1}, 0, 2)
    text = Autoscaler(Cluster(head, (head,), 2), tmp_path, tmp_path).files[SETTINGS_FILE]
    assert {name: node["max_workers"] for name, node in json.loads(text)["available_node_types"].items()} == {"any": 2}


def test_a_termination_of_all_workers_removes_the_minimum(autoscaler: Autoscaler, tmp_path: Path) -> None:
    """A termination of all workers is a new number in the settings, which have no minimum of workers any more."""
    assert settings_in(tmp_path)["provider"]["terminations"] == 0
    autoscaler.terminate_workers(keep_min_workers=False)
    settings = settings_in(tmp_path)
    assert settings["provider"]["terminations"] == 1
    assert settings["available_node_types"]["small"]["min_workers"] == 0
    assert [path.name for path in tmp_path.iterdir()] == [SETTINGS_FILE]


def test_a_termination_can_keep_the_minimum(autoscaler: Autoscaler, tmp_path: Path) -> None:
    """A termination that keeps the minimum of workers changes the number only."""
    before = settings_in(tmp_path)
    for count in (1, 2):
        autoscaler.terminate_workers(keep_min_workers=True)
        settings = settings_in(tmp_path)
        assert settings["provider"].pop("terminations") == count
    before["provider"].pop("terminations")
    assert settings == before


def test_workers_of_a_session_without_a_directory_cannot_be_terminated(tmp_path: Path) -> None:
    """A request to terminate workers after the directory was removed raises FileNotFoundError."""
    autoscaler = Autoscaler(CLUSTER, tmp_path / "none", tmp_path)
    with pytest.raises(FileNotFoundError):
        autoscaler.terminate_workers(keep_min_workers=False)
