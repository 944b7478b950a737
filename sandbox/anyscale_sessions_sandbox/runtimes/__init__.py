"""Runtimes: what runs a session behind the API.

`virtual` runs nothing, `process` runs commands on this machine, and `ray` runs a Ray cluster on this machine.

A runtime is called when a session or a command changes. It returns results that it has at once, and reports the others
later. A runtime never waits for the state machine or the store, and they never wait for a runtime.
"""

from __future__ import annotations

from ..errors import SandboxRuntimeError
from .runtime import ENDPOINT_FIELDS, KILLED_STATUS, Inventory, Logs, Outcome, Reports, Runtime

__all__ = [
    "ENDPOINT_FIELDS",
    "KILLED_STATUS",
    "NAMES",
    "Inventory",
    "Logs",
    "Outcome",
    "Reports",
    "Runtime",
    "runtime_by_name",
]

NAMES = ("virtual", "process", "ray")


def runtime_by_name(name: str, *, strict: bool = False) -> Runtime:
    """The runtime with this name and default settings; with `strict`, see `RayRuntime`.

    Raises ValueError for an unknown name, or for `strict` with another runtime than `ray`, and SandboxRuntimeError if
    the runtime cannot be used on this machine.
    """
    if strict and name != "ray":
        raise ValueError(f"strict needs the runtime ray, not {name}")
    if name == "virtual":
        from .virtual import VirtualRuntime

        return VirtualRuntime()
    if name not in NAMES:
        raise ValueError(f"runtime must be one of {', '.join(NAMES)}, not {name!r}")
    try:
        if name == "process":
            from .process import ProcessRuntime

            return ProcessRuntime()
        from .ray.runtime import RayRuntime

        return RayRuntime(strict=strict)
    except ModuleNotFoundError as error:
        reason = f"it needs a POSIX system, such as Linux or macOS (Python has no {error.name} here)"
        raise SandboxRuntimeError(name, reason) from None
