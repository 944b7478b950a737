"""Builds: their virtual environment, their variables, and the program that installs them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from anyscale_sessions_sandbox.runtimes.catalog import Build
from anyscale_sessions_sandbox.runtimes.ray import builds

SIX = Build(["six"])
FOLDER = Path("/cache/1")


def test_only_requirements_need_an_environment() -> None:
    """A build without requirements uses the environment of the sandbox."""
    assert builds.environment_of(Build([], {"A": "b"}, "/work")) is None


def test_builds_with_the_same_requirements_share_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment depends on the requirements and on the Python, and it is in the user's folder for caches."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    found = builds.environment_of(SIX)
    assert found
    assert found.parent == Path("/cache/anyscale-sessions/builds")
    assert builds.environment_of(Build(["six"], {"A": "b"})) == found
    assert builds.environment_of(Build(["six", "attrs"])) != found
    monkeypatch.setattr(sys, "version", "4.0")
    assert builds.environment_of(SIX) != found


def test_the_folder_for_caches_is_in_the_home_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without XDG_CACHE_HOME, the environments are in ~/.cache."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/a")
    found = builds.environment_of(SIX)
    assert found
    assert found.parent == Path("/home/a/.cache/anyscale-sessions/builds")


def test_the_variables_of_a_build_are_its_own() -> None:
    """A build without requirements sets its variables only."""
    assert builds.variables(Build([], {"A": "b"}), None, "/bin") == {"A": "b"}


@pytest.mark.parametrize(("given", "path"), [({}, "/cache/1/bin:/bin"), ({"PATH": "/opt"}, "/cache/1/bin:/opt")])
def test_the_programs_of_a_build_come_first(given: dict[str, str], path: str) -> None:
    """The programs of the environment come first on PATH, also if the build sets PATH."""
    assert builds.variables(Build(["six"], given), FOLDER, "/bin") == {"VIRTUAL_ENV": "/cache/1", "PATH": path}


def test_a_build_with_variables_alone_is_not_installed() -> None:
    """A build without requirements and working directory needs no installation."""
    assert builds.installation(Build([], {"A": "b"}), None, {}) == []


@pytest.mark.parametrize(
    ("build", "environment"), [(Build(working_dir="/work"), None), (Build(["six"], {}, "/work"), FOLDER), (SIX, FOLDER)]
)
def test_a_build_is_installed_before_the_cluster_starts(
    monkeypatch: pytest.MonkeyPatch, build: Build, environment: Path | None
) -> None:
    """A build is installed by a program that prepares, with the home and the pip settings of the user."""
    monkeypatch.setenv("HOME", "/home/a")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example")
    [program] = builds.installation(build, environment, {"A": "b"})
    assert (program.name, program.prepares) == ("build", True)
    assert {"A": "b", "PIP_INDEX_URL": "https://index.example"}.items() <= dict(program.environment).items()
    assert json.loads(program.arguments[-1]) == {
        "environment": str(environment or ""),
        "requirements": build.requirements,
        "working_dir": build.working_dir,
        "home": "/home/a",
    }
