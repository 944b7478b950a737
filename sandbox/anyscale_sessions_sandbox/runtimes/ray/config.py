"""Determines the cluster of a session: from its cluster YAML, or from its compute template and its build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from ...spec import Document
from ..catalog import Build, Catalog, ComputeTemplate, Node, Worker
from .cluster import DEFAULT_RESOURCES, Cluster, ConfigError, NodeType, limited, this_machine
from .cluster_yaml import read_cluster

Entry = TypeVar("Entry", Build, ComputeTemplate)


def cluster_of(session: Document, catalog: Catalog, *, strict: bool, max_workers: int) -> Cluster:
    """The cluster of a session, with `max_workers` worker nodes at most.

    Raises ConfigError for an invalid configuration; with `strict` also for a build or a compute template that is not in
    the catalog.
    """
    if not session.get("uses_app_config"):
        return limited(read_cluster(session.get("cluster_config") or "", catalog), max_workers)
    notes: list[str] = []
    templates, builds = catalog.compute_templates, catalog.builds
    template = _entry(templates, ComputeTemplate(), session, "compute_template_id", notes, strict=strict)
    build = _entry(builds, Build(), session, "build_id", notes, strict=strict)
    cluster = _from_template(template, catalog)._replace(build=build, notes=tuple(notes))
    return limited(cluster, max_workers)


def _entry(
    entries: Mapping[str, Entry], default: Entry, session: Document, field: str, notes: list[str], *, strict: bool
) -> Entry:
    entry_id: str = session[field]
    if entry_id in entries:
        return entries[entry_id]
    if strict:
        raise ConfigError(f"{field} {entry_id} is unknown; define it in a seed")
    notes.append(f"{field} {entry_id} is unknown, so the defaults are used. A seed can define it.")
    return default


def _from_template(template: ComputeTemplate, catalog: Catalog) -> Cluster:
    head = _resources(template.head, catalog) if template.head != Node() else this_machine()
    workers = tuple(_node_type(worker, index, catalog) for index, worker in enumerate(template.workers))
    if len({worker.name for worker in workers}) < len(workers):
        raise ConfigError("two workers of the compute template have the same name")
    total = sum(worker.max_workers for worker in workers)
    max_workers = total if template.max_workers is msgspec.UNSET else template.max_workers
    return Cluster(NodeType("head", head), workers, max_workers, template.idle_timeout_minutes)


def _node_type(worker: Worker, index: int, catalog: Catalog) -> NodeType:
    default = max(worker.min_workers, 1)
    max_workers = default if worker.max_workers is msgspec.UNSET else worker.max_workers
    name = worker.name or f"worker-{index}"
    return NodeType(name, _resources(worker, catalog), worker.min_workers, max_workers)


def _resources(node: Node, catalog: Catalog) -> Mapping[str, int]:
    return {**catalog.instance_types.get(node.instance_type, DEFAULT_RESOURCES), **node.resources}
