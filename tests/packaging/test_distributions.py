"""Tests of the content of the wheel and the source distribution."""

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
# The source distribution contains every file of these folders, if they exist.
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
TOOL_FOLDERS = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", "node_modules")


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """Return the wheel's core metadata."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_wheel_contains_only_the_packages(wheel: Path, root: Path) -> None:
    """The wheel contains every file of the three packages, and check-wheel-contents accepts it."""
    subprocess.run([Path(sys.executable).with_name("check-wheel-contents"), wheel], cwd=root, check=True)


def test_requirements_are_the_imports(root: Path) -> None:
    """Every package that the code imports is declared, and every declared package is imported."""
    command = [sys.executable, "-m", "deptry", "generated", "overrides", "sandbox"]
    subprocess.run(command, cwd=root, check=True)


def test_index_accepts_both(wheel: Path, sdist: Path) -> None:
    """Twine accepts both distributions in strict mode."""
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", wheel, sdist], check=True)


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_typed(wheel: Path, package: str) -> None:
    """Each package contains the `py.typed` marker for type checkers."""
    assert f"{package}/py.typed" in zipfile.ZipFile(wheel).namelist()


def test_wheel_from_sdist_is_the_same(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    """A wheel that is built from the source distribution is byte for byte the same."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_sdist_is_complete(sdist: Path, root: Path) -> None:
    """The source distribution contains every file needed to regenerate, build and test, and no files of tools."""
    expected = {
        path.relative_to(root).as_posix()
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.is_file() and not set(path.parts) & set(TOOL_FOLDERS)
    }
    expected |= {path.name for pattern in FILES for path in root.glob(pattern)}
    with tarfile.open(sdist) as archive:
        found = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    assert found == expected | {"PKG-INFO", ".gitignore"}


def test_wheel_contains_the_licence(wheel: Path, metadata: Message) -> None:
    """The wheel names its licence and contains its text."""
    assert metadata["License-Expression"] == "Apache-2.0 AND MIT"
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_wheel_contains_the_bill_of_materials(wheel: Path, metadata: Message) -> None:
    """The wheel contains a valid CycloneDX document (PEP 770) with its version, its requirements and vendored code."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if ".dist-info/sboms/" in name)
        text = archive.read(name).decode()
    assert name.endswith(".cdx.json")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    assert bill["metadata"]["component"]["version"] == metadata["Version"]
    required = {Requirement(requirement).name for requirement in metadata.get_all("Requires-Dist", [])}
    assert {part["name"] for part in bill["components"]} == required | {"htm", "preact"}


def test_requirements_have_lower_bounds_only(metadata: Message) -> None:
    """Each requirement has a lower bound and no upper bound, except Ray, whose settings differ between its versions."""
    requirements = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    bounds = {requirement.name: [bound.operator for bound in requirement.specifier] for requirement in requirements}
    assert bounds
    assert bounds == {name: ["=="] if name == "ray" else [">="] for name in bounds}
    assert metadata["Requires-Python"] == ">=3.11"
