"""Create and run Anyscale sessions: a typed client that checks requests before it sends them.

Start with `SessionsClient`. Every model of the API can also be imported from here. A name is loaded on first use.
"""

from __future__ import annotations

from importlib import import_module

from anyscale_sessions_api import models

from .version import __version__ as __version__

TYPE_CHECKING = False  # type checkers know the name, and to import `typing` takes longer than the rest of this module

_HOMES = {
    "anyscale_sessions_api.pages": ("AsyncPage", "AsyncPager", "Page"),
    "anyscale_sessions_api.types": ("NULL", "DecodeError", "Null"),
    "anyscale_sessions.client": ("AsyncSessionsClient", "SessionsClient"),
    "anyscale_sessions.create_session": ("CreateSession",),
    "anyscale_sessions.exceptions": (
        "APIConnectionError",
        "APIStatusError",
        "APITimeoutError",
        "AuthenticationError",
        "BadRequestError",
        "ConflictError",
        "CreateOutcomeUnknownError",
        "InsecureCredentialsWarning",
        "InternalFieldWarning",
        "InvalidCredentialsError",
        "InvalidRequestError",
        "InvalidSessionError",
        "MissingCredentialsError",
        "NotFoundError",
        "OperationFailedError",
        "OutcomeUnknownError",
        "PermissionDeniedError",
        "Problem",
        "RateLimitError",
        "ResponseDecodeError",
        "ServerError",
        "SessionsError",
        "SessionsWarning",
        "TokenIgnoredWarning",
        "UnprocessableEntityError",
        "UnreachableStateError",
        "UnusableSettingWarning",
        "WaitTimeoutError",
    ),
    "anyscale_sessions._sansio.attempts": ("RequestInfo", "ResponseInfo", "RetryInfo"),
    "anyscale_sessions._sansio.raw_response": ("RawResponse",),
    "anyscale_sessions._provenance": ("Provenance", "provenance"),
    "anyscale_sessions.tokens": ("is_user_service_token", "make_user_service_token"),
    "anyscale_sessions.user_service": ("UserService",),
}
# A name of this package hides the generated one.
_HOME_OF: dict[str, str] = {
    **dict.fromkeys(models.__all__, "anyscale_sessions_api.models"),
    **{name: home for home, names in _HOMES.items() for name in names},
    "api": "anyscale_sessions_api.api",  # the module itself
}

if TYPE_CHECKING:
    # The class of this package hides the generated one of the same name: mypy keeps the first, pyright the last.
    from .create_session import CreateSession as CreateSession  # isort: skip
    from anyscale_sessions_api.models import *  # type: ignore[assignment]  # noqa: F403 # isort: skip
    from anyscale_sessions_api import api as api
    from anyscale_sessions_api.pages import AsyncPage as AsyncPage
    from anyscale_sessions_api.pages import AsyncPager as AsyncPager
    from anyscale_sessions_api.pages import Page as Page
    from anyscale_sessions_api.types import NULL as NULL
    from anyscale_sessions_api.types import DecodeError as DecodeError
    from anyscale_sessions_api.types import Null as Null

    from ._provenance import Provenance as Provenance
    from ._provenance import provenance as provenance
    from ._sansio.attempts import RequestInfo as RequestInfo
    from ._sansio.attempts import ResponseInfo as ResponseInfo
    from ._sansio.attempts import RetryInfo as RetryInfo
    from ._sansio.raw_response import RawResponse as RawResponse
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
else:  # for type checkers, a `__getattr__` would mean that any name exists
    __all__ = sorted([*_HOME_OF, "__version__"])  # noqa: PLE0605

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            home = import_module(_HOME_OF[name])
            value = globals()[name] = home if name == "api" else getattr(home, name)
        except AttributeError as error:  # an import statement would replace it with "cannot import name"
            raise ImportError(f"cannot load {name} of {__name__}: {error}", name=_HOME_OF[name]) from error
        return value

    def __dir__() -> list[str]:
        return sorted([*_HOME_OF, "__version__"])
