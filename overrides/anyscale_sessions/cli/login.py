"""The commands that save a token in the credentials file, and remove it. They never show it."""

from __future__ import annotations

import os
import sys
from getpass import getpass

from anyscale_sessions._config.credentials import TOKEN_VARIABLE, find_base_url, host_of, validate_token
from anyscale_sessions._config.credentials_file import CREDENTIALS_FILE, remove_token, write_token
from anyscale_sessions_api.types import Secret

from .command import host_command, plain_command
from .settings import Settings

MAX_LINE_BYTES = 65536


@host_command(examples_of=("login", "login --host https://console.example.com", "login < token.txt"))
def login(settings: Settings) -> None:
    """Save a token in ~/.anyscale/credentials.json, for one host.

    The command asks for the token without showing it, or reads one line if standard input is not a terminal.
    It does not check the token with the server.
    """
    host = host_of(find_base_url(Secret(settings.host), allow_http=settings.is_http_allowed))
    is_replaced = write_token(validate_token(_read_token(host), "the token"), host)
    if os.environ.get(TOKEN_VARIABLE):
        text = f"{TOKEN_VARIABLE} is set and takes precedence over the saved token; unset it to use the saved token"
        settings.output.warn("TokenNotUsedWarning", text)
    settings.output.conclude(
        f"{'Replaced' if is_replaced else 'Saved'} the token for {host} in {CREDENTIALS_FILE}.",
        {"file": str(CREDENTIALS_FILE.expanduser()), "host": host, "replaced": is_replaced},
    )


@plain_command(examples_of=("logout",))
def logout(settings: Settings) -> None:
    """Remove the token from ~/.anyscale/credentials.json. The platform still accepts the token."""
    is_removed = remove_token()
    if os.environ.get(TOKEN_VARIABLE):
        settings.output.warn("TokenInEnvironmentWarning", f"{TOKEN_VARIABLE} is set and is still used; unset it too")
    sentence = f"Removed the token from {CREDENTIALS_FILE}." if is_removed else f"{CREDENTIALS_FILE} has no token."
    settings.output.conclude(sentence, {"file": str(CREDENTIALS_FILE.expanduser()), "removed": is_removed})


def _read_token(host: str) -> Secret[str]:
    if sys.stdin is None:
        return Secret("")
    if sys.stdin.isatty():
        try:
            return Secret(getpass(f"Token for {host} (not shown): ").strip())
        except EOFError:
            return Secret("")
    return Secret(sys.stdin.buffer.readline(MAX_LINE_BYTES).decode("utf-8", "replace").strip())
