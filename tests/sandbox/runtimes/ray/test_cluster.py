"""The limits of a cluster."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions_sandbox.runtimes.ray.cluster import Cluster, ConfigError, NodeType, limited, this_machine

HEAD = NodeType("head", this_machine())
COUNTS = st.integers(min_value=0, max_value=6)


def cluster(max_workers: int, *workers: tuple[int, int]) -> Cluster:
    """A cluster with types of workers, each with its minimum and its maximum."""
    types = tuple(NodeType(f"w{index}", {"CPU": 1}, *counts) for index, counts in enumerate(workers))
    return Cluster(HEAD, types, max_workers)


def test_a_cluster_within_the_limit_is_unchanged() -> None:
    """A cluster that cannot have more workers than the limit stays as it is."""
    assert limited(cluster(9, (1, 2), (0, 1)), 3) == cluster(9, (1, 2), (0, 1))


def test_a_cluster_that_can_grow_beyond_the_limit_is_cut() -> None:
    """A cluster that could have more workers than the limit gets the limit, and a note."""
    found = limited(cluster(9, (1, 8))._replace(notes=("first",)), 3)
    assert found.max_workers == 3
    assert found.notes == ("first", "The cluster can have 3 worker nodes at most, which is the limit of this sandbox.")


@pytest.mark.parametrize(
    ("needing", "reason"),
    [
        (cluster(9, (2, 1)), "the node type w0 needs 2 workers, but its max_workers is 1"),
        (cluster(1, (1, 1), (1, 1)), "the node types need 2 workers (the sum of min_workers), but max_workers is 1"),
        (
            cluster(9, (2, 2), (2, 2)),
            "the node types need 4 workers (the sum of min_workers), but this sandbox allows 3",
        ),
    ],
)
def test_a_cluster_that_needs_too_many_workers_is_refused(needing: Cluster, reason: str) -> None:
    """A cluster whose minimum of workers is beyond one of the limits is refused with the numbers."""
    with pytest.raises(ConfigError) as caught:
        limited(needing, 3)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (NodeType("", {"CPU": 1}), "the name of a node type must not be empty"),
        (NodeType("a", {"x": 10**14 + 1}), "the node type a has more than 100000000000000 of x, the limit of Ray"),
        (
            NodeType("a", {"object_store_memory": 75 * 2**20 - 1}),
            "the node type a has less than 78643200 bytes of object_store_memory, the minimum of Ray",
        ),
    ],
)
def test_a_node_that_ray_cannot_start_is_refused(node: NodeType, reason: str) -> None:
    """A cluster whose head or worker nodes Ray cannot start is refused, with the reason."""
    for refused in (Cluster(node), cluster(1)._replace(workers=(node,))):
        with pytest.raises(ConfigError) as caught:
            limited(refused, 3)
        assert str(caught.value) == reason


def test_nodes_at_the_limits_of_ray_are_accepted() -> None:
    """A node type with the most of a resource and with the smallest object store is accepted."""
    node = NodeType("a", {"x": 10**14, "object_store_memory": 75 * 2**20})
    assert limited(Cluster(node), 3) == Cluster(node)


@given(max_workers=COUNTS, counts=st.lists(st.tuples(COUNTS, COUNTS), max_size=3), allowed=COUNTS)
def test_a_cluster_is_limited_or_refused(max_workers: int, counts: list[tuple[int, int]], allowed: int) -> None:
    """A cluster has its minimum of workers and no more than the limit, or it is refused."""
    wanted = cluster(max_workers, *counts)
    least = sum(low for low, _ in counts)
    fits = all(low <= high for low, high in counts) and least <= min(max_workers, allowed)
    try:
        found = limited(wanted, allowed)
    except ConfigError:
        assert not fits
        return
    assert fits
    assert found.workers == wanted.workers
    assert least <= min(found.max_workers, sum(high for _, high in counts)) <= allowed


@pytest.mark.parametrize(
    ("found", "has_workers"), [(cluster(0, (0, 1)), False), (cluster(2), False), (cluster(1, (0, 1)), True)]
)
def test_only_a_cluster_that_can_have_workers_needs_an_autoscaler(found: Cluster, has_workers: bool) -> None:
    """A cluster has workers if it has a type of workers and may have at least one."""
    assert found.has_workers is has_workers
