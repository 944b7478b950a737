"""The sandbox in another process that the commands below `sandbox`, and `logs`, talk to."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from anyscale_sessions._config.credentials import find_base_url, find_token, host_of
from anyscale_sessions_api.types import Secret

from .errors import CommandError, SandboxRefusedError, SandboxUnreachableError
from .settings import Settings

if TYPE_CHECKING:
    from anyscale_sessions_sandbox.remote import RemoteSandbox


@contextmanager
def remote_sandbox(settings: Settings) -> Generator[RemoteSandbox]:
    """The sandbox at the configured host. Raises `SandboxUnreachableError` if there is no response.

    Raises `SandboxRefusedError` for an error response, and `CommandError` for an invalid host or token.
    """
    from anyscale_sessions_sandbox.errors import SandboxError
    from anyscale_sessions_sandbox.remote import RemoteSandbox, SandboxConnectionError, SandboxResponseError

    url = host_of(find_base_url(Secret(settings.host), allow_http=settings.is_http_allowed))
    try:
        yield RemoteSandbox(url, find_token(Secret(None)).value)
    except SandboxResponseError as refusal:
        raise SandboxRefusedError(refusal.detail, refusal.status) from None
    except SandboxConnectionError as error:
        raise SandboxUnreachableError(str(error)) from None
    except SandboxError as error:
        raise CommandError(str(error)) from None
