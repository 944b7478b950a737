"""The options that commands share, and what a command has done so far."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import attrs
import click

from anyscale_sessions.client import SessionsClient
from anyscale_sessions.client.base import WAIT_TIMEOUT_S

from .output import Output, output_for

C = TypeVar("C", bound=Callable[..., object])

OUTPUT_FORMATS = ("text", "json")


@attrs.define
class Settings:
    """The values of the shared options.

    Attributes:
        host: scheme and authority of the API, or `None` to use the environment.
        output_format: one of `OUTPUT_FORMATS`.
        created_session_id: the session that the command has created, for the message of a later error.
    """

    host: str | None = attrs.field(default=None, repr=False)  # it can contain a password by mistake
    output_format: str = "text"
    created_session_id: str | None = None

    @property
    def output(self) -> Output:
        """The output for `output_format`."""
        return output_for(self.output_format)

    def client(self) -> SessionsClient:
        """Make a client for the host. Its token comes from the environment or the credentials file, not from `argv`."""
        return SessionsClient(host=self.host)


def _set_option(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
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
    """Add `--host`."""
    return click.option(
        "--host",
        metavar="URL",
        expose_value=False,
        callback=_set_option,
        help="Scheme and authority of the API. Default: ANYSCALE_HOST, else https://api.anyscale.com.",
    )(command)


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
