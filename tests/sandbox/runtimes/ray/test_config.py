"""The cluster of a session, from its compute template and its build."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions_sandbox.runtimes.catalog import Build, Catalog, ComputeTemplate, Node, Worker
from anyscale_sessions_sandbox.runtimes.ray import config
from anyscale_sessions_sandbox.runtimes.ray.cluster import Cluster, ConfigError, NodeType, this_machine
from anyscale_sessions_sandbox.runtimes.ray.config import cluster_of

SESSION = {"uses_app_config": True, "build_id": "bld_1", "compute_template_id": "cpt_1"}
BIG = {"big": {"CPU": 8, "GPU": 1}}


def cluster(template: ComputeTemplate, build: Build = Build(), *, max_workers: int = 9) -> Cluster:  # noqa: B008 - frozen
    """The cluster of a session with a compute template and a build."""
    catalog = Catalog({"bld_1": build}, {"cpt_1": template}, BIG)
    return cluster_of(SESSION, catalog, strict=True, max_workers=max_workers)


def test_a_template_without_fields_is_a_head_with_the_machine() -> None:
    """By default the head has the CPUs of this machine, and there are no workers."""
    assert cluster(ComputeTemplate()) == Cluster(NodeType("head", this_machine()))


def test_a_template_has_a_head_and_workers() -> None:
    """The head and the workers have the resources of their instance types, which `resources` add to and replace."""
    template = ComputeTemplate(
        Node(instance_type="big"),
        [Worker(), Worker({"GPU": 2}, "big", "gpu", 2), Worker({"a": 1}, "unknown", min_workers=1, max_workers=4)],
        idle_timeout_minutes=1.0,
    )
    assert cluster(template) == Cluster(
        NodeType("head", BIG["big"]),
        (
            NodeType("worker-0", {"CPU": 1}, 0, 1),
            NodeType("gpu", {"CPU": 8, "GPU": 2}, 2, 2),
            NodeType("worker-2", {"CPU": 1, "a": 1}, 1, 4),
        ),
        max_workers=7,
        idle_timeout_minutes=1.0,
    )


def test_a_template_limits_all_workers_together() -> None:
    """`max_workers` of a template limits its types together, and so does the limit of the sandbox."""
    template = ComputeTemplate(workers=[Worker(max_workers=4), Worker(max_workers=4)], max_workers=5)
    assert cluster(template).max_workers == 5
    assert cluster(template, max_workers=3).max_workers == 3


def test_a_build_is_part_of_the_cluster() -> None:
    """The build of a session is the one with its id."""
    assert cluster(ComputeTemplate(), Build(["six"])).build == Build(["six"])


def test_two_types_of_workers_need_two_names() -> None:
    """A template with two types of workers of the same name is refused."""
    with pytest.raises(ConfigError, match="two workers of the compute template have the same name"):
        cluster(ComputeTemplate(workers=[Worker(name="worker-1"), Worker()]))


def test_unknown_ids_stand_for_the_defaults() -> None:
    """A session with a build and a template that no seed has defined gets the defaults, with a note for each."""
    found = cluster_of(SESSION, Catalog(), strict=False, max_workers=3)
    assert found._replace(notes=()) == Cluster(NodeType("head", this_machine()))
    assert found.notes == (
        "compute_template_id cpt_1 is unknown, so the defaults are used. A seed can define it.",
        "build_id bld_1 is unknown, so the defaults are used. A seed can define it.",
    )


@pytest.mark.parametrize(
    ("catalog", "reason"),
    [
        (Catalog({"bld_1": Build()}), "compute_template_id cpt_1 is unknown; define it in a seed"),
        (Catalog({}, {"cpt_1": ComputeTemplate()}), "build_id bld_1 is unknown; define it in a seed"),
    ],
)
def test_unknown_ids_are_refused_if_strict(catalog: Catalog, reason: str) -> None:
    """With `strict`, a session with a build or a template that no seed has defined is refused."""
    with pytest.raises(ConfigError) as caught:
        cluster_of(SESSION, catalog, strict=True, max_workers=3)
    assert str(caught.value) == reason


@pytest.mark.parametrize("session", [{"cluster_config": "a: b"}, {"uses_app_config": False, "cluster_config": "a: b"}])
def test_another_session_has_the_cluster_of_its_yaml(monkeypatch: pytest.MonkeyPatch, session: Any) -> None:
    """Without an app config, the cluster YAML counts, within the limit of the sandbox."""
    found = Cluster(NodeType("head", {}), (NodeType("w", {}, 0, 9),), 9)
    monkeypatch.setattr(config, "read_cluster", lambda text, _catalog: {"a: b": found}[text])
    assert cluster_of(session, Catalog(), strict=True, max_workers=3).max_workers == 3
