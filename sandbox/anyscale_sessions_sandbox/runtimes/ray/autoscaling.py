"""The settings of Ray's autoscaler, which adds and removes the worker nodes of a cluster on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .cluster import OBJECT_STORE, Cluster, NodeType

PACKAGE = __name__.rpartition(".")[0]
SETTINGS_FILE = "autoscaling.json"
# It contains how many requests to terminate worker nodes were performed.
TERMINATIONS_FILE = "terminations"
# The autoscaler recognises the head by this id.
HEAD_NODE_ID = "f" * 51 + "00000"
# The shared memory of a worker node.
OBJECT_STORE_BYTES = 128 * 2**20
# Several worker nodes may be added at once.
UPSCALING_SPEED = 100.0

# Ray validates the settings as a complete cluster YAML.
UNUSED: Mapping[str, Any] = {
    "auth": {},
    "cluster_synced_files": [],
    "docker": {},
    "file_mounts": {},
    "file_mounts_sync_continuously": False,
    "head_setup_commands": [],
    "head_start_ray_commands": [],
    "initialization_commands": [],
    "rsync_exclude": [],
    "rsync_filter": [],
    "setup_commands": [],
    "worker_setup_commands": [],
    "worker_start_ray_commands": [],
}


class Autoscaler:
    """The autoscaler of one cluster. It reads a file in `directory`, and writes one in `ray_directory`."""

    def __init__(self, cluster: Cluster, directory: Path, ray_directory: Path) -> None:
        self._cluster = cluster
        self._settings = directory / SETTINGS_FILE
        self._answer = ray_directory / TERMINATIONS_FILE
        self._terminations = 0

    @property
    def files(self) -> dict[str, str]:
        """The files that it needs in the directory."""
        return {SETTINGS_FILE: self._text()}

    @property
    def arguments(self) -> list[str]:
        """The arguments of `ray start`."""
        return [f"--autoscaling-config={self._settings}"]

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of `ray start`."""
        return {
            "RAY_FAKE_CLUSTER": "1",
            "RAY_OVERRIDE_NODE_ID_FOR_TESTING": HEAD_NODE_ID,
            "RAY_NODE_TYPE_NAME": self._cluster.head.name,
            "AUTOSCALER_UPDATE_INTERVAL_S": "1",
        }

    def terminate_workers(self, *, keep_min_workers: bool) -> None:
        """Request that worker nodes be terminated. The watcher reports when they are. Raises OSError.

        Unless `keep_min_workers` is set, the cluster has no minimum from now on. Nodes are added again when tasks need
        them.
        """
        if not keep_min_workers:
            workers = tuple(worker._replace(min_workers=0) for worker in self._cluster.workers)
            self._cluster = self._cluster._replace(workers=workers)
        self._terminations += 1
        # The autoscaler reads the file every second, so it is replaced in one step.
        new = self._settings.with_suffix(".new")
        new.write_text(self._text(), encoding="utf-8")
        new.replace(self._settings)

    def _text(self) -> str:
        cluster = self._cluster
        provider = {
            "type": "external",
            "module": f"{PACKAGE}.nodes.Nodes",
            "use_node_id_as_ip": True,
            "disable_node_updaters": True,
            "disable_launch_config_check": True,
            "foreground_node_launch": True,
            "worker_liveness_check": False,
            "head_node_id": HEAD_NODE_ID,
            "head_node_type": cluster.head.name,
            "settings_file": str(self._settings),
            "terminations_file": str(self._answer),
            "terminations": self._terminations,
        }
        settings = {
            **UNUSED,
            "cluster_name": "sandbox",
            "provider": provider,
            "head_node_type": cluster.head.name,
            "available_node_types": {node.name: _node_type(node) for node in (cluster.head, *cluster.workers)},
            "max_workers": cluster.max_workers,
            "idle_timeout_minutes": cluster.idle_timeout_minutes,
            "upscaling_speed": UPSCALING_SPEED,
        }
        return json.dumps(settings)


def _node_type(node: NodeType) -> dict[str, Any]:
    return {
        "resources": {OBJECT_STORE: OBJECT_STORE_BYTES, **node.resources},
        "node_config": {},
        "min_workers": node.min_workers,
        "max_workers": node.max_workers,
    }
