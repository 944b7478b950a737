"""The command that calls any operation of the API. The operations come from the spec."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import click
from click.exceptions import NoSuchCommand
from click.shell_completion import CompletionItem

from anyscale_sessions_api import api
from anyscale_sessions_api.client import SyncApi
from anyscale_sessions_api.pages import Page
from anyscale_sessions_api.types import Model, Operation

from .body_files import read_body
from .command import api_command, examples
from .fields import Fields, visible_fields, visible_value
from .operation_arguments import OperationArguments
from .options import show_token_option
from .settings import Settings

MAX_COLUMNS = 5


class Operations(click.Group):
    """The operations of the spec as commands. Each is made when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the operations."""
        return sorted(_functions())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command that calls an operation."""
        function = _functions().get(cmd_name)
        return None if function is None else _command_for(cmd_name, getattr(api, function))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command for the first argument, and the other arguments."""
        if args[0] not in _functions() and not args[0].startswith("-"):
            message = f"No such operation {args[0]!r}."
            raise NoSuchCommand(args[0], message, possibilities=_functions(), ctx=ctx)
        return super().resolve_command(ctx, args)


@click.group(
    "api",
    cls=Operations,
    no_args_is_help=False,
    subcommand_metavar="OPERATION [NAME=VALUE]...",
    epilog=examples(
        "api get_session session_id=ses_1",
        "api search_sessions project_id=prj_1 state_filter=Running name.contains=nightly",
        "api create_session --body session.yaml",
    ),
)
def call_operation() -> None:
    """Call an operation of the API by its name in the spec.

    Path parameters, query parameters and the fields of the body are NAME=VALUE. A list is written as one NAME=VALUE for
    each of its items, and a field of an object as NAME.FIELD=VALUE. Other values are written as in JSON.
    """


def _functions() -> dict[str, str]:
    """Return the name of each operation's function in `api`, by the name of the client's method."""
    # The function of an operation with the name of a tag has an underscore at the end of its name.
    return {name if hasattr(SyncApi, name) else name.removesuffix("_"): name for name in dir(api)}


def _command_for(name: str, function: Callable[..., Operation[Any]]) -> click.Command:
    """Return the command that calls one operation. Its help is what the spec says."""
    arguments = OperationArguments(function)
    description = inspect.getdoc(function) or name

    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        field, equals, start = incomplete.partition("=")
        if not equals:
            return [CompletionItem(f"{each}=") for each in arguments.names() if each.startswith(incomplete)]
        return [CompletionItem(f"{field}={value}") for value in arguments.choices(field) if value.startswith(start)]

    @click.argument("texts", metavar="[NAME=VALUE]...", nargs=-1, shell_complete=complete)
    @show_token_option
    def call(
        settings: Settings,
        *,
        texts: tuple[str, ...],
        show_token: bool,
        all_pages: bool = False,
        file: str | None = None,
    ) -> None:
        values = arguments.values(texts, None if file is None else read_body(file, arguments.body))
        with settings.client() as client:
            result: object = getattr(client, name)(**values)
            if isinstance(result, Page):
                page: Page[Any] = result  # pyright: ignore[reportUnknownVariableType]
                _show_page(settings, page, all_pages=all_pages, show_token=show_token)
            else:
                _show(settings, name, result, show_token=show_token)

    if arguments.is_list:
        call = click.option("--all-pages", is_flag=True, help="Read all pages, and not only one.")(call)
    if arguments.body is not None:
        call = click.option("--body", "file", metavar="FILE", help="The body as a file, or - for standard input.")(call)
    example = " ".join(["api", name, *(f"{each}=..." for each in arguments.required_names())])
    summary = description.partition("\n")[0]
    help_text = description.replace("\n\nArgs:", "\n\n\b\nArgs:") + _fields_help(arguments)
    return api_command(name, examples_of=(example,), help=help_text, short_help=summary)(call)


def _fields_help(arguments: OperationArguments) -> str:
    """Return the lines about the fields of the body."""
    if not arguments.fields:
        return ""
    marks = {True: " (required)", False: ""}
    lines = (f"    {name}{marks[each.is_required]}" for name, each in arguments.fields.items())
    return "\n".join(["\n", "\b", "Fields of the body:", *lines])


def _show(settings: Settings, name: str, result: object, *, show_token: bool) -> None:
    if result is None:
        settings.output.conclude(f"{name}: done", {"operation": name, "done": True})
    elif isinstance(result, Model):
        settings.output.show(visible_fields(result, show_token=show_token))
    else:
        settings.output.show_value(visible_value(result))


def _show_page(settings: Settings, page: Page[Any], *, all_pages: bool, show_token: bool) -> None:
    rows: list[Fields] = [visible_fields(item, show_token=show_token) for item in (page if all_pages else page.results)]
    scalars = (name for row in rows for name, value in row.items() if not isinstance(value, dict | list))
    columns = sorted(dict.fromkeys(scalars), key=lambda name: name != "id")[:MAX_COLUMNS]
    settings.output.show_all(rows, columns)
    token = None if page.metadata is None or all_pages else page.metadata.next_paging_token
    if token:
        settings.output.note("more results follow; to read them too, pass --all-pages", {"next_paging_token": token})
