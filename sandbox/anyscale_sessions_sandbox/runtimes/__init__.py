"""Runtimes: what runs a session behind the API. `virtual` runs nothing, `process` runs commands on this machine.

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

NAMES = ("virtual", "process")


def runtime_by_name(name: str) -> Runtime:
    """The runtime with this name and default settings.

    Raises ValueError for an unknown name, and SandboxRuntimeError if the runtime cannot be used on this machine.
    """
    if name == "virtual":
        from .virtual import VirtualRuntime

        return VirtualRuntime()
    if name == "process":
        try:
            from .process import ProcessRuntime
        except ModuleNotFoundError as error:
            reason = f"it needs a POSIX system, such as Linux or macOS (Python has no {error.name} here)"
            raise SandboxRuntimeError(name, reason) from None
        return ProcessRuntime()
    raise ValueError(f"runtime must be one of {', '.join(NAMES)}, not {name!r}")
