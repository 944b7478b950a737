"""Reads a cluster YAML: which nodes a cluster has. What else a YAML for a cloud contains has no effect here."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import jsonschema_rs

from ...gateway.validation import Validator
from ...safe_yaml import parse_yaml
from ..catalog import IDLE_TIMEOUT_MINUTES, Catalog
from .cluster import DEFAULT_RESOURCES, Cluster, ConfigError, NodeType, this_machine

# The fields that have an effect, or that need none. `provider` and `node_config` describe machines of a cloud.
FIELDS = frozenset(
    {"available_node_types", "cluster_name", "head_node_type", "idle_timeout_minutes", "max_workers", "provider"}
)
NODE_TYPE_FIELDS = frozenset({"max_workers", "min_workers", "node_config", "resources"})
# The fields of `node_config` that name an instance type, on AWS, Google Cloud and Azure.
INSTANCE_TYPE_FIELDS = ("InstanceType", "machineType", "instance_type", "vmSize")
# Ray's own default.
MAX_WORKERS = 2
RAY_SCHEMA = "ray/autoscaler/ray-schema.json"
NAME = "cluster_config"


def read_cluster(text: str, catalog: Catalog) -> Cluster:
    """The cluster that a YAML describes, by the rules and defaults of Ray. Raises ConfigError."""
    config = _parse(text)
    types: Mapping[str, Mapping[str, Any]] = config.get("available_node_types") or {}
    head = NodeType("head", this_machine())
    if types:
        head_type = config.get("head_node_type", "")
        if head_type not in types:
            raise ConfigError(f"{NAME}.head_node_type must be one of available_node_types")
        head = _node_type(head_type, config, catalog)
    nodes = [_node_type(name, config, catalog) for name in types]
    ignored = [name for name in config if name not in FIELDS]
    for name, node_type in types.items():
        ignored += [f"available_node_types.{name}.{field}" for field in node_type if field not in NODE_TYPE_FIELDS]
    notes = (f"These fields of {NAME} have no effect here: {', '.join(sorted(ignored))}.",) if ignored else ()
    return Cluster(
        head,
        tuple(node for node in nodes if node.max_workers or node.min_workers),
        _max_workers(config),
        config.get("idle_timeout_minutes", IDLE_TIMEOUT_MINUTES),
        notes=notes,
    )


def _parse(text: str) -> Mapping[str, Any]:
    """The valid content of a YAML."""
    try:
        # Names that are not strings become strings, as in JSON.
        config = json.loads(json.dumps(parse_yaml(text)))
    except Exception as error:  # noqa: BLE001 - the parser raises many kinds of errors for invalid texts
        raise ConfigError(f"{NAME} is not valid YAML: {error}") from None
    if not isinstance(config, dict):
        raise ConfigError(f"{NAME} must contain a mapping")
    config = cast("dict[str, Any]", config)
    problems = _validator().problems(_completed(config), (NAME,))
    if problems:
        described = "; ".join(f"{'.'.join(map(str, problem.loc))}: {problem.msg}" for problem in problems)
        raise ConfigError(f"Ray refuses the cluster YAML: {described}")
    return config


def _completed(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content with those required fields that only a cloud needs."""
    config = {"cluster_name": "sandbox", "provider": {"type": "external"}, **config}
    types: object = config.get("available_node_types")
    if isinstance(types, dict):
        config["available_node_types"] = {
            name: {"node_config": {}, "resources": {}, **node_type} if isinstance(node_type, dict) else node_type
            for name, node_type in cast("dict[str, Any]", types).items()
        }
    return config


def _node_type(name: str, config: Mapping[str, Any], catalog: Catalog) -> NodeType:
    fields: Mapping[str, Any] = config["available_node_types"][name]
    cloud = fields.get("node_config", {})
    instance_type = next((cloud[field] for field in INSTANCE_TYPE_FIELDS if field in cloud), "")
    # The head is no worker, unless the YAML says so.
    default = 0 if name == config["head_node_type"] else _max_workers(config)
    counts = {"min_workers": int(fields.get("min_workers", 0)), "max_workers": int(fields.get("max_workers", default))}
    for field, count in counts.items():
        if count < 0:
            raise ConfigError(f"{NAME}.available_node_types.{name}.{field} must be 0 or more")
    resources = {**catalog.instance_types.get(str(instance_type), DEFAULT_RESOURCES), **fields.get("resources", {})}
    return NodeType(name, {resource: int(amount) for resource, amount in resources.items()}, **counts)


def _max_workers(config: Mapping[str, Any]) -> int:
    return int(config.get("max_workers", MAX_WORKERS))


@functools.cache
def _validator() -> Validator:
    """The validator of Ray's own schema, which is read without importing Ray."""
    path = metadata.distribution("ray").locate_file(RAY_SCHEMA)
    schema = json.loads(Path(str(path)).read_text(encoding="utf-8"))
    return Validator(jsonschema_rs.Draft7Validator(schema))
