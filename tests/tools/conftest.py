"""Scratch copies of what the package is generated from, and runs of the tools on them."""

from __future__ import annotations

import copy
import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pytest
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = "anyscale_sessions_api"

Spec: TypeAlias = dict[str, Any]


def yaml_of(path: Path) -> Spec:
    """The mapping in a YAML file."""
    content: Spec = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return content


class Project:
    """A scratch copy of the project, without tests, tools and sandbox."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.package = root / "generated" / PACKAGE
        for name in ("openapi.yaml", "generator-config.yml", "pyproject.toml"):
            shutil.copy(REPOSITORY / name, root / name)
        shutil.copytree(REPOSITORY / "templates", root / "templates")
        for name in ("generated", "overrides"):
            shutil.copytree(REPOSITORY / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))

    def write_spec(self, spec: Spec) -> None:
        """Make this the spec; JSON is YAML."""
        (self.root / "openapi.yaml").write_text(json.dumps(spec, ensure_ascii=False), encoding="utf-8")

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run tools/regenerate.py on this copy in a process of its own."""
        command = [sys.executable, str(REPOSITORY / "tools" / "regenerate.py"), "--root", str(self.root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)

    def files(self) -> dict[str, bytes]:
        """All that is generated, byte for byte."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted((self.root / "generated").rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }


@pytest.fixture(scope="session", autouse=True)
def shared_mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let all runs of mypy in a test session use one cache; the tools themselves leave none behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MYPY_CACHE_DIR", str(tmp_path_factory.mktemp("mypy")))
        yield


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy to change."""
    return Project(tmp_path)


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Project]:
    """Makes copies that several tests share."""
    return lambda name: Project(tmp_path_factory.mktemp(name))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The project itself."""
    return REPOSITORY


@pytest.fixture(scope="session")
def repository_spec() -> Spec:
    """The project's spec as data, for those who do not change it."""
    return yaml_of(REPOSITORY / "openapi.yaml")


@pytest.fixture
def spec(repository_spec: Spec) -> Spec:
    """The project's spec as data, to change."""
    return copy.deepcopy(repository_spec)


@pytest.fixture(scope="session")
def gadgets_project(repository_spec: Spec, new_project: Callable[[str], Project]) -> Project:
    """A project whose spec has all that gadgets.yaml adds, generated once."""
    project = new_project("gadgets")
    added, spec = yaml_of(Path(__file__).with_name("gadgets.yaml")), copy.deepcopy(repository_spec)
    spec["paths"] |= added["paths"]
    spec["components"]["schemas"] |= added["components"]["schemas"]
    project.write_spec(spec)
    finished = project.run()
    assert finished.returncode == 0, finished.stderr
    return project


@pytest.fixture(scope="session")
def gadgets(
    gadgets_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], ModuleType]]:
    """The modules of that package, by name; under a name of its own, beside the real one."""
    folder = tmp_path_factory.mktemp("import")
    shutil.copytree(gadgets_project.package, folder / "gadgets_api", ignore=shutil.ignore_patterns("__pycache__"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield lambda name: importlib.import_module(f"gadgets_api.{name}")
