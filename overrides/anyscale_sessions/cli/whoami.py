"""The command that asks the server whether it accepts the token."""

from __future__ import annotations

import os
from contextlib import suppress

from anyscale_sessions._config.credentials import TOKEN_VARIABLE, find_base_url, host_of
from anyscale_sessions._config.credentials_file import CREDENTIALS_FILE
from anyscale_sessions.exceptions import NotFoundError
from anyscale_sessions_api.types import Secret

from .command import api_command
from .settings import Settings

# No session has this id, so a server that accepts the token answers with 404.
PROBE_ID = "ses_whoami"


@api_command(examples_of=("whoami", "whoami --host https://console.example.com"))
def whoami(settings: Settings) -> None:
    """Say whether the token is accepted, and by which host. The exit code is 3 if it is refused."""
    host = host_of(find_base_url(Secret(settings.host), allow_http=settings.is_http_allowed))
    source = TOKEN_VARIABLE if os.environ.get(TOKEN_VARIABLE) else str(CREDENTIALS_FILE)
    with settings.client() as client, suppress(NotFoundError):
        client.get_session(PROBE_ID)
    settings.output.conclude(
        f"{host} accepts the token from {source}.", {"host": host, "token_source": source, "accepted": True}
    )
