"""The `ray` runtime without Ray: what it requires, and what it removes."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, RayRuntime, SandboxRuntimeError, create_app, serve
from anyscale_sessions_sandbox.runtimes.ray import place
from anyscale_sessions_sandbox.runtimes.ray import runtime as runtime_module

from ..conftest import until

INSTALL = "pip install 'anyscale-sessions[ray]'"


def has_version(version: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a version of Ray be installed, or none."""

    def find(name: str) -> str:
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(runtime_module.metadata, "version", find)


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (None, f"Ray is not installed: {INSTALL}"),
        ("2.59.1", f"it needs Ray 2.60.*, but 2.59.1 is installed: {INSTALL}"),
    ],
)
def test_the_runtime_needs_a_version_of_ray(monkeypatch: pytest.MonkeyPatch, version: str | None, reason: str) -> None:
    """The runtime cannot be used without Ray or with another version, and the error says what to install."""
    has_version(version, monkeypatch)
    with pytest.raises(SandboxRuntimeError) as caught:
        create_app(runtime="ray")
    assert str(caught.value) == f"the ray runtime cannot be used: {reason}"


def test_a_session_that_is_not_here_has_no_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The workers of a session that was not started here are terminated at once, because there are none."""
    has_version("2.60.3", monkeypatch)
    assert RayRuntime(tmp_path).terminate_workers({"id": "ses_1"}, keep_min_workers=False)


def test_links_that_lead_nowhere_are_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A sandbox removes the links to directories that are gone when it starts, and no other files."""
    has_version("2.60.3", monkeypatch)
    monkeypatch.setattr(place, "LINK_DIRECTORY", tmp_path)
    for name, target in {"ascl-gone": "nowhere", "ascl-kept": "file", "other": "nowhere"}.items():
        (tmp_path / name).symlink_to(tmp_path / target)
    (tmp_path / "file").touch()
    (tmp_path / "ascl-file").touch()
    with create_app(runtime=RayRuntime(tmp_path)):
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == ["ascl-file", "ascl-kept", "file", "other"]


def test_a_deleted_session_has_no_addresses(monkeypatch: pytest.MonkeyPatch, visit: Any, tmp_path: Path) -> None:
    """A session whose start was refused has the addresses of its place, until it is deleted."""
    has_version("2.60.0", monkeypatch)
    runtime = RayRuntime(tmp_path)
    with serve(runtime=runtime, clock=ManualClock()) as sandbox:
        api = visit(sandbox)
        session = api.create(uses_app_config=False, cluster_config="[", cloud_id="cld_1")
        api.start(session)
        until(lambda: api.get(session)["state"] == "StartupErrored")
        assert runtime.endpoints(session)["connect_url"].startswith("ray://127.0.0.1:")
        api.terminate(session, delete=True)
        sandbox.clock.advance(1)
        assert runtime.endpoints(session) == {}
