"""Tests that the files for contributors agree with each other: workflows, hooks, tox.ini and CONTRIBUTING.md."""

from __future__ import annotations

import re
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT: Any = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")


def workflow(name: str) -> Any:
    """The content of a workflow."""
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))


def tox() -> ConfigParser:
    """The content of tox.ini."""
    parser = ConfigParser(interpolation=None)
    parser.read(ROOT / "tox.ini", encoding="utf-8")
    return parser


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """Each action of a workflow is pinned by a full commit id, with its version in a comment."""
    actions = re.findall(r"uses: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert actions
    assert [action for action in actions if not PINNED.fullmatch(action)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_only_read_by_default(path: Path) -> None:
    """A workflow may only read the repository, unless a job asks for more, and every job has a time limit."""
    content = workflow(path.name)
    assert content["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in content["jobs"].values())


def test_ci_runs_the_checks_on_every_supported_python() -> None:
    """The workflow calls .ci/run for each Python that the package supports."""
    job = workflow("ci.yml")["jobs"]["check"]
    prefix = "Programming Language :: Python :: 3."
    versions = [line.removeprefix(prefix) for line in PROJECT["project"]["classifiers"] if line.startswith(prefix)]
    assert job["strategy"]["matrix"]["python"] == [f"3.{version}" for version in versions]
    assert job["steps"][-1] == {"run": ".ci/run"}


def test_ci_runs_the_portable_tests_on_other_systems() -> None:
    """The workflow runs an environment of tox.ini on Windows and macOS."""
    job = workflow("ci.yml")["jobs"]["portable"]
    assert job["strategy"]["matrix"]["os"] == ["macos-latest", "windows-latest"]
    environment = job["steps"][-1]["run"].removeprefix("python -m tox -e ")
    assert tox().has_section(f"testenv:{environment}")


def test_hooks_have_the_locked_versions() -> None:
    """Each hook of pre-commit uses the version that requirements/ has."""
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    locks = "".join((ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8") for name in ("lint", "spec"))
    pins = re.findall(r"additional_dependencies: \[(\S+)\]", text)
    assert len(pins) == text.count("- id:")
    assert [pin for pin in pins if f"{pin} " not in locks] == []


def test_every_environment_is_explained() -> None:
    """CONTRIBUTING.md explains each environment that tox runs by default."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names = [name for name in tox().get("tox", "env_list").split() if "{" not in name]
    assert [name for name in names if f"| `{name}` |" not in text] == []


def test_dependabot_watches_folders_that_exist() -> None:
    """Each folder that Dependabot watches exists."""
    content = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    folders = [update["directory"].strip("/") for update in content["updates"]]
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.name
)
def test_issue_templates_are_valid_yaml(path: Path) -> None:
    """Each issue template is a mapping, and each of its fields has a label."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert all(field["attributes"]["label"] for field in content.get("body", ()))
