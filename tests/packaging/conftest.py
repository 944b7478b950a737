"""Fixtures with the distributions, each built once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's folder."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the project's folder."""
    return _build(root, "--wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdist(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution from the project's folder."""
    return _build(root, "--sdist", tmp_path_factory.mktemp("sdist"))


def _build(root: Path, kind: str, folder: Path) -> Path:
    # Not isolated: the environment has the locked build backend.
    command = [sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", str(folder), str(root)]
    subprocess.run(command, check=True)
    (built,) = folder.iterdir()
    return built
