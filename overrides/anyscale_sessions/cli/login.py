"""The command `login`: saves a token where the client finds it, and shows it nowhere."""

from __future__ import annotations

import os
import sys
from getpass import getpass

import click

from anyscale_sessions._config.credentials import TOKEN_VARIABLE, find_base_url, host_of, validate_token
from anyscale_sessions._config.credentials_file import CREDENTIALS_FILE, write_token

from .settings import Settings, host_option, output_option

LONGEST_LINE_BYTES = 65536


@click.command()
@host_option
@output_option
@click.pass_obj
def login(settings: Settings) -> None:
    """Save a token in ~/.anyscale/credentials.json, for one host.

    It is asked for without showing it, or read from standard input where that is no terminal. It is not tried out.
    """
    host = host_of(find_base_url(settings.host))
    was_there = write_token(validate_token(_token(host), "the token"), host)
    if os.environ.get(TOKEN_VARIABLE):
        text = f"{TOKEN_VARIABLE} is set, and goes before the token that was saved; unset it to use that"
        settings.output.warn("TokenNotUsed", text)
    settings.output.conclude(
        f"{'Replaced' if was_there else 'Saved'} the token for {host} in {CREDENTIALS_FILE}.",
        {"file": str(CREDENTIALS_FILE.expanduser()), "host": host, "replaced": was_there},
    )


def _token(host: str) -> str:
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        try:
            return getpass(f"Token for {host} (it is not shown): ").strip()
        except EOFError:
            return ""
    return sys.stdin.buffer.readline(LONGEST_LINE_BYTES).decode("utf-8", "replace").strip()
