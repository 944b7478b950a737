"""Create and run Anyscale sessions: a typed client that checks before it sends. Start with `SessionsClient`.

Every model of the API can be imported from here, too. Nothing is loaded before it is asked for.
"""

from __future__ import annotations

from importlib import import_module

from anyscale_sessions_api import models

from .version import __version__ as __version__

TYPE_CHECKING = False  # type checkers know the name; importing `typing` for it is most of what this import would cost

_HOMES = {
    "anyscale_sessions_api.raw": ("RawReply",),
    "anyscale_sessions_api.types": ("AsyncPage", "Page", "Undecodable"),
    "anyscale_sessions.client": ("AsyncSessionsClient", "SessionsClient"),
    "anyscale_sessions.create_session": ("CreateSession",),
    "anyscale_sessions.exceptions": (
        "ApiError",
        "BadRequest",
        "Conflict",
        "ConnectionFailed",
        "CreateOutcomeUnknown",
        "CredentialsExposed",
        "Forbidden",
        "InternalFieldWarning",
        "InvalidCredentials",
        "InvalidRequest",
        "InvalidSession",
        "MissingCredentials",
        "NotFound",
        "OperationFailed",
        "OutcomeUnknown",
        "Problem",
        "ReplyUndecodable",
        "RequestTimeout",
        "ServerFault",
        "SessionUnreachableState",
        "SessionsError",
        "SessionsWarning",
        "Throttled",
        "Unauthorized",
        "Unprocessable",
        "UnusableSetting",
        "UserServiceTokenIgnored",
        "WaitTimeout",
    ),
    "anyscale_sessions.hooks": ("ReplyRecord", "RequestRecord", "RetryRecord"),
    "anyscale_sessions.origin": ("Provenance", "provenance"),
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
    from anyscale_sessions_api.raw import RawReply as RawReply
    from anyscale_sessions_api.types import AsyncPage as AsyncPage
    from anyscale_sessions_api.types import Page as Page
    from anyscale_sessions_api.types import Undecodable as Undecodable

    from .client import AsyncSessionsClient as AsyncSessionsClient
    from .client import SessionsClient as SessionsClient
    from .create_session import CreateSession as CreateSession  # noqa: F811
    from .exceptions import ApiError as ApiError
    from .exceptions import BadRequest as BadRequest
    from .exceptions import Conflict as Conflict
    from .exceptions import ConnectionFailed as ConnectionFailed
    from .exceptions import CreateOutcomeUnknown as CreateOutcomeUnknown
    from .exceptions import CredentialsExposed as CredentialsExposed
    from .exceptions import Forbidden as Forbidden
    from .exceptions import InternalFieldWarning as InternalFieldWarning
    from .exceptions import InvalidCredentials as InvalidCredentials
    from .exceptions import InvalidRequest as InvalidRequest
    from .exceptions import InvalidSession as InvalidSession
    from .exceptions import MissingCredentials as MissingCredentials
    from .exceptions import NotFound as NotFound
    from .exceptions import OperationFailed as OperationFailed
    from .exceptions import OutcomeUnknown as OutcomeUnknown
    from .exceptions import Problem as Problem
    from .exceptions import ReplyUndecodable as ReplyUndecodable
    from .exceptions import RequestTimeout as RequestTimeout
    from .exceptions import ServerFault as ServerFault
    from .exceptions import SessionsError as SessionsError
    from .exceptions import SessionsWarning as SessionsWarning
    from .exceptions import SessionUnreachableState as SessionUnreachableState
    from .exceptions import Throttled as Throttled
    from .exceptions import Unauthorized as Unauthorized
    from .exceptions import Unprocessable as Unprocessable
    from .exceptions import UnusableSetting as UnusableSetting
    from .exceptions import UserServiceTokenIgnored as UserServiceTokenIgnored
    from .exceptions import WaitTimeout as WaitTimeout
    from .hooks import ReplyRecord as ReplyRecord
    from .hooks import RequestRecord as RequestRecord
    from .hooks import RetryRecord as RetryRecord
    from .origin import Provenance as Provenance
    from .origin import provenance as provenance
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
