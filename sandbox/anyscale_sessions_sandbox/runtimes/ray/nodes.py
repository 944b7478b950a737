"""The node provider of the autoscaler: each worker node is a raylet on this machine.

The autoscaler imports it by its name, in a process of the cluster, and calls the methods of Ray's `NodeProvider`. A
worker node is forgotten when one of its processes has ended, so that the autoscaler replaces it.

Worker nodes are terminated on request: the sandbox writes settings with a new number in `terminations`, and the
provider writes that number to a file when it is done.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

# Types are checked without Ray.
node: Any = import_module("ray._private.node")
parameter: Any = import_module("ray._private.parameter")
internal_kv: Any = import_module("ray.experimental.internal_kv")

HEAD = {"ray-node-type": "head"}
WORKER = {"ray-node-type": "worker"}
NODE_TYPE = "ray-user-node-type"
UP_TO_DATE = {"ray-node-status": "up-to-date"}
NODE_TYPE_VARIABLE = "RAY_NODE_TYPE_NAME"
NODE_ID_VARIABLE = "RAY_OVERRIDE_NODE_ID_FOR_TESTING"
ID_DIGITS = 5


class Nodes:
    """The nodes of a cluster on this machine."""

    # There is no limit.
    max_terminate_nodes = None

    def __init__(self, provider_config: Mapping[str, Any], cluster_name: str) -> None:  # noqa: ARG002 - as Ray calls it
        self._config = provider_config
        self._head_id: str = provider_config["head_node_id"]
        self._tags = {self._head_id: {**HEAD, NODE_TYPE: provider_config["head_node_type"], **UP_TO_DATE}}
        self._raylets: dict[str, Any] = {}
        self._created = 0
        self._terminations = 0

    def is_readonly(self) -> bool:
        """Whether nodes cannot be created."""
        return False

    def safe_to_scale(self) -> bool:
        """Whether the autoscaler may continue."""
        return True

    def non_terminated_nodes(self, tag_filters: Mapping[str, str]) -> list[str]:
        """The ids of the nodes that have all of some tags."""
        for node_id, raylet in tuple(self._raylets.items()):
            if raylet.dead_processes():
                self.terminate_node(node_id)
        return [node_id for node_id, tags in self._tags.items() if tag_filters.items() <= tags.items()]

    def node_tags(self, node_id: str) -> dict[str, str]:
        """The tags of a node."""
        return self._tags[node_id]

    def internal_ip(self, node_id: str) -> str:
        """The id of a node, because all nodes have the same address; see `use_node_id_as_ip`."""
        return node_id

    def create_node_with_resources_and_labels(
        self,
        node_config: object,  # noqa: ARG002 - as Ray calls it
        tags: Mapping[str, str],
        count: int,
        resources: Mapping[str, float],
        labels: Mapping[str, str],
    ) -> None:
        """Start raylets."""
        # Ray takes this label of a node from the environment of this process.
        os.environ[NODE_TYPE_VARIABLE] = tags[NODE_TYPE]
        for _ in range(count):
            self._created += 1
            node_id = f"{self._head_id[:-ID_DIGITS]}{self._created:0{ID_DIGITS}}"
            self._raylets[node_id] = _start_raylet(node_id, tags[NODE_TYPE], dict(resources), labels)
            self._tags[node_id] = {**tags, **UP_TO_DATE}

    def terminate_nodes(self, node_ids: Sequence[str]) -> None:
        """Terminate worker nodes."""
        for node_id in node_ids:
            self.terminate_node(node_id)

    def terminate_node(self, node_id: str) -> None:
        """Terminate a worker node."""
        del self._tags[node_id]
        self._raylets.pop(node_id).kill_all_processes(check_alive=False, allow_graceful=True)

    def post_process(self) -> None:
        """Terminate worker nodes if that was requested. The autoscaler calls it at the end of each update."""
        settings = json.loads(Path(self._config["settings_file"]).read_text(encoding="utf-8"))
        requested: int = settings["provider"]["terminations"]
        if requested > self._terminations:
            self._terminate_workers(settings["available_node_types"])
            self._terminations = requested
            Path(self._config["terminations_file"]).write_text(str(requested), encoding="utf-8")

    def _terminate_workers(self, node_types: Mapping[str, Any]) -> None:
        """Terminate the worker nodes beyond the `min_workers` of their types."""
        kept: Counter[str] = Counter()
        for node_id in self.non_terminated_nodes(WORKER):
            node_type = self._tags[node_id][NODE_TYPE]
            kept[node_type] += 1
            if kept[node_type] > node_types[node_type]["min_workers"]:
                self.terminate_node(node_id)


def _start_raylet(node_id: str, node_type: str, resources: dict[str, float], labels: Mapping[str, str]) -> Any:
    """Start a raylet and its agents, with free ports. Returns a `Node` of Ray."""
    address = internal_kv.internal_kv_get_gcs_client().address
    parameters = parameter.RayParams(
        gcs_address=address,
        redis_address=address,
        num_cpus=resources.pop("CPU", 0),
        num_gpus=resources.pop("GPU", 0),
        memory=resources.pop("memory", None),
        object_store_memory=resources.pop("object_store_memory"),
        resources=resources,
        labels=labels,
        min_worker_port=0,
        max_worker_port=0,
        dashboard_agent_listen_port=0,
        env_vars={NODE_ID_VARIABLE: node_id, NODE_TYPE_VARIABLE: node_type},
    )
    return node.Node(parameters, head=False, shutdown_at_exit=False, spawn_reaper=False)
