"""Selecting a runtime, and what each one needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox import (
    ManualClock,
    ProcessRuntime,
    Sandbox,
    SandboxRuntimeError,
    Script,
    VirtualRuntime,
    create_app,
    serve,
)
from anyscale_sessions_sandbox.runtimes import runtime_by_name


@pytest.mark.parametrize("name", ["virtual", "process"])
def test_only_the_ray_runtime_can_be_strict(name: str) -> None:
    """A strict runtime that is not `ray` is refused."""
    with pytest.raises(ValueError, match=f"strict needs the runtime ray, not {name}"):
        runtime_by_name(name, strict=True)


@pytest.mark.parametrize("name", ["virtual", "process"])
def test_a_runtime_can_be_named(name: str) -> None:
    """A runtime can be selected by its name, also in `serve` and `create_app`."""
    assert runtime_by_name(name).name == name
    with create_app(runtime=name) as app, serve(runtime=name) as sandbox:
        assert app.startup_notes == sandbox.startup_notes == ()


def test_a_name_that_no_runtime_has_is_refused() -> None:
    """An unknown runtime name is refused with the list of known names."""
    with pytest.raises(ValueError, match="must be one of virtual, process, ray, not 'docker'"):
        create_app(runtime="docker")


def test_the_process_runtime_needs_bash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Creating the process runtime without bash raises an error that says so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxRuntimeError) as caught:
        ProcessRuntime()
    assert str(caught.value) == "the process runtime cannot be used: it needs bash, which is not on PATH"
    assert (caught.value.name, caught.value.reason.partition(",")[0]) == ("process", "it needs bash")


def test_the_virtual_runtime_has_scripted_output(visit: Any) -> None:
    """The scripted output is there when the command has ended without being killed."""
    scripts = [Script("train", stdout="epoch 1\n", stderr="warning\n")]
    with serve(clock=ManualClock(), runtime=VirtualRuntime(scripts)) as sandbox:
        api = visit(sandbox)
        session = api.running()
        command, killed, other = (api.run(session, text) for text in ("train", "train", "true"))
        api.call("POST", f"/session_commands/{killed['id']}/kill")
        assert sandbox.logs(command["id"]) == ("", "")
        sandbox.clock.advance(1)
        assert sandbox.logs(command["id"]) == ("epoch 1\n", "warning\n")
        assert sandbox.logs(killed["id"]) == sandbox.logs(other["id"]) == ("", "")
        with pytest.raises(LookupError, match="does not exist"):
            sandbox.logs("scd_none")


def test_a_sandbox_does_not_show_its_token(api: Any) -> None:
    """Neither the sandbox nor its app shows its token."""
    sandbox: Sandbox = api.sandbox
    assert sandbox.token not in repr(sandbox)
