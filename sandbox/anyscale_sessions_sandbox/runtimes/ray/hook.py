"""Disables Ray's own server for Ray Client.

RAY_START_HOOK names it. It is imported by the process of `ray start` only.
"""

from __future__ import annotations

from typing import Any


def before_start(params: Any, head: bool) -> None:  # noqa: ARG001, FBT001 - as Ray calls it
    """Change the parameters of `ray start`."""
    # That server would use the same ports as the one of another cluster; see client.py.
    params.ray_client_server_port = None
