"""The nodes and the build of the Ray cluster of a session."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from ..catalog import IDLE_TIMEOUT_MINUTES, Build

# The resources of a node type without `resources` and with an unknown instance type, or none.
DEFAULT_RESOURCES: Mapping[str, int] = {"CPU": 1}
# The limits of Ray for each resource, and for the object store of a node. Ray checks them only when it starts a node,
# so that a cluster would wait for its worker nodes forever.
MAX_AMOUNT = 100 * 10**12
OBJECT_STORE = "object_store_memory"
MIN_OBJECT_STORE_BYTES = 75 * 2**20


class ConfigError(Exception):
    """A session that cannot be started as it is configured. The text has the reason, but no value of a cluster YAML."""

    def __init__(self, reason: str) -> None:
        # Names in a YAML can contain line breaks.
        super().__init__(" ".join(reason.split()))


class NodeType(NamedTuple):
    """A type of nodes: its name, the resources of each node, and how many worker nodes it has at least and at most."""

    name: str
    resources: Mapping[str, int]
    min_workers: int = 0
    max_workers: int = 0


class Cluster(NamedTuple):
    """The cluster of a session.

    Attributes:
        head: the type of the head node.
        workers: the types of worker nodes. The head's type is among them if it can have workers.
        max_workers: how many worker nodes there are at most, of all types together.
        idle_timeout_minutes: after how much idle time a worker node is removed.
        build: what is installed and set on every node.
        notes: how the cluster differs from what was requested.
    """

    head: NodeType
    workers: tuple[NodeType, ...] = ()
    max_workers: int = 0
    idle_timeout_minutes: float = IDLE_TIMEOUT_MINUTES
    build: Build = Build()
    notes: tuple[str, ...] = ()

    @property
    def has_workers(self) -> bool:
        """Whether it can have worker nodes, and therefore needs an autoscaler."""
        return self.max_workers > 0 and bool(self.workers)


def this_machine() -> Mapping[str, int]:
    """The resources of a head node that nothing was requested for."""
    return {"CPU": os.cpu_count() or 1}


def limited(cluster: Cluster, max_workers: int) -> Cluster:
    """The cluster with no more worker nodes than a sandbox allows.

    Raises ConfigError if it needs more, or if Ray cannot start one of its nodes.
    """
    for node in (cluster.head, *cluster.workers):
        _check(node)
    for worker in cluster.workers:
        if worker.min_workers > worker.max_workers:
            raise ConfigError(
                f"the node type {worker.name} needs {worker.min_workers} workers, but its max_workers is "
                f"{worker.max_workers}"
            )
    needed = sum(worker.min_workers for worker in cluster.workers)
    if needed > cluster.max_workers:
        raise ConfigError(
            f"the node types need {needed} workers (the sum of min_workers), but max_workers is {cluster.max_workers}"
        )
    if needed > max_workers:
        raise ConfigError(
            f"the node types need {needed} workers (the sum of min_workers), but this sandbox allows {max_workers}"
        )
    if min(cluster.max_workers, sum(worker.max_workers for worker in cluster.workers)) <= max_workers:
        return cluster
    note = f"The cluster can have {max_workers} worker nodes at most, which is the limit of this sandbox."
    return cluster._replace(max_workers=max_workers, notes=(*cluster.notes, note))


def _check(node: NodeType) -> None:
    """Raise ConfigError for a type of nodes that Ray cannot start."""
    if not node.name:
        raise ConfigError("the name of a node type must not be empty")
    for resource, amount in node.resources.items():
        if amount > MAX_AMOUNT:
            raise ConfigError(f"the node type {node.name} has more than {MAX_AMOUNT} of {resource}, the limit of Ray")
    if node.resources.get(OBJECT_STORE, MIN_OBJECT_STORE_BYTES) < MIN_OBJECT_STORE_BYTES:
        raise ConfigError(
            f"the node type {node.name} has less than {MIN_OBJECT_STORE_BYTES} bytes of {OBJECT_STORE}, "
            "the minimum of Ray"
        )
