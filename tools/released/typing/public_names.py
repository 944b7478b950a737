"""The type checkers see every public name, each as what it is. Checked, never run."""

from collections.abc import Mapping
from typing import assert_type

import anyscale_sessions
import anyscale_sessions_api.models
from anyscale_sessions import (
    ApiError,
    AsyncPage,
    AsyncSessionsClient,
    BadRequest,
    ClusterStatus,
    ClusterStatusDetails,
    Conflict,
    ConnectionFailed,
    CreateOutcomeUnknown,
    CreateSession,
    CreateSessionCommand,
    Forbidden,
    HTTPValidationError,
    IdleTerminationStatus,
    InternalFieldWarning,
    InvalidCredentials,
    InvalidRequest,
    InvalidSession,
    ListResponseMetadata,
    LogLevelTypes,
    MissingCredentials,
    NotFound,
    OperationError,
    OperationFailed,
    OperationProgress,
    OperationResult,
    OutcomeUnknown,
    Page,
    PageQuery,
    Problem,
    Provenance,
    RawReply,
    ReplyRecord,
    ReplyUndecodable,
    RequestRecord,
    RequestTimeout,
    RetryRecord,
    ServerFault,
    Session,
    SessionCommand,
    SessioncommandListResponse,
    SessioncommandResponse,
    SessionCommandTypes,
    SessionEvent,
    SessionEventCause,
    SessioneventListResponse,
    SessionEventTypes,
    SessionListResponse,
    SessionOperation,
    SessionoperationResponse,
    SessionOperationType,
    SessionResponse,
    SessionsClient,
    SessionsError,
    SessionsQuery,
    SessionStartingUpData,
    SessionState,
    SessionStateData,
    SessionStoppingData,
    SessionsWarning,
    SessionUnreachableState,
    StartSessionOptions,
    TerminateSessionOptions,
    TextQuery,
    Throttled,
    Unauthorized,
    Undecodable,
    Unprocessable,
    UpdateSession,
    UserService,
    UserServiceAccessTypes,
    UserServiceTokenIgnored,
    ValidationError,
    WaitTimeout,
    __version__,
    is_user_service_token,
    make_user_service_token,
    provenance,
)

NAMES = (
    ApiError,
    AsyncPage,
    AsyncSessionsClient,
    BadRequest,
    ClusterStatus,
    ClusterStatusDetails,
    Conflict,
    ConnectionFailed,
    CreateOutcomeUnknown,
    CreateSession,
    CreateSessionCommand,
    Forbidden,
    HTTPValidationError,
    IdleTerminationStatus,
    InternalFieldWarning,
    InvalidCredentials,
    InvalidRequest,
    InvalidSession,
    ListResponseMetadata,
    LogLevelTypes,
    MissingCredentials,
    NotFound,
    OperationError,
    OperationFailed,
    OutcomeUnknown,
    OperationProgress,
    OperationResult,
    Page,
    PageQuery,
    Problem,
    Provenance,
    RawReply,
    ReplyRecord,
    RequestRecord,
    RetryRecord,
    ReplyUndecodable,
    RequestTimeout,
    ServerFault,
    Session,
    SessionCommand,
    SessioncommandListResponse,
    SessioncommandResponse,
    SessionCommandTypes,
    SessionEvent,
    SessionEventCause,
    SessioneventListResponse,
    SessionEventTypes,
    SessionListResponse,
    SessionOperation,
    SessionoperationResponse,
    SessionOperationType,
    SessionResponse,
    SessionsClient,
    SessionsError,
    SessionsQuery,
    SessionStartingUpData,
    SessionState,
    SessionStateData,
    SessionStoppingData,
    SessionsWarning,
    SessionUnreachableState,
    StartSessionOptions,
    TerminateSessionOptions,
    TextQuery,
    Throttled,
    Unauthorized,
    Undecodable,
    Unprocessable,
    UpdateSession,
    UserService,
    UserServiceAccessTypes,
    UserServiceTokenIgnored,
    ValidationError,
    WaitTimeout,
)


def functions_and_values() -> None:
    """What is no class has its type as well."""
    assert_type(make_user_service_token(), str)
    assert_type(is_user_service_token("x"), bool)
    version: str = __version__
    assert version == anyscale_sessions.__version__
    assert_type(anyscale_sessions.SessionState.RUNNING.is_known, bool)
    assert_type(provenance, Provenance)
    assert_type(provenance.spec_sha256, str)
    assert_type(provenance.templates, Mapping[str, str])


def errors(error: SessionsError, api: ApiError, throttled: Throttled, refused: Unprocessable) -> None:
    """What errors know is typed."""
    assert_type(error.request_id, str | None)
    assert_type(error.status, int | None)
    assert_type(error.attempts, int)
    assert_type(api.body, str)
    assert_type(throttled.retry_after, float | None)
    assert_type(refused.problems, tuple[Problem, ...])


def names_that_are_not_there() -> None:
    """A misspelt name is found by the type checkers, though names are loaded when they are first asked for."""
    anyscale_sessions.Sesion  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]  # noqa: B018
    anyscale_sessions_api.models.Sesion  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]  # noqa: B018
