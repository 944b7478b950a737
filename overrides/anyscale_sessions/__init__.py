"""Create and run Anyscale sessions: a typed client that checks before it sends. Start with `SessionsClient`.

Every model of the API can be imported from here, too. Nothing is loaded before it is asked for.
"""

from __future__ import annotations

from importlib import import_module

from anyscale_sessions_api import models

from .version import __version__ as __version__

TYPE_CHECKING = False  # type checkers know the name; importing `typing` for it is most of what this import would cost

_HOMES = {
    "anyscale_sessions_api.pages": ("AsyncPage", "Page"),
    "anyscale_sessions_api.types": ("DecodeError",),
    "anyscale_sessions.client": ("AsyncSessionsClient", "SessionsClient"),
    "anyscale_sessions.create_session": ("CreateSession",),
    "anyscale_sessions.exceptions": (
        "APIStatusError",
        "BadRequestError",
        "ConflictError",
        "APIConnectionError",
        "CreateOutcomeUnknownError",
        "InsecureCredentialsWarning",
        "PermissionDeniedError",
        "InternalFieldWarning",
        "InvalidCredentialsError",
        "InvalidRequestError",
        "InvalidSessionError",
        "MissingCredentialsError",
        "NotFoundError",
        "OperationFailedError",
        "OutcomeUnknownError",
        "Problem",
        "ResponseDecodeError",
        "APITimeoutError",
        "ServerError",
        "UnreachableStateError",
        "SessionsError",
        "SessionsWarning",
        "RateLimitError",
        "AuthenticationError",
        "UnprocessableEntityError",
        "UnusableSettingWarning",
        "TokenIgnoredWarning",
        "WaitTimeoutError",
    ),
    "anyscale_sessions._instrumentation.hooks": ("ResponseInfo", "RequestInfo", "RetryInfo"),
    "anyscale_sessions._provenance": ("Provenance", "provenance"),
    "anyscale_sessions.tokens": ("is_user_service_token", "make_user_service_token"),
    "anyscale_sessions.user_service": ("UserService",),
}
# A name of our own goes before the generated one.
_HOME_OF: dict[str, str] = {
    **dict.fromkeys(models.__all__, "anyscale_sessions_api.models"),
    **{name: home for home, names in _HOMES.items() for name in names},
}

if TYPE_CHECKING:
    # Our own class hides the generated one of the same name: mypy keeps the first it reads, pyright the last.
    from .create_session import CreateSession as CreateSession  # isort: skip
    from anyscale_sessions_api.models import *  # type: ignore[assignment]  # noqa: F403 # isort: skip
    from anyscale_sessions_api.pages import AsyncPage as AsyncPage
    from anyscale_sessions_api.pages import Page as Page
    from anyscale_sessions_api.types import DecodeError as DecodeError

    from ._instrumentation.hooks import RequestInfo as RequestInfo
    from ._instrumentation.hooks import ResponseInfo as ResponseInfo
    from ._instrumentation.hooks import RetryInfo as RetryInfo
    from ._provenance import Provenance as Provenance
    from ._provenance import provenance as provenance
    from .client import AsyncSessionsClient as AsyncSessionsClient
    from .client import SessionsClient as SessionsClient
    from .create_session import CreateSession as CreateSession  # noqa: F811
    from .exceptions import APIConnectionError as APIConnectionError
    from .exceptions import APIStatusError as APIStatusError
    from .exceptions import APITimeoutError as APITimeoutError
    from .exceptions import AuthenticationError as AuthenticationError
    from .exceptions import BadRequestError as BadRequestError
    from .exceptions import ConflictError as ConflictError
    from .exceptions import CreateOutcomeUnknownError as CreateOutcomeUnknownError
    from .exceptions import InsecureCredentialsWarning as InsecureCredentialsWarning
    from .exceptions import InternalFieldWarning as InternalFieldWarning
    from .exceptions import InvalidCredentialsError as InvalidCredentialsError
    from .exceptions import InvalidRequestError as InvalidRequestError
    from .exceptions import InvalidSessionError as InvalidSessionError
    from .exceptions import MissingCredentialsError as MissingCredentialsError
    from .exceptions import NotFoundError as NotFoundError
    from .exceptions import OperationFailedError as OperationFailedError
    from .exceptions import OutcomeUnknownError as OutcomeUnknownError
    from .exceptions import PermissionDeniedError as PermissionDeniedError
    from .exceptions import Problem as Problem
    from .exceptions import RateLimitError as RateLimitError
    from .exceptions import ResponseDecodeError as ResponseDecodeError
    from .exceptions import ServerError as ServerError
    from .exceptions import SessionsError as SessionsError
    from .exceptions import SessionsWarning as SessionsWarning
    from .exceptions import TokenIgnoredWarning as TokenIgnoredWarning
    from .exceptions import UnprocessableEntityError as UnprocessableEntityError
    from .exceptions import UnreachableStateError as UnreachableStateError
    from .exceptions import UnusableSettingWarning as UnusableSettingWarning
    from .exceptions import WaitTimeoutError as WaitTimeoutError
    from .tokens import is_user_service_token as is_user_service_token
    from .tokens import make_user_service_token as make_user_service_token
    from .user_service import UserService as UserService
else:  # to type checkers a `__getattr__` would mean that any name is there
    __all__ = sorted([*_HOME_OF, "__version__"])  # noqa: PLE0605

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted([*_HOME_OF, "__version__"])
