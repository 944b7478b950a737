"""Cluster YAMLs: which nodes they describe, by the rules of Ray."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions_sandbox import RayLimits
from anyscale_sessions_sandbox.runtimes.catalog import Catalog, catalog_of
from anyscale_sessions_sandbox.runtimes.ray.cluster import Cluster, ConfigError, NodeType, limited, this_machine
from anyscale_sessions_sandbox.runtimes.ray.cluster_yaml import read_cluster
from anyscale_sessions_sandbox.runtimes.ray.config import cluster_of

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "ray.md"
FULL = """
cluster_name: nightly
max_workers: 3
idle_timeout_minutes: 2
provider: {type: aws, region: us-west-2}
auth: {ssh_user: ubuntu}
docker: {image: "rayproject/ray:latest"}
setup_commands: [pip install six]
head_node_type: head
available_node_types:
  head: {resources: {}, node_config: {InstanceType: m5.large}}
  cpu: {resources: {CPU: 4, disk: 1}, node_config: {}, min_workers: 1, labels: {a: b}}
  gpu: {resources: {GPU: 1}, node_config: {machineType: m5.large}, max_workers: 2}
  unused: {max_workers: 0}
"""
COUNTS = st.integers(min_value=-1, max_value=4)
NODE_TYPES = st.fixed_dictionaries(
    {"resources": st.dictionaries(st.sampled_from(["CPU", "GPU", "a"]), st.one_of(COUNTS, st.just(0.5)), max_size=2)},
    optional={
        "node_config": st.just({"InstanceType": "m5.large"}),
        "min_workers": COUNTS,
        "max_workers": COUNTS,
        "docker": st.just({}),
        "unknown": st.just(1),
    },
)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "cluster_name": st.one_of(st.just("a"), st.just(1)),
        "max_workers": st.one_of(COUNTS, st.none()),
        "idle_timeout_minutes": st.one_of(COUNTS, st.just(0.5), st.just("5")),
        "head_node_type": st.sampled_from(["a", "b", "c"]),
        "available_node_types": st.dictionaries(st.sampled_from(["a", "b"]), NODE_TYPES, max_size=2),
        "provider": st.sampled_from([{"type": "aws"}, {}]),
        "setup_commands": st.sampled_from([[], ["ls"], "ls"]),
    },
)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates()),
    lambda values: st.one_of(st.lists(values), st.dictionaries(st.one_of(st.text(), st.integers()), values)),
    max_leaves=8,
)


def test_a_yaml_describes_the_nodes() -> None:
    """The types of nodes, the limits and the idle timeout have an effect, and one note names all other fields."""
    catalog = Catalog(instance_types={"m5.large": {"CPU": 2}})
    assert read_cluster(FULL, catalog) == Cluster(
        NodeType("head", {"CPU": 2}),
        (NodeType("cpu", {"CPU": 4, "disk": 1}, 1, 3), NodeType("gpu", {"CPU": 2, "GPU": 1}, 0, 2)),
        max_workers=3,
        idle_timeout_minutes=2,
        notes=(
            (
                "These fields of cluster_config have no effect here: auth, available_node_types.cpu.labels, docker, "
                "setup_commands."
            ),
        ),
    )


def test_the_examples_of_the_page_are_valid() -> None:
    """The cluster YAML and the seed of docs/guides/ray.md are valid, and no field of the YAML is without effect."""
    cluster, seed = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    found = limited(read_cluster(cluster, Catalog()), RayLimits().workers)
    assert (found.workers, found.notes) == ((NodeType("cpu", {"CPU": 2, "disk": 1}, 1, 3),), ())
    problems: list[str] = []
    catalog = catalog_of(yaml.safe_load(seed), problems)
    assert problems == []
    session = {"uses_app_config": True, "build_id": "bld_1", "compute_template_id": "cpt_1"}
    assert cluster_of(session, catalog, strict=True, max_workers=3).head.resources == {"CPU": 2}


def test_a_yaml_without_node_types_is_a_head() -> None:
    """A YAML that names no types of nodes is a head with the CPUs of this machine."""
    assert read_cluster("cluster_name: a\n", Catalog()) == Cluster(NodeType("head", this_machine()), max_workers=2)


def test_a_head_is_a_worker_only_if_it_says_so() -> None:
    """The type of the head has workers only if it has `max_workers`. Other types can have as many as all together."""
    text = "available_node_types: {a: {}, b: {}}\nhead_node_type: a\nmax_workers: 5"
    assert read_cluster(text, Catalog()).workers == (NodeType("b", {"CPU": 1}, 0, 5),)
    text = "available_node_types: {a: {max_workers: 2}}\nhead_node_type: a"
    assert read_cluster(text, Catalog()).workers == (NodeType("a", {"CPU": 1}, 0, 2),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [secret", "cluster_config is not valid YAML: expected "),
        ("a: 2026-01-01", "cluster_config is not valid YAML: Object of type date is not JSON serializable"),
        ("- secret", "cluster_config must contain a mapping"),
        ("secret: 1", "Ray refuses the cluster YAML: cluster_config.secret: extra fields not permitted"),
        (
            "max_workers: -1\nidle_timeout_minutes: secret",
            (
                "Ray refuses the cluster YAML: cluster_config.idle_timeout_minutes: value is not a valid float; "
                "cluster_config.max_workers: ensure this value is greater than or equal to 0"
            ),
        ),
        (
            "available_node_types: [secret]",
            "Ray refuses the cluster YAML: cluster_config.available_node_types: value is",
        ),
        (
            "available_node_types: {a: secret}",
            "Ray refuses the cluster YAML: cluster_config.available_node_types.a: value",
        ),
        ("available_node_types: {a: {}}", "cluster_config.head_node_type must be one of available_node_types"),
        (
            "available_node_types: {a: {min_workers: -1}}\nhead_node_type: a",
            "cluster_config.available_node_types.a.min_workers must be 0 or more",
        ),
    ],
)
def test_an_invalid_yaml_is_refused(text: str, reason: str) -> None:
    """A YAML that is invalid, or that Ray refuses, is refused with the places, and without values."""
    with pytest.raises(ConfigError) as caught:
        read_cluster(text, Catalog())
    assert str(caught.value)[: len(reason)] == reason
    assert ": secret" not in str(caught.value)


@given(config=CONFIGS)
def test_what_ray_refuses_is_refused(config: dict[str, Any]) -> None:
    """A YAML that Ray refuses is refused here. All others describe a cluster, unless a count is negative."""
    from ray.autoscaler._private.util import validate_config

    completed: dict[str, Any] = {
        "cluster_name": "a",
        "provider": {"type": "aws"},
        "cluster_synced_files": [],
        "max_workers": 2,
        **config,
    }
    types = completed.get("available_node_types", {})
    if types:
        completed["available_node_types"] = {name: {"node_config": {}, **fields} for name, fields in types.items()}
    else:
        completed.pop("available_node_types", None)
    is_refused = any(fields.get(name, 0) < 0 for fields in types.values() for name in ("min_workers", "max_workers"))
    try:
        validate_config(completed)
    except Exception as error:  # noqa: BLE001 - it raises errors of several libraries
        # The sum is checked when the limits of the sandbox are.
        is_refused |= "smaller than the sum" not in " ".join(str(error).split())
    text = yaml.safe_dump(config)
    if is_refused:
        with pytest.raises(ConfigError):
            read_cluster(text, Catalog())
    else:
        found = read_cluster(text, Catalog())
        assert {found.head.name} | {worker.name for worker in found.workers} <= {*types, "head"}


def is_read_or_refused(text: str) -> bool:
    """Whether a text describes a cluster or is refused in one line."""
    try:
        read_cluster(text, Catalog())
    except ConfigError as error:
        return "\n" not in str(error)
    return True


@given(value=PLAIN)
def test_any_value_is_a_cluster_or_refused(value: Any) -> None:
    """Whatever a YAML contains, it describes a cluster or is refused in one line."""
    assert is_read_or_refused(yaml.safe_dump(value))


@given(text=st.text())
def test_any_text_is_a_cluster_or_refused(text: str) -> None:
    """Whatever the text is, it describes a cluster or is refused in one line."""
    assert is_read_or_refused(text)
