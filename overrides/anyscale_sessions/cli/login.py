"""The `login` command: saves a token in the credentials file, and never shows it."""

from __future__ import annotations

import os
import sys
from getpass import getpass

import click

from anyscale_sessions._config.credentials import TOKEN_VARIABLE, find_base_url, host_of, validate_token
from anyscale_sessions._config.credentials_file import CREDENTIALS_FILE, write_token
from anyscale_sessions_api.types import Secret

from .settings import Settings, host_option, output_option

MAX_LINE_BYTES = 65536


@click.command()
@host_option
@output_option
@click.pass_obj
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


def _read_token(host: str) -> Secret[str]:
    if sys.stdin is None:
        return Secret("")
    if sys.stdin.isatty():
        try:
            return Secret(getpass(f"Token for {host} (not shown): ").strip())
        except EOFError:
            return Secret("")
    return Secret(sys.stdin.buffer.readline(MAX_LINE_BYTES).decode("utf-8", "replace").strip())
