"""The options that commands share, and what a command has done so far."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import TypeVar

import attrs
import click

from anyscale_sessions.client import SessionsClient
from anyscale_sessions.client.base import WAIT_TIMEOUT_S

from .errors import CommandError
from .output import Output, output_for

C = TypeVar("C", bound=Callable[..., object])

OUTPUT_FORMATS = ("text", "json")
ALLOW_HTTP_VARIABLE = "ANYSCALE_SESSIONS_ALLOW_HTTP"


@attrs.define
class Settings:
    """The values of the shared options.

    Attributes:
        host: scheme and authority of the API, or `None` to use the environment.
        allow_http: whether the host may be another machine with plain http; `None` to use the environment.
        output_format: one of `OUTPUT_FORMATS`.
        created_session_id: the session that the command has created, for the message of a later error.
    """

    host: str | None = attrs.field(default=None, repr=False)  # it can contain a password by mistake
    allow_http: bool | None = None
    output_format: str = "text"
    created_session_id: str | None = None

    @property
    def output(self) -> Output:
        """The output for `output_format`."""
        return output_for(self.output_format)

    @property
    def is_http_allowed(self) -> bool:
        """Whether the token may be sent over plain http. Raises `CommandError` for an unknown value of the variable."""
        if self.allow_http is not None:
            return self.allow_http
        value = os.environ.get(ALLOW_HTTP_VARIABLE, "")
        if value not in {"", "0", "1"}:
            raise CommandError(f"the environment variable {ALLOW_HTTP_VARIABLE}: must be 1 or 0")
        return value == "1"

    def client(self) -> SessionsClient:
        """Make a client for the host. Its token comes from the environment or the credentials file, not from `argv`."""
        return SessionsClient(host=self.host, allow_http=self.is_http_allowed)


def _set_option(context: click.Context, parameter: click.Parameter, value: str | bool | None) -> None:  # noqa: FBT001
    # The options may stand before or after the command's name. The later one counts.
    settings = context.ensure_object(Settings)
    if value is not None:
        setattr(settings, str(parameter.name), value)


def output_option(command: C) -> C:
    """Add `--output`."""
    return click.option(
        "--output",
        "output_format",
        type=click.Choice(OUTPUT_FORMATS),
        expose_value=False,
        callback=_set_option,
        help="text for people (the default), or json for programs: one line of JSON.",
    )(command)


def host_option(command: C) -> C:
    """Add `--host` and `--allow-http`."""
    with_flag = click.option(
        "--allow-http",
        is_flag=True,
        default=None,
        expose_value=False,
        callback=_set_option,
        help="Allow plain http to another machine, which shows the token to the network. "
        f"Default: {ALLOW_HTTP_VARIABLE}=1.",
    )(command)
    return click.option(
        "--host",
        metavar="URL",
        expose_value=False,
        callback=_set_option,
        help="Scheme and authority of the API. Default: ANYSCALE_HOST, else https://api.anyscale.com.",
    )(with_flag)


def _validate_timeout(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    # The client would refuse the value only when it begins to wait, after it has sent a request.
    if not 0 < value < math.inf:
        raise click.BadParameter("must be a finite number of seconds above 0.")
    return value


def timeout_option(command: C) -> C:
    """Add `--timeout`."""
    return click.option(
        "--timeout",
        type=float,
        callback=_validate_timeout,
        default=WAIT_TIMEOUT_S,
        show_default=True,
        metavar="SECONDS",
        help="The longest time to wait.",
    )(command)


def show_token_option(command: C) -> C:
    """Add `--show-token`."""
    return click.option("--show-token", is_flag=True, help="Show the session's user service token, which is a secret.")(
        command
    )
