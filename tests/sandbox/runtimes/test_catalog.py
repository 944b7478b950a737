"""The builds, compute templates and instance types of seeds."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions_sandbox.runtimes.catalog import Build, Catalog, ComputeTemplate, Node, Worker, catalog_of

SEED = {
    "builds": {"bld_1": {"requirements": ["six"], "env_vars": {"A": "b"}, "working_dir": "/work"}, "bld_2": {}},
    "compute_templates": {"cpt_1": {"head": {"instance_type": "big"}, "workers": [{"min_workers": 1}]}},
    "instance_types": {"big": {"CPU": 8.0}},
    "sessions": [],
}


def test_a_catalog_is_read_from_a_seed() -> None:
    """The sections of a seed become builds, compute templates and instance types, with the defaults."""
    problems: list[str] = []
    assert catalog_of(SEED, problems) == Catalog(
        {"bld_1": Build(["six"], {"A": "b"}, "/work"), "bld_2": Build()},
        {"cpt_1": ComputeTemplate(Node(instance_type="big"), [Worker(min_workers=1)])},
        {"big": {"CPU": 8}},
    )
    assert problems == []


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ({"builds": []}, "builds: value is not a valid dict"),
        ({"builds": {5: {}}}, "builds: "),
        ({"builds": {"b": None}}, "builds.b: value is not a valid dict"),
        ({"builds": {"b": {"requirement": []}}}, "builds.b.requirement: extra fields not permitted"),
        ({"builds": {"b": {"requirements": "six"}}}, "builds.b.requirements: value is not a valid list"),
        ({"builds": {"b": {"requirements": ["six", 1]}}}, "builds.b.requirements.1: str type expected"),
        ({"builds": {"b": {"env_vars": {"A": 1}}}}, "builds.b.env_vars.A: str type expected"),
        ({"builds": {"b": {"env_vars": {"A": "\0"}}}}, "builds.b.env_vars.A: string does not match regex"),
        ({"builds": {"b": {"env_vars": {"A=": ""}}}}, "builds.b.env_vars: "),
        ({"compute_templates": {"c": {"head": {"cpu": 1}}}}, "compute_templates.c.head.cpu: extra fields"),
        (
            {"compute_templates": {"c": {"workers": [{"min_workers": -1}]}}},
            "compute_templates.c.workers.0.min_workers: ",
        ),
        (
            {"compute_templates": {"c": {"max_workers": None}}},
            "compute_templates.c.max_workers: value is not a valid int",
        ),
        ({"instance_types": {"i": {"CPU": True}}}, "instance_types.i.CPU: value is not a valid integer"),
        ({"instance_types": {"i": {"CPU": 1.5}}}, "instance_types.i.CPU: value is not a valid integer"),
    ],
)
def test_an_invalid_catalog_is_refused_with_the_place(seed: Any, problem: str) -> None:
    """An entry that is invalid is a problem that names its place, and the catalog is empty."""
    problems: list[str] = []
    assert catalog_of(seed, problems) == Catalog()
    assert [found[: len(problem)] for found in problems] == [problem]


def test_every_problem_of_a_catalog_is_reported() -> None:
    """The problems of all sections are reported at once."""
    problems: list[str] = []
    catalog_of({"builds": {"a": 1, "b": 1}, "instance_types": 1}, problems)
    assert [problem.partition(":")[0] for problem in problems] == ["builds.a", "builds.b", "instance_types"]


def test_a_later_entry_replaces_one_with_the_same_id() -> None:
    """Of two catalogs, the entries of both are merged, and the later one has precedence."""
    first = Catalog({"a": Build(["a"]), "b": Build(["b"])}, {}, {"i": {"CPU": 1}})
    second = Catalog({"b": Build(["c"])}, {"c": ComputeTemplate()})
    merged = Catalog({"a": Build(["a"]), "b": Build(["c"])}, {"c": ComputeTemplate()}, {"i": {"CPU": 1}})
    assert first.merged(second) == merged
