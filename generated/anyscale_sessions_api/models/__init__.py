# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""The models of the Sessions API. Each is imported when it is first used."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name, and `typing` takes longer to import than this module
if TYPE_CHECKING:
    from .cluster_status import ClusterStatus as ClusterStatus
    from .cluster_status_details import ClusterStatusDetails as ClusterStatusDetails
    from .create_session import CreateSession as CreateSession
    from .create_session_command import CreateSessionCommand as CreateSessionCommand
    from .http_validation_error import HTTPValidationError as HTTPValidationError
    from .idle_termination_status import IdleTerminationStatus as IdleTerminationStatus
    from .list_response_metadata import ListResponseMetadata as ListResponseMetadata
    from .log_level_types import LogLevelTypes as LogLevelTypes
    from .operation_error import OperationError as OperationError
    from .operation_progress import OperationProgress as OperationProgress
    from .operation_result import OperationResult as OperationResult
    from .page_query import PageQuery as PageQuery
    from .session import Session as Session
    from .session_command import SessionCommand as SessionCommand
    from .session_command_types import SessionCommandTypes as SessionCommandTypes
    from .session_event import SessionEvent as SessionEvent
    from .session_event_cause import SessionEventCause as SessionEventCause
    from .session_event_types import SessionEventTypes as SessionEventTypes
    from .session_list_response import SessionListResponse as SessionListResponse
    from .session_operation import SessionOperation as SessionOperation
    from .session_operation_type import SessionOperationType as SessionOperationType
    from .session_response import SessionResponse as SessionResponse
    from .session_starting_up_data import SessionStartingUpData as SessionStartingUpData
    from .session_state import SessionState as SessionState
    from .session_state_data import SessionStateData as SessionStateData
    from .session_stopping_data import SessionStoppingData as SessionStoppingData
    from .sessioncommand_list_response import SessioncommandListResponse as SessioncommandListResponse
    from .sessioncommand_response import SessioncommandResponse as SessioncommandResponse
    from .sessionevent_list_response import SessioneventListResponse as SessioneventListResponse
    from .sessionoperation_response import SessionoperationResponse as SessionoperationResponse
    from .sessions_query import SessionsQuery as SessionsQuery
    from .start_session_options import StartSessionOptions as StartSessionOptions
    from .terminate_session_options import TerminateSessionOptions as TerminateSessionOptions
    from .text_query import TextQuery as TextQuery
    from .update_session import UpdateSession as UpdateSession
    from .user_service_access_types import UserServiceAccessTypes as UserServiceAccessTypes
    from .validation_error import ValidationError as ValidationError

__all__ = (
    "ClusterStatus",
    "ClusterStatusDetails",
    "CreateSession",
    "CreateSessionCommand",
    "HTTPValidationError",
    "IdleTerminationStatus",
    "ListResponseMetadata",
    "LogLevelTypes",
    "OperationError",
    "OperationProgress",
    "OperationResult",
    "PageQuery",
    "Session",
    "SessionCommand",
    "SessionCommandTypes",
    "SessionEvent",
    "SessionEventCause",
    "SessionEventTypes",
    "SessionListResponse",
    "SessionOperation",
    "SessionOperationType",
    "SessionResponse",
    "SessionStartingUpData",
    "SessionState",
    "SessionStateData",
    "SessionStoppingData",
    "SessioncommandListResponse",
    "SessioncommandResponse",
    "SessioneventListResponse",
    "SessionoperationResponse",
    "SessionsQuery",
    "StartSessionOptions",
    "TerminateSessionOptions",
    "TextQuery",
    "UpdateSession",
    "UserServiceAccessTypes",
    "ValidationError",
)

_MODULES = {
    "ClusterStatus": ".cluster_status",
    "ClusterStatusDetails": ".cluster_status_details",
    "CreateSession": ".create_session",
    "CreateSessionCommand": ".create_session_command",
    "HTTPValidationError": ".http_validation_error",
    "IdleTerminationStatus": ".idle_termination_status",
    "ListResponseMetadata": ".list_response_metadata",
    "LogLevelTypes": ".log_level_types",
    "OperationError": ".operation_error",
    "OperationProgress": ".operation_progress",
    "OperationResult": ".operation_result",
    "PageQuery": ".page_query",
    "Session": ".session",
    "SessionCommand": ".session_command",
    "SessionCommandTypes": ".session_command_types",
    "SessionEvent": ".session_event",
    "SessionEventCause": ".session_event_cause",
    "SessionEventTypes": ".session_event_types",
    "SessionListResponse": ".session_list_response",
    "SessionOperation": ".session_operation",
    "SessionOperationType": ".session_operation_type",
    "SessionResponse": ".session_response",
    "SessionStartingUpData": ".session_starting_up_data",
    "SessionState": ".session_state",
    "SessionStateData": ".session_state_data",
    "SessionStoppingData": ".session_stopping_data",
    "SessioncommandListResponse": ".sessioncommand_list_response",
    "SessioncommandResponse": ".sessioncommand_response",
    "SessioneventListResponse": ".sessionevent_list_response",
    "SessionoperationResponse": ".sessionoperation_response",
    "SessionsQuery": ".sessions_query",
    "StartSessionOptions": ".start_session_options",
    "TerminateSessionOptions": ".terminate_session_options",
    "TextQuery": ".text_query",
    "UpdateSession": ".update_session",
    "UserServiceAccessTypes": ".user_service_access_types",
    "ValidationError": ".validation_error",
}

if not TYPE_CHECKING:  # for type checkers this would mean that every name exists

    def __getattr__(name: str) -> object:
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            value = globals()[name] = getattr(import_module(module, __name__), name)
        except AttributeError as error:  # an import statement would replace it with "cannot import name"
            raise ImportError(f"cannot load {name} of {__name__}: {error}", name=f"{__name__}{module}") from error
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)
