"""Tests of the installed wheel in fresh environments: without extras, with each extra, and with all."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

TIMEOUT_SECONDS = 120.0
IMPORT_PUBLIC_NAMES = """
import importlib, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for public in package.__all__:
        getattr(package, public)
    print(name, len(package.__all__))
"""
CONSUMER = """
from anyscale_sessions import CreateSession, SessionsClient
from anyscale_sessions_api.models import Session

complete = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="{}")
CreateSession(name="a", project_id="p", uses_app_config=True)  # type: ignore[call-overload]


def create(client: SessionsClient) -> Session:
    return client.create_session(complete)
"""


@dataclass(frozen=True)
class Environment:
    """A folder with a virtual environment in which the wheel and its requirements are installed."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The folder of the environment's programs."""
        return self.folder / "venv" / "bin"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment outside of the project's folder."""
        return subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
        )


Install: TypeAlias = Callable[..., Environment]


def pip(environment: Environment) -> list[str | Path]:
    """Return the command line with which our pip works on an environment, so that the environment needs no pip."""
    return [sys.executable, "-m", "pip", "--python", environment.bin / "python"]


@pytest.fixture(scope="module")
def install(wheel: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Return a function that makes an environment with the wheel, extras and other packages at the locked versions."""
    # pip requires hashes for all packages or for none, and the wheel has none. Other tox environments check the hashes.
    constraints = tmp_path_factory.mktemp("constraints") / "constraints.txt"
    pins = re.findall(r"^[a-z0-9].*?(?= \\$)", (root / "requirements" / "test.txt").read_text("utf-8"), re.MULTILINE)
    constraints.write_text("\n".join(pins), encoding="utf-8")

    @cache
    def install(*extras: str, also: tuple[str, ...] = ()) -> Environment:
        environment = Environment(tmp_path_factory.mktemp("environment"))
        venv.create(environment.folder / "venv")
        target = f"{wheel}[{','.join(extras)}]" if extras else str(wheel)
        subprocess.run(
            [*pip(environment), "install", "--quiet", "--constraint", constraints, target, *also], check=True
        )
        return environment

    return install


@pytest.mark.parametrize("extras", [(), ("cli",), ("sandbox",), ("cli", "sandbox")], ids=",".join)
def test_requirements_agree(install: Install, extras: tuple[str, ...]) -> None:
    """The requirements of the wheel and its extras can be installed together."""
    subprocess.run([*pip(install(*extras)), "check"], check=True)


@pytest.mark.parametrize(
    ("extras", "packages"),
    [
        ((), ["anyscale_sessions", "anyscale_sessions_api.models"]),
        (("cli",), ["anyscale_sessions.cli"]),
        (("sandbox",), ["anyscale_sessions_sandbox"]),
    ],
    ids=["no extra", "cli", "sandbox"],
)
def test_every_public_name_imports(install: Install, extras: tuple[str, ...], packages: list[str]) -> None:
    """Every public name of a package imports without a warning, with only the package's own extra."""
    imported = install(*extras).run("python", "-W", "error", "-c", IMPORT_PUBLIC_NAMES, *packages)
    assert imported.returncode == 0, imported.stderr
    assert re.findall(r"^([\w.]+) [1-9]\d*$", imported.stdout, re.MULTILINE) == packages


@pytest.mark.parametrize(("extras", "command", "missing"), [((), "--help", "cli"), (("cli",), "demo", "sandbox")])
def test_missing_extra_is_named(install: Install, extras: tuple[str, ...], command: str, missing: str) -> None:
    """A command whose extra is missing fails with one line that says what to install."""
    refused = install(*extras).run("anyscale-sessions", command)
    assert refused.returncode != 0
    (line,) = refused.stderr.splitlines()
    assert f"anyscale-sessions[{missing}]" in line


def test_command_line_needs_no_sandbox(install: Install) -> None:
    """The command line works with its own extra alone."""
    helped = install("cli").run("anyscale-sessions", "--help")
    assert helped.returncode == 0, helped.stderr
    assert "create" in helped.stdout


def test_demo_runs(install: Install) -> None:
    """With both extras the demo runs a session from its creation to its termination."""
    shown = install("cli", "sandbox").run("anyscale-sessions", "demo")
    assert shown.returncode == 0, shown.stderr
    assert "Terminated" in shown.stdout


def test_provenance_matches_the_sdist(install: Install, sdist: Path, tmp_path: Path) -> None:
    """The provenance of an installed package equals the versions and hashes in the source distribution."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    pins = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["generate"]
    spec = (source / "openapi.yaml").read_text("utf-8")
    (spec_version,) = re.findall(r"^  version: (\S+)$", spec, re.MULTILINE)
    shown = install("cli").run("anyscale-sessions", "--version", "--output", "json")
    assert json.loads(shown.stdout) == {
        "name": "anyscale-sessions",
        "version": source.name.removeprefix("anyscale_sessions-"),
        "spec": {"version": spec_version, "sha256": sha256(source / "openapi.yaml")},
        "config": {"sha256": sha256(source / "generator-config.yml")},
        "templates": {path.name: sha256(path) for path in (source / "templates").iterdir()},
        "tools": dict(pin.split("==") for pin in pins if "==" in pin),
    }


def sha256(path: Path) -> str:
    """Return the hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_pytest_plugin_needs_no_extra(install: Install) -> None:
    """The plugin loads without a warning if the extra of its fixtures is not installed."""
    listed = install(also=("pytest",)).run(
        "python", "-W", "error", "-m", "pytest", "--fixtures", "-p", "no:cacheprovider"
    )
    assert listed.returncode == 0, listed.stdout + listed.stderr
    assert "\nsessions_client" in listed.stdout


def test_type_checker_reads_the_installed_packages(install: Install, tmp_path: Path) -> None:
    """A strict type checker accepts a user's complete call and rejects an incomplete one."""
    consumer = tmp_path / "consumer.py"
    consumer.write_text(CONSUMER, encoding="utf-8")
    python = install().bin / "python"
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "--config-file=", consumer]
    checked = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
