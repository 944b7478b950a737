"""What a newly generated package changes for its users: the spec's differences, and those of the Python names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from spec.locations import Unusable, problems_in
from spec.navigate import Node, mapping
from spec_diff import differences
from specdiff.finding import Finding
from specdiff.report import report

SPEC = "openapi.json"


def changes_for_users(old: Path, new: Path, overrides: Path) -> str:
    """What users of the package `old` notice of the package `new`, in plain words.

    What a caller sees decides the advice: a change of the Python names that breaks calls asks for a new major version,
    also where the spec's own change looks harmless.
    """
    if not (old / SPEC).is_file():
        return "everything is new for users"
    try:
        before, now = (mapping(json.loads((package / SPEC).read_text(encoding="utf-8"))) for package in (old, new))
        findings = differences(usable(before), now, surface_findings(old, new, overrides))
    except (ValueError, Unusable) as error:
        return f"what changed for users is unknown: {SPEC} of the old package: {error}"
    if not findings:
        return "nothing changed for users"
    said = report(findings, before["info"]["version"], now["info"]["version"], "text")
    return f"what changed for users:\n{said}"


def surface_findings(old: Path, new: Path, overrides: Path) -> Iterator[Finding]:
    """A finding for each use of the old package's names, with these overrides, that the new one does not support."""
    from specdiff.python_surface import breaking_changes, load_package

    surfaces = (load_package(package, overrides) for package in (old, new))
    for line in breaking_changes(*surfaces):
        place, _, what = line.partition(": ")
        yield Finding(place, "python-surface", what, "python", breaking=True, breaks="callers", advice="major")


def usable(spec: Node) -> Node:
    """The spec, where it can be compared. Raises `Unusable`."""
    problems = problems_in(spec)
    if problems:
        raise Unusable(problems[0])
    return spec
