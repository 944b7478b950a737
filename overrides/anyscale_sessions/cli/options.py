"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TypeVar

import click
from click.shell_completion import CompletionItem

from anyscale_sessions.client.base import WAIT_TIMEOUT_S

from .durations import Duration
from .output import OUTPUT_FORMATS
from .query import parse_query
from .settings import ALLOW_HTTP_VARIABLE, Settings

C = TypeVar("C", bound=Callable[..., object])

FOLLOW_INTERVAL_S = 2.0


class NearestChoice(click.Choice[str]):
    """A choice whose error suggests the nearest allowed value. Upper and lower case are the same."""

    def __init__(self, choices: Iterable[str]) -> None:
        super().__init__(list(choices), case_sensitive=False)

    def get_invalid_choice_message(self, value: str, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Return the message for a value that is not allowed."""
        by_lower = {choice.lower(): choice for choice in self.choices}
        near = get_close_matches(str(value).lower(), by_lower, n=1)
        hint = f"Did you mean {by_lower[near[0]]!r}?" if near else f"Use one of: {', '.join(self.choices)}."
        return f"{value!r} is not allowed. {hint}"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Return the values that begin with a text."""
        return [CompletionItem(choice) for choice in self.choices if choice.lower().startswith(incomplete.lower())]


def _set_option(context: click.Context, parameter: click.Parameter, value: str | bool | None) -> None:  # noqa: FBT001
    # The options may stand before or after the command's name. The later one counts.
    settings = context.ensure_object(Settings)
    if value is not None:
        setattr(settings, str(parameter.name), value)


def _set_query(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Settings).query = parse_query(value)


def output_options(command: C) -> C:
    """Add `--output`, `--query` and `--no-color`."""
    with_color = click.option(
        "--no-color",
        is_flag=True,
        default=None,
        expose_value=False,
        callback=_set_option,
        help="Write no colours, as NO_COLOR does.",
    )(command)
    with_query = click.option(
        "--query",
        metavar="JMESPATH",
        expose_value=False,
        callback=_set_query,
        help="Select a part of the result, such as id, or [].name of a list.",
    )(with_color)
    return click.option(
        "-o",
        "--output",
        "output_format",
        type=NearestChoice(OUTPUT_FORMATS),
        expose_value=False,
        callback=_set_option,
        help="table for people (the default); json, yaml or name (only the ids) for programs.",
    )(with_query)


def host_options(command: C) -> C:
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


def ca_file_option(command: C) -> C:
    """Add `--ca-file`."""
    return click.option(
        "--ca-file",
        metavar="FILE",
        expose_value=False,
        callback=_set_option,
        help="A PEM file of certificates to trust instead of the usual ones. Default: SSL_CERT_FILE.",
    )(command)


def session_argument(command: C) -> C:
    """Add the argument ID and `--project`. The command gets them as `session` and `project`."""
    with_project = click.option(
        "--project", metavar="PROJECT_ID", help="ID is the name of a session in this project, and not its id."
    )(command)
    return click.argument("session", metavar="ID")(with_project)


def timeout_option(command: C) -> C:
    """Add `--timeout`."""
    return click.option(
        "--timeout",
        type=Duration(),
        default=WAIT_TIMEOUT_S,
        show_default=True,
        metavar="DURATION",
        help="The longest time to wait, in seconds or such as 90s, 5m or 1h30m.",
    )(command)


def interval_option(command: C) -> C:
    """Add `--interval`. Its value is read with `interval_s_of`."""
    return click.option(
        "--interval",
        type=Duration(),
        metavar="DURATION",
        help=f"The time between two requests, in seconds or such as 5s or 2m.  [default: {FOLLOW_INTERVAL_S:g}]",
    )(command)


def interval_s_of(interval: float | None, option: str, *, is_set: bool) -> float:
    """Return the seconds between two requests. Raises `click.UsageError` if the option that needs them is not set."""
    if interval is not None and not is_set:
        raise click.UsageError(f"--interval needs {option}.")
    return FOLLOW_INTERVAL_S if interval is None else interval


def show_token_option(command: C) -> C:
    """Add `--show-token`."""
    return click.option("--show-token", is_flag=True, help="Show the session's user service token, which is a secret.")(
        command
    )


def requested_format(arguments: Sequence[str]) -> str:
    """Return the output format in arguments that click may be unable to parse."""
    found = "table"
    previous = ""
    for argument in arguments:
        if argument == "--":
            break
        value = argument if previous in {"-o", "--output"} else argument.removeprefix("--output=").removeprefix("-o")
        if value in OUTPUT_FORMATS and (previous in {"-o", "--output"} or value != argument):
            found = value
        previous = argument
    return found
