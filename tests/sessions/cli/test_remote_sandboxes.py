"""Tests for `cli/remote_sandboxes.py`: the sandbox in another process, and its errors."""

from __future__ import annotations

import pytest

from anyscale_sessions.cli.errors import CommandError, SandboxRefusedError, SandboxUnreachableError
from anyscale_sessions.cli.remote_sandboxes import remote_sandbox
from anyscale_sessions.cli.settings import Settings
from anyscale_sessions_sandbox import Sandbox, serve
from anyscale_sessions_sandbox.errors import SandboxError

from .conftest import raise_

pytestmark = pytest.mark.usefixtures("environment")


def test_sandbox_of_the_environment_is_used(server: Sandbox) -> None:
    """The sandbox is the one at the configured host."""
    with remote_sandbox(Settings()) as remote:
        assert abs((remote.now() - server.clock.now()).total_seconds()) < 60


def test_refusal_has_its_status() -> None:
    """A request that the sandbox refuses has the status and the reason."""
    with (
        pytest.raises(SandboxRefusedError, match="There is no fault 9") as caught,
        remote_sandbox(Settings()) as remote,
    ):
        remote.remove_fault(9)
    assert caught.value.status == 404


@pytest.mark.usefixtures("token_for_any_host")
def test_host_without_a_sandbox_is_reported() -> None:
    """A host where nothing listens is reported as such."""
    with serve() as stopped:
        url = stopped.url
    with pytest.raises(SandboxUnreachableError, match=url), remote_sandbox(Settings(host=url)) as remote:
        remote.now()


def test_other_errors_of_the_sandbox_are_bad_input() -> None:
    """Another error of the sandbox, such as an unusable file, is bad input."""
    with pytest.raises(CommandError, match="unusable"), remote_sandbox(Settings()):
        raise_(SandboxError("unusable"))
