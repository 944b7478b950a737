# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""The operations with this tag, one in each module, which is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name, and `typing` costs more than all of this module

__all__ = ("get_session_event_log",)

if TYPE_CHECKING:
    from . import get_session_event_log as get_session_event_log
else:  # to type checkers this would mean that any name is there

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")

    def __dir__() -> list[str]:
        return sorted(__all__)
