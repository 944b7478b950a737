# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""The operations with this tag, one in each module, which is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name, and `typing` costs more than all of this module

__all__ = (
    "list_sessions",
    "create_session",
    "get_session",
    "update_session",
    "delete_session",
    "search_sessions",
    "start_session",
    "terminate_session",
    "get_session_for_job",
)

if TYPE_CHECKING:
    from . import create_session as create_session
    from . import delete_session as delete_session
    from . import get_session as get_session
    from . import get_session_for_job as get_session_for_job
    from . import list_sessions as list_sessions
    from . import search_sessions as search_sessions
    from . import start_session as start_session
    from . import terminate_session as terminate_session
    from . import update_session as update_session
else:  # to type checkers this would mean that any name is there

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")

    def __dir__() -> list[str]:
        return sorted(__all__)
