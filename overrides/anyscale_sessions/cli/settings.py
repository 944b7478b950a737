"""The options that commands share, and what a command learns that is to be told if it fails."""

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

OUTPUT_FORMS = ("text", "json")


@attrs.define
class Settings:
    """What the shared options say.

    Attributes:
        host: scheme and authority of the API, where it is given.
        form: the form of the output.
        created_session_id: the session that the command created, once it has.
    """

    host: str | None = None
    form: str = "text"
    created_session_id: str | None = None

    @property
    def output(self) -> Output:
        """What to speak through."""
        return output_for(self.form)

    def client(self) -> SessionsClient:
        """A client for the host; its token comes from the environment or the credentials file, never from `argv`."""
        return SessionsClient(host=self.host)


def _remember(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    # The options may stand before or after the command's name; the later one counts.
    settings = context.ensure_object(Settings)
    if value is not None:
        setattr(settings, str(parameter.name), value)


def output_option(command: C) -> C:
    """Add `--output`."""
    return click.option(
        "--output",
        "form",
        type=click.Choice(OUTPUT_FORMS),
        expose_value=False,
        callback=_remember,
        help="For people (text, the default) or for programs (json: one line of JSON).",
    )(command)


def host_option(command: C) -> C:
    """Add `--host`."""
    return click.option(
        "--host",
        metavar="URL",
        expose_value=False,
        callback=_remember,
        help="Scheme and authority of the API; else ANYSCALE_HOST, else https://api.anyscale.com.",
    )(command)


def _finite(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    # Looked at before anything is sent: the client would notice only when it begins to wait.
    if not 0 < value < math.inf:
        raise click.BadParameter("it must be a finite number of seconds above 0.")
    return value


def timeout_option(command: C) -> C:
    """Add `--timeout`."""
    return click.option(
        "--timeout",
        type=float,
        callback=_finite,
        default=WAIT_TIMEOUT_S,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait at most.",
    )(command)


def show_token_option(command: C) -> C:
    """Add `--show-token`."""
    return click.option("--show-token", is_flag=True, help="Show the session's user service token, which is a secret.")(
        command
    )
