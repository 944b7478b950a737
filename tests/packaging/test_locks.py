"""Tests of the lock files: they pin with hashes what pyproject.toml requires, and contain no address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from packaging.dependency_groups import resolve_dependency_groups
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

Project: TypeAlias = dict[str, Any]
Pins: TypeAlias = dict[str, Version]

# All but `ray`, which is large.
MOST_EXTRAS = ("aiohttp", "cli", "otel", "sandbox")
# For each lock file: its dependency groups, whether it includes the project's own requirements, and its extras.
LOCKS = {
    "bench": (["bench"], True, ()),
    "bench-sandbox": (["bench-sandbox"], True, ("cli", "sandbox")),
    "build": (["build"], False, ()),
    "conformance": (["conformance"], True, ("sandbox",)),
    "docs": (["docs"], True, MOST_EXTRAS),
    "generate": (["generate", "spec-diff", "test"], True, ()),
    "lint": (["lint"], False, ()),
    "lock": (["lock"], False, ()),
    "lowest": (["test"], True, MOST_EXTRAS),
    "mutation": (["mutation"], True, MOST_EXTRAS),
    "packaging": (["packaging"], False, ()),
    "page": (["page"], True, ("sandbox",)),
    "ray": (["ray"], True, ("cli", "sandbox")),
    "recipes": (["recipes"], True, ("cli", "sandbox")),
    "spec": (["spec"], False, ()),
    "spec-diff": (["spec-diff"], True, MOST_EXTRAS),
    "test": (["test"], True, MOST_EXTRAS),
    "types": (["types"], True, MOST_EXTRAS),
    "upstream": (["upstream"], True, ()),
}
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
ORIGIN = re.compile(r"    #(?: {1,3}(?:via )?(?:[a-z0-9-]+(?: \(pyproject\.toml(?::[\w-]+)?\))?)?)?")


@pytest.fixture(scope="module")
def project(root: Path) -> Project:
    """Return the content of pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


def requirements_of(project: Project, name: str) -> list[Requirement]:
    """Return the requirements that a lock file is made from."""
    groups, with_core, extras = LOCKS[name]
    texts = [*resolve_dependency_groups(project["dependency-groups"], *groups)]
    if name == "build":
        texts += project["build-system"]["requires"]
    if with_core:
        texts += project["project"]["dependencies"]
    texts += [text for extra in extras for text in project["project"]["optional-dependencies"][extra]]
    return [Requirement(text) for text in texts]


def pins_of(root: Path, name: str) -> Pins:
    """Return the versions that a lock file pins."""
    lines = (root / "requirements" / f"{name}.txt").read_text("utf-8").splitlines()
    return {pin["name"]: Version(pin["version"]) for line in lines if (pin := PIN.fullmatch(line))}


def test_every_lock_is_known(root: Path, project: Project) -> None:
    """This file lists every lock file and every extra."""
    assert {path.stem for path in (root / "requirements").iterdir()} == set(LOCKS)
    assert {*MOST_EXTRAS, "ray"} == set(project["project"]["optional-dependencies"])


@pytest.mark.parametrize("name", LOCKS)
def test_lock_satisfies_the_requirements(root: Path, project: Project, name: str) -> None:
    """A lock file pins each requirement at a version that the requirement allows."""
    pinned = pins_of(root, name)
    refused = [
        str(requirement)
        for requirement in requirements_of(project, name)
        if not requirement.specifier.contains(pinned[canonicalize_name(requirement.name)], prereleases=True)
    ]
    assert refused == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_contains_pins_and_hashes_only(root: Path, name: str) -> None:
    """A lock file contains only pins, hashes and the names of who requires them."""
    lines = (root / "requirements" / f"{name}.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not any(kind.fullmatch(line) for kind in (PIN, HASH, ORIGIN))] == []
    assert [
        lines[at] for at in range(len(lines)) if PIN.fullmatch(lines[at]) and not HASH.fullmatch(lines[at + 1])
    ] == []


def test_lowest_lock_pins_the_lower_bounds(root: Path, project: Project) -> None:
    """The lock file of the oldest versions pins the lower bounds of pyproject.toml."""
    pinned = pins_of(root, "lowest")
    for requirement in requirements_of(project, "lowest"):
        (floor,) = requirement.specifier
        assert pinned[canonicalize_name(requirement.name)] == Version(floor.version), str(requirement)
