"""What a change of the spec means, case by case: spec_diff_cases.yaml is the table."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from spec_diff import differences
from specdiff.finding import Finding

HERE = Path(__file__).parent
Spec = dict[str, Any]


def load(name: str) -> Any:
    """A YAML file that stands beside this one."""
    return YAML(typ="safe", pure=True).load((HERE / name).read_text("utf-8"))


BASE: Spec = load("spec_diff_base.yaml")
CASES: list[dict[str, Any]] = load("spec_diff_cases.yaml")


def holder(spec: Spec, pointer: str) -> tuple[Any, Any]:
    """What a pointer leads to: the mapping or list, and the key in it."""
    *way, last = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/"))
    node: Any = spec
    for step in way:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    return (node, int(last)) if isinstance(node, list) else (node, last)


def base_of(case: dict[str, Any]) -> Spec:
    """The base, with the edits that a case makes first."""
    return edited(case["first"]) if "first" in case else BASE


def edited(case: dict[str, Any]) -> Spec:
    """The base with the edits of a case."""
    spec = copy.deepcopy(base_of(case))
    for source, target in case.get("move", {}).items():
        node, key = holder(spec, source)
        taken = node.pop(key)
        node, key = holder(spec, target)
        node[key] = taken
    for pointer, value in case.get("set", {}).items():
        node, key = holder(spec, pointer)
        if isinstance(node, list) and key == len(node):
            node.append(value)
        else:
            node[key] = value
    for pointer in case.get("remove", []):
        node, key = holder(spec, pointer)
        del node[key]
    return spec


def line(finding: Finding) -> str:
    """A finding as the table has it."""
    verdict = f"BREAKS {finding.breaks}" if finding.breaking else f"breaks {finding.breaks}"
    return f"{finding.location} | {finding.concerns} | {finding.what} | {verdict} | {finding.advice}"


def lines(old: Spec, new: Spec) -> list[str]:
    """The findings, apart from those about the version, which none of the cases raises."""
    return [line(finding) for finding in differences(old, new) if finding.kind != "version"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_change_is_reported(case: dict[str, Any]) -> None:
    """Each change gives the findings of the table: where, what, breaking for whom, advice."""
    assert lines(base_of(case), edited(case)) == case["says"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_the_reverse_change_is_reported(case: dict[str, Any]) -> None:
    """Each change taken back gives the findings of the table, too."""
    assert lines(edited(case), base_of(case)) == case["back"]
