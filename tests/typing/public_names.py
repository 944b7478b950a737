"""The type checkers see every public name, each as what it is. Checked, never run."""

from collections.abc import Mapping
from typing import assert_type

import anyscale_sessions
import anyscale_sessions_api.models
from anyscale_sessions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncPage,
    AsyncSessionsClient,
    AuthenticationError,
    BadRequestError,
    ClusterStatus,
    ClusterStatusDetails,
    ConflictError,
    CreateOutcomeUnknownError,
    CreateSession,
    CreateSessionCommand,
    DecodeError,
    HTTPValidationError,
    IdleTerminationStatus,
    InternalFieldWarning,
    InvalidCredentialsError,
    InvalidRequestError,
    InvalidSessionError,
    ListResponseMetadata,
    LogLevelTypes,
    MissingCredentialsError,
    NotFoundError,
    OperationError,
    OperationFailedError,
    OperationProgress,
    OperationResult,
    OutcomeUnknownError,
    Page,
    PageQuery,
    PermissionDeniedError,
    Problem,
    Provenance,
    RateLimitError,
    RawResponse,
    RequestInfo,
    ResponseDecodeError,
    ResponseInfo,
    RetryInfo,
    ServerError,
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
    StartSessionOptions,
    TerminateSessionOptions,
    TextQuery,
    TokenIgnoredWarning,
    UnprocessableEntityError,
    UnreachableStateError,
    UpdateSession,
    UserService,
    UserServiceAccessTypes,
    ValidationError,
    WaitTimeoutError,
    __version__,
    is_user_service_token,
    make_user_service_token,
    provenance,
)

NAMES = (
    APIStatusError,
    AsyncPage,
    AsyncSessionsClient,
    BadRequestError,
    ClusterStatus,
    ClusterStatusDetails,
    ConflictError,
    APIConnectionError,
    CreateOutcomeUnknownError,
    CreateSession,
    CreateSessionCommand,
    PermissionDeniedError,
    HTTPValidationError,
    IdleTerminationStatus,
    InternalFieldWarning,
    InvalidCredentialsError,
    InvalidRequestError,
    InvalidSessionError,
    ListResponseMetadata,
    LogLevelTypes,
    MissingCredentialsError,
    NotFoundError,
    OperationError,
    OperationFailedError,
    OutcomeUnknownError,
    OperationProgress,
    OperationResult,
    Page,
    PageQuery,
    Problem,
    Provenance,
    RawResponse,
    ResponseInfo,
    RequestInfo,
    RetryInfo,
    ResponseDecodeError,
    APITimeoutError,
    ServerError,
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
    UnreachableStateError,
    StartSessionOptions,
    TerminateSessionOptions,
    TextQuery,
    RateLimitError,
    AuthenticationError,
    DecodeError,
    UnprocessableEntityError,
    UpdateSession,
    UserService,
    UserServiceAccessTypes,
    TokenIgnoredWarning,
    ValidationError,
    WaitTimeoutError,
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


def errors(
    error: SessionsError, api: APIStatusError, throttled: RateLimitError, refused: UnprocessableEntityError
) -> None:
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
