"""Builds on this machine: a virtual environment for the requirements of each, which is kept for the next session."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ..catalog import Build
from ..programs import Program

INSTALLER = f"{__package__}.install"
# The variables that pip uses, besides HOME.
PIP_VARIABLES = (
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "PIP_CACHE_DIR",
    "PIP_CERT",
    "PIP_CONFIG_FILE",
    "PIP_CONSTRAINT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_TRUSTED_HOST",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "all_proxy",
    "https_proxy",
    "http_proxy",
    "no_proxy",
)


def environment_of(build: Build) -> Path | None:
    """The virtual environment of a build, or None if it has no requirements.

    Builds with the same requirements share it. It is in the user's folder for caches.
    """
    if not build.requirements:
        return None
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    key = json.dumps([build.requirements, sys.version, sys.prefix])
    return Path(cache, "anyscale-sessions", "builds", hashlib.sha256(key.encode()).hexdigest()[:16])


def variables(build: Build, environment: Path | None, path: str) -> dict[str, str]:
    """The environment variables of a build. Its programs come first on PATH, which is `path` otherwise."""
    if environment is None:
        return dict(build.env_vars)
    path = build.env_vars.get("PATH", path)
    own = {"VIRTUAL_ENV": str(environment), "PATH": os.pathsep.join((str(environment / "bin"), path))}
    return {**build.env_vars, **own}


def installation(build: Build, environment: Path | None, variables: Mapping[str, str]) -> list[Program]:
    """The program that installs a build before the cluster starts; none if there is nothing to install."""
    if environment is None and not build.working_dir:
        return []
    task = {
        "environment": str(environment or ""),
        "requirements": build.requirements,
        "working_dir": build.working_dir,
        "home": str(Path.home()),
    }
    pip = {name: os.environ[name] for name in PIP_VARIABLES if name in os.environ}
    # Without -P, files of the current directory would be imported instead of modules of the standard library.
    arguments = (sys.executable, "-P", "-m", INSTALLER, json.dumps(task))
    return [Program("build", arguments, {**variables, **pip}, prepares=True)]
