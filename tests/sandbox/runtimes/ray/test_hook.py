"""The hook of `ray start`."""

from __future__ import annotations

from types import SimpleNamespace

from anyscale_sessions_sandbox.runtimes.ray import launch
from anyscale_sessions_sandbox.runtimes.ray.hook import before_start


def test_the_own_server_of_ray_for_its_clients_is_disabled() -> None:
    """The hook, which the head finds by its name, disables Ray's own server for Ray Client."""
    assert launch.HEAD_SETTINGS["RAY_START_HOOK"] == f"{before_start.__module__}.{before_start.__name__}"
    params = SimpleNamespace(ray_client_server_port=10001)
    before_start(params, head=True)
    assert params.ray_client_server_port is None
