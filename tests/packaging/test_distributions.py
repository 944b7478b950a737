"""What is in the wheel and the source distribution, and that both are made the same everywhere."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement

PACKAGES = ("anyscale_sessions", "anyscale_sessions_api", "anyscale_sessions_sandbox")
# Folders of the project that the source distribution has whole, where they are present.
FOLDERS = (
    ".ci",
    "benchmarks",
    "docs",
    "examples",
    "generated",
    "overrides",
    "requirements",
    "sandbox",
    "templates",
    "tests",
    "tools",
)
FILES = ("*.ini", "*.json", "*.md", "*.toml", "*.yaml", "*.yml", ".yamllint.yaml", "LICENSE")
MADE_BY_TOOLS = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", "node_modules")


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """The wheel's core metadata."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_wheel_holds_the_packages_and_nothing_else(wheel: Path, root: Path) -> None:
    """The wheel holds every file of the three packages, and check-wheel-contents finds nothing odd in it."""
    subprocess.run([Path(sys.executable).with_name("check-wheel-contents"), wheel], cwd=root, check=True)


def test_requirements_are_the_imports(root: Path) -> None:
    """Every package that the code imports is declared, and every declared one is imported."""
    command = [sys.executable, "-m", "deptry", "generated", "overrides", "sandbox"]
    subprocess.run(command, cwd=root, check=True)


def test_index_accepts_both(wheel: Path, sdist: Path) -> None:
    """Twine finds nothing that a package index would refuse or render badly."""
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", wheel, sdist], check=True)


@pytest.mark.parametrize("package", PACKAGES)
def test_package_says_that_it_is_typed(wheel: Path, package: str) -> None:
    """Each package has the marker that type checkers look for."""
    assert f"{package}/py.typed" in zipfile.ZipFile(wheel).namelist()


def test_wheel_from_sdist_is_the_same(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    """A wheel built elsewhere from the source distribution equals the one built here, byte for byte."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_sdist_has_what_building_and_testing_take(sdist: Path, root: Path) -> None:
    """The source distribution has every file that it takes to regenerate, build and test, and no tool's leavings."""
    here = {
        path.relative_to(root).as_posix()
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.is_file() and not set(path.parts) & set(MADE_BY_TOOLS)
    }
    here |= {path.name for pattern in FILES for path in root.glob(pattern)}
    with tarfile.open(sdist) as archive:
        there = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    assert there == here | {"PKG-INFO", ".gitignore"}


def test_licence_travels_along(wheel: Path, metadata: Message) -> None:
    """The wheel names its licence and holds its text."""
    assert metadata["License-Expression"] == "Apache-2.0"
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_bill_of_materials_travels_along(wheel: Path, metadata: Message) -> None:
    """The wheel holds a valid CycloneDX document (PEP 770) that names this version and everything it requires."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if ".dist-info/sboms/" in name)
        text = archive.read(name).decode()
    assert name.endswith(".cdx.json")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    assert bill["metadata"]["component"]["version"] == metadata["Version"]
    required = {Requirement(requirement).name for requirement in metadata.get_all("Requires-Dist", [])}
    assert {part["name"] for part in bill["components"]} == required


def test_requirements_have_floors_and_no_ceilings(metadata: Message) -> None:
    """Each requirement says the oldest version that works, and none forbids a newer one."""
    requirements = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    bounds = {requirement.name: [each.operator for each in requirement.specifier] for requirement in requirements}
    assert bounds
    assert bounds == {name: [">="] for name in bounds}
    assert metadata["Requires-Python"] == ">=3.11"
