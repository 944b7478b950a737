"""The commands that show the operations of sessions: starts and terminations."""

from __future__ import annotations

import click

from .command import api_command, examples
from .fields import visible_fields
from .options import timeout_option
from .settings import Settings
from .waiters import SessionWaiter


@click.group(no_args_is_help=False, epilog=examples("operation get sop_1", "operation wait sop_1"))
def operation() -> None:
    """Show a start or a termination, or wait for it."""


@api_command("get", examples_of=("operation get sop_1",))
@click.argument("operation_id", metavar="OPERATION")
def get_operation(settings: Settings, *, operation_id: str) -> None:
    """Show a start or a termination, with its progress or its result."""
    with settings.client() as client:
        found = client.get_session_operation(operation_id)
    settings.output.show(visible_fields(found))


@api_command("wait", examples_of=("operation wait sop_1", "operation wait sop_1 --timeout 20m"))
@click.argument("operation_id", metavar="OPERATION")
@timeout_option
def wait_for_operation(settings: Settings, *, operation_id: str, timeout: float) -> None:
    """Wait until a start or a termination is completed, and show it. The exit code is 5 if it failed."""
    with settings.client() as client, settings.progress() as report:
        settings.ids["operation_id"] = operation_id
        completed = SessionWaiter(client, report, timeout).wait_for_operation(operation_id)
    settings.output.show(visible_fields(completed))


for command in (get_operation, wait_for_operation):
    operation.add_command(command)
