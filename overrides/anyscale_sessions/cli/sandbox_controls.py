"""The commands that control a sandbox which another process serves: `anyscale-sessions sandbox advance`, and so on."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anyscale_sessions._config.credentials import API_VERSION_PATH, find_base_url, find_token

from .errors import CommandError, SandboxRefusedError, SandboxUnreachableError
from .settings import Settings, host_option, output_option

if TYPE_CHECKING:
    from anyscale_sessions_sandbox.remote import RemoteSandbox

NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
SPAN = re.compile(rf"(?:(?P<hours>{NUMBER})h)?(?:(?P<minutes>{NUMBER})m)?(?:(?P<seconds>{NUMBER})s?)?")
FAULT_COLUMNS = ("id", "kind", "phase", "operation", "seen", "used")
JOURNAL_COLUMNS = ("number", "time", "operation", "method", "target", "status", "fault")


@contextmanager
def _remote(settings: Settings) -> Generator[RemoteSandbox]:
    """The sandbox that the host and the token lead to. Raises `SandboxUnreachableError` where there is none.

    Raises `SandboxRefusedError` where it refuses, and `CommandError` for what cannot be used.
    """
    from anyscale_sessions_sandbox.errors import SandboxError
    from anyscale_sessions_sandbox.remote import RemoteSandbox, SandboxRefusal, SandboxUnreachable

    url = find_base_url(settings.host).removesuffix(API_VERSION_PATH)
    try:
        yield RemoteSandbox(url, find_token(None))
    except SandboxRefusal as refusal:
        raise SandboxRefusedError(refusal.detail, refusal.status) from None
    except SandboxUnreachable as error:
        raise SandboxUnreachableError(str(error)) from None
    except SandboxError as error:
        raise CommandError(str(error)) from None


def _span(_context: click.Context, _parameter: click.Parameter, text: str) -> dict[str, float]:
    """A span of time as it is written: 90s, 121m, 1h30m."""
    found = SPAN.fullmatch(text)
    if not (found and text):
        raise click.BadParameter("it is a span of time, such as 90s, 121m or 1h30m.")
    return {unit: float(value) for unit, value in found.groupdict("0").items()}


@click.command()
@click.argument("span", metavar="SPAN", callback=_span)
@host_option
@output_option
@click.pass_obj
def advance(settings: Settings, *, span: dict[str, float]) -> None:
    """Push the clock of a sandbox ahead by a span of time, such as 121m."""
    with _remote(settings) as remote:
        now = remote.advance(**span)
    settings.output.conclude(f"It is {now.isoformat()} now.", {"now": now.isoformat()})


@click.command()
@host_option
@output_option
@click.pass_obj
def reset(settings: Settings) -> None:
    """Make a sandbox as new, but for its time."""
    with _remote(settings) as remote:
        remote.reset()
    settings.output.conclude("The sandbox is as new.", {"reset": True})


@click.command()
@click.argument("file", metavar="FILE")
@host_option
@output_option
@click.pass_obj
def seed(settings: Settings, *, file: str) -> None:
    """Add the sessions, faults and moves of a YAML or JSON file to a sandbox, or none of them."""
    from anyscale_sessions_sandbox.control.controls import read_seed

    with _remote(settings) as remote:
        content = read_seed(Path(file))
        remote.seed(content)
    counts = {name: len(items) for name, items in content.items()}
    settings.output.conclude("The seed is planted.", {"seeded": counts})


@click.command()
@click.argument("file", metavar="FILE")
@host_option
@output_option
@click.pass_obj
def snapshot(settings: Settings, *, file: str) -> None:
    """Write everything that a sandbox holds, secrets as well, to a file."""
    with _remote(settings) as remote:
        content = json.dumps(remote.snapshot())
    path = Path(file)
    try:
        path.touch(mode=0o600)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None
    settings.output.conclude(f"{file} has it all.", {"file": file, "bytes": len(content)})


@click.command()
@click.argument("file", metavar="FILE")
@host_option
@output_option
@click.pass_obj
def restore(settings: Settings, *, file: str) -> None:
    """Make a sandbox what it was when a snapshot was made, with the time it was then."""
    try:
        content: Any = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise CommandError(f"{file} is no snapshot: it is not JSON") from None
    with _remote(settings) as remote:
        remote.restore(content)
    settings.output.conclude("The sandbox is as it was then.", {"restored": True})


@click.command()
@click.option("--operation", metavar="NAME", help="Only the requests of this operation, such as create_session.")
@click.option("--last", type=click.IntRange(1), metavar="COUNT", help="Only so many, the last.")
@click.option("--har", metavar="FILE", help="Write all of it to a file instead, as HAR, which browsers read.")
@host_option
@output_option
@click.pass_obj
def journal(settings: Settings, *, operation: str | None, last: int | None, har: str | None) -> None:
    """Show what a sandbox was asked, and answered."""
    with _remote(settings) as remote:
        if har is None:
            settings.output.show_all(remote.journal(operation=operation, last=last), JOURNAL_COLUMNS)
            return
        archive = remote.archive()
    try:
        Path(har).write_text(json.dumps(archive), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{har} cannot be written: {error.strerror}") from None
    count = len(archive["log"]["entries"])
    settings.output.conclude(f"{har} has {count} requests.", {"file": har, "requests": count})


@click.group(invoke_without_command=True)
@host_option
@output_option
@click.pass_context
def fault(context: click.Context) -> None:
    """Show what goes wrong in a sandbox, or add to it with `add`, or take it all back with `clear`."""
    if context.invoked_subcommand is None:
        with _remote(context.obj) as remote:
            context.obj.output.show_all(remote.faults(), FAULT_COLUMNS)


@click.command()
@click.argument("kind", metavar="KIND")
@click.argument("fields", metavar="[NAME=VALUE]...", nargs=-1)
@host_option
@output_option
@click.pass_obj
def add(settings: Settings, *, kind: str, fields: tuple[str, ...]) -> None:
    """Let calls go wrong: `add status status=503 operation=get_session times=2`."""
    from anyscale_sessions_sandbox.faults.fault import Fault

    try:
        values = Fault.from_header("; ".join((kind, *fields))).to_dict()
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    with _remote(settings) as remote:
        added = remote.add_fault(values)
    settings.output.show(added)


@click.command()
@host_option
@output_option
@click.pass_obj
def clear(settings: Settings) -> None:
    """Take all faults back."""
    with _remote(settings) as remote:
        remote.clear_faults()
    settings.output.conclude("Nothing goes wrong any more.", {"cleared": True})


@click.command()
@click.argument("session_id", metavar="ID")
@click.argument("state", metavar="STATE")
@click.option("--message", metavar="TEXT", help="What went wrong, for a state that ends in Errored.")
@host_option
@output_option
@click.pass_obj
def move(settings: Settings, *, session_id: str, state: str, message: str | None) -> None:
    """Move a session of a sandbox to a state that can follow its own."""
    with _remote(settings) as remote:
        remote.move(session_id, state, message)
    settings.output.conclude(f"{session_id} is {state} now.", {"id": session_id, "state": state})


for command in (add, clear):
    fault.add_command(command)
COMMANDS = (advance, fault, journal, move, reset, restore, seed, snapshot)
