"""Builds and compute templates of seeds, and what a session gets of them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import httpx
import pytest

from ..sandbox.runtimes.ray.test_install import wheel_in
from .conftest import Clusters, serving, until

# Prints what a task finds of a build.
TASK = """
import ray
ray.init(log_to_driver=False, logging_level="ERROR")
def find():
    import os, importlib.util
    return os.environ.get("COLOUR"), bool(importlib.util.find_spec("of_a_build")), os.path.exists("data.txt")
print(find(), ray.get(ray.remote(find).remote()), int(ray.cluster_resources()["CPU"]))
"""


@pytest.fixture
def seed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """A seed with two builds, of which one cannot be installed, and a compute template."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "data.txt").touch()
    full = {
        "requirements": [str(wheel_in(tmp_path))],
        "env_vars": {"COLOUR": "red"},
        "working_dir": str(tmp_path / "work"),
    }
    return {
        "builds": {"bld_full": full, "bld_broken": {"requirements": ["no-such-package"]}},
        "compute_templates": {"cpt_big": {"head": {"instance_type": "big"}}},
        "instance_types": {"big": {"CPU": 5}},
    }


def test_a_session_starts_with_another_build_and_template(clusters: Clusters, seed: Any) -> None:
    """A start fails if its build cannot be installed. A start with another build and template uses those."""
    clusters.api.sandbox.seed(seed)
    session = clusters.api.create(build_id="bld_broken")
    operation = clusters.api.start(session)
    until(lambda: clusters.api.get(session)["state"] == "StartupErrored")
    reason = clusters.api.operation(operation)["result"]["error"]["message"]
    assert reason.startswith("Its build ended with 1: pip could not install the requirements: ERROR: Could not find ")
    assert reason.endswith("No matching distribution found for no-such-package.")
    clusters.api.start(session, build_id="bld_full", compute_template_id="cpt_big")
    clusters.until(session, "Running")
    code, stdout, stderr = clusters.ran(session, f"python -c {shlex.quote(TASK)}")
    assert (code, stdout) == (0, "('red', True, True) ('red', True, True) 5\n"), stderr
    clusters.api.terminate(session)
    clusters.until(session, "Terminated")


def test_unknown_ids_are_refused_if_strict(http: httpx.Client, tmp_path: Path) -> None:
    """With `strict`, a session whose build and template are in no seed is StartupErrored."""
    with serving(http, tmp_path / "sessions", strict=True) as clusters:
        session = clusters.api.create(compute_template_id="cpt_9")
        operation = clusters.api.start(session)
        until(lambda: clusters.api.get(session)["state"] == "StartupErrored")
        reason = "compute_template_id cpt_9 is unknown; define it in a seed."
        assert clusters.api.operation(operation)["result"]["error"] == {"message": reason}
