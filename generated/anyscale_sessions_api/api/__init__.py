# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""The operations of the Sessions API as pure functions. Each is imported when it is first used.

Each returns an `Operation` and sends nothing. They are in packages by tag. An operation with the name of a tag has an
underscore at the end of its name here.
"""

from importlib import import_module as _import_module

TYPE_CHECKING = False  # type checkers know the name, and `typing` takes longer to import than this module
if TYPE_CHECKING:
    from .session_commands.create_session_command import create_session_command as create_session_command
    from .session_commands.get_session_command import get_session_command as get_session_command
    from .session_commands.kill_session_command import kill_session_command as kill_session_command
    from .session_commands.list_session_commands import list_session_commands as list_session_commands
    from .session_events.get_session_event_log import get_session_event_log as get_session_event_log
    from .session_operations.get_session_operation import get_session_operation as get_session_operation
    from .sessions.create_session import create_session as create_session
    from .sessions.delete_session import delete_session as delete_session
    from .sessions.get_session import get_session as get_session
    from .sessions.get_session_for_job import get_session_for_job as get_session_for_job
    from .sessions.list_sessions import list_sessions as list_sessions
    from .sessions.search_sessions import search_sessions as search_sessions
    from .sessions.start_session import start_session as start_session
    from .sessions.terminate_session import terminate_session as terminate_session
    from .sessions.update_session import update_session as update_session

_MODULES = {
    "list_sessions": ".sessions.list_sessions",
    "create_session": ".sessions.create_session",
    "get_session": ".sessions.get_session",
    "update_session": ".sessions.update_session",
    "delete_session": ".sessions.delete_session",
    "search_sessions": ".sessions.search_sessions",
    "start_session": ".sessions.start_session",
    "terminate_session": ".sessions.terminate_session",
    "get_session_for_job": ".sessions.get_session_for_job",
    "get_session_operation": ".session_operations.get_session_operation",
    "list_session_commands": ".session_commands.list_session_commands",
    "create_session_command": ".session_commands.create_session_command",
    "get_session_command": ".session_commands.get_session_command",
    "kill_session_command": ".session_commands.kill_session_command",
    "get_session_event_log": ".session_events.get_session_event_log",
}

if not TYPE_CHECKING:  # for type checkers this would mean that every name exists

    def __getattr__(name: str) -> object:
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            value = globals()[name] = getattr(_import_module(module, __name__), module.rpartition(".")[2])
        except AttributeError as error:  # an import statement would replace it with "cannot import name"
            raise ImportError(f"cannot load {name} of {__name__}: {error}", name=f"{__name__}{module}") from error
        return value

    def __dir__() -> list[str]:
        return sorted(_MODULES)
