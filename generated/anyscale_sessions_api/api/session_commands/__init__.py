# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""The operations with this tag, one in each module, which is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name, and `typing` costs more than all of this module

__all__ = (
    "list_session_commands",
    "create_session_command",
    "get_session_command",
    "kill_session_command",
)

if TYPE_CHECKING:
    from . import create_session_command as create_session_command
    from . import get_session_command as get_session_command
    from . import kill_session_command as kill_session_command
    from . import list_session_commands as list_session_commands
else:  # to type checkers this would mean that any name is there

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")

    def __dir__() -> list[str]:
        return sorted(__all__)
