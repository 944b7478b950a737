"""The warnings of the package."""

from __future__ import annotations


class SessionsWarning(UserWarning):
    """The base class of all warnings."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.args == self.args

    def __hash__(self) -> int:
        return hash((type(self), self.args))


class TokenIgnoredWarning(SessionsWarning):
    """A token was passed for a private user service, which does not use one. It is not sent."""


class InternalFieldWarning(SessionsWarning):
    """A field was passed that the platform sets itself."""


class InsecureCredentialsWarning(SessionsWarning):
    """Other users of this machine can read the credentials file."""


class UnusableSettingWarning(SessionsWarning):
    """An environment variable of this package has an unknown value, which is ignored."""
