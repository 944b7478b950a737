"""A local Sessions API for tests: stateful, with a controllable clock, and without an account.

`with serve() as sandbox:` serves it in a thread; give a client `sandbox.url` and `sandbox.token`. `create_app()`
returns the bare ASGI application. Each name is imported at its first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .app import SandboxApp, create_app
    from .clock import Clock, ManualClock, SystemClock
    from .control.seed import SeedError
    from .engine.transaction import Timings
    from .engine.transition_rules import TransitionRule
    from .errors import (
        SandboxAddressError,
        SandboxDatabaseError,
        SandboxError,
        SandboxRuntimeError,
        UnknownNameError,
    )
    from .faults import Fault, Faults
    from .journal import Journal
    from .runtimes import Inventory, Logs, Outcome, Reports, Runtime
    from .runtimes.process import ProcessRuntime
    from .runtimes.ray.admission import RayLimits
    from .runtimes.ray.runtime import RayRuntime
    from .runtimes.virtual import Script, VirtualRuntime
    from .server import Sandbox, serve

__all__ = [
    "Clock",
    "Fault",
    "Faults",
    "Inventory",
    "Journal",
    "Logs",
    "ManualClock",
    "Outcome",
    "ProcessRuntime",
    "RayLimits",
    "RayRuntime",
    "Reports",
    "Runtime",
    "Sandbox",
    "SandboxAddressError",
    "SandboxApp",
    "SandboxDatabaseError",
    "SandboxError",
    "SandboxRuntimeError",
    "Script",
    "SeedError",
    "SystemClock",
    "Timings",
    "TransitionRule",
    "UnknownNameError",
    "VirtualRuntime",
    "create_app",
    "serve",
]

_MODULES = {
    "Clock": "clock",
    "Fault": "faults",
    "Faults": "faults",
    "Inventory": "runtimes",
    "Journal": "journal",
    "Logs": "runtimes",
    "ManualClock": "clock",
    "Outcome": "runtimes",
    "ProcessRuntime": "runtimes.process",
    "RayLimits": "runtimes.ray.admission",
    "RayRuntime": "runtimes.ray.runtime",
    "Reports": "runtimes",
    "Runtime": "runtimes",
    "Sandbox": "server",
    "SandboxAddressError": "errors",
    "SandboxApp": "app",
    "SandboxDatabaseError": "errors",
    "SandboxError": "errors",
    "SandboxRuntimeError": "errors",
    "Script": "runtimes.virtual",
    "SeedError": "control.seed",
    "SystemClock": "clock",
    "Timings": "engine.transaction",
    "TransitionRule": "engine.transition_rules",
    "UnknownNameError": "errors",
    "VirtualRuntime": "runtimes.virtual",
    "create_app": "app",
    "serve": "server",
}

# The packages of the extra `sandbox`, by the names under which they are imported.
_EXTRA = ("jsonschema_rs", "starlette", "uvicorn")


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        remedy = f"a sandbox needs {error.name}: pip install 'anyscale-sessions[sandbox]'"
        raise ModuleNotFoundError(remedy, name=error.name) from None
    except AttributeError as error:  # an import statement would replace it with "cannot import name"
        raise ImportError(f"cannot load {name} of {__name__}: {error}", name=f"{__name__}.{_MODULES[name]}") from error
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
