"""The commands that control a sandbox in another process: `anyscale-sessions sandbox advance`, and so on."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anyscale_sessions._config.credentials import find_base_url, find_token, host_of
from anyscale_sessions_api.types import Secret

from .errors import CommandError, SandboxRefusedError, SandboxUnreachableError
from .settings import Settings, host_option, output_option

if TYPE_CHECKING:
    from anyscale_sessions_sandbox.remote import RemoteSandbox

NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
DURATION = re.compile(rf"(?:(?P<hours>{NUMBER})h)?(?:(?P<minutes>{NUMBER})m)?(?:(?P<seconds>{NUMBER})s?)?")
FAULT_COLUMNS = ("id", "kind", "phase", "operation", "seen", "used")
JOURNAL_COLUMNS = ("number", "time", "operation", "method", "target", "status", "fault")


@contextmanager
def _remote(settings: Settings) -> Generator[RemoteSandbox]:
    """The sandbox at the configured host. Raises `SandboxUnreachableError` if there is no response.

    Raises `SandboxRefusedError` for an error response, and `CommandError` for an invalid host or token.
    """
    from anyscale_sessions_sandbox.errors import SandboxError
    from anyscale_sessions_sandbox.remote import RemoteSandbox, SandboxConnectionError, SandboxResponseError

    url = host_of(find_base_url(Secret(settings.host), allow_http=settings.is_http_allowed))
    try:
        yield RemoteSandbox(url, find_token(Secret(None)).value)
    except SandboxResponseError as refusal:
        raise SandboxRefusedError(refusal.detail, refusal.status) from None
    except SandboxConnectionError as error:
        raise SandboxUnreachableError(str(error)) from None
    except SandboxError as error:
        raise CommandError(str(error)) from None


def _duration(_context: click.Context, _parameter: click.Parameter, text: str) -> dict[str, float]:
    """Parse a duration: 90s, 121m, 1h30m."""
    found = DURATION.fullmatch(text)
    if not (found and text):
        raise click.BadParameter("must be a duration, such as 90s, 121m or 1h30m.")
    return {unit: float(value) for unit, value in found.groupdict("0").items()}


@click.command()
@click.argument("duration", metavar="DURATION", callback=_duration)
@host_option
@output_option
@click.pass_obj
def advance(settings: Settings, *, duration: dict[str, float]) -> None:
    """Advance the clock of a sandbox by a duration, such as 121m."""
    with _remote(settings) as remote:
        now = remote.advance(**duration)
    settings.output.conclude(f"The time is now {now.isoformat()}.", {"now": now.isoformat()})


@click.command()
@host_option
@output_option
@click.pass_obj
def reset(settings: Settings) -> None:
    """Reset everything in a sandbox except its time."""
    with _remote(settings) as remote:
        remote.reset()
    settings.output.conclude("The sandbox was reset.", {"reset": True})


@click.command()
@click.argument("file", metavar="FILE")
@host_option
@output_option
@click.pass_obj
def seed(settings: Settings, *, file: str) -> None:
    """Add the sessions, faults and transition rules of a YAML or JSON file to a sandbox, or none of them."""
    from anyscale_sessions_sandbox.control.seed_file import read_seed

    with _remote(settings) as remote:
        content = read_seed(Path(file))
        remote.seed(content)
    counts = {name: len(items) for name, items in content.items()}
    settings.output.conclude("The seed was applied.", {"seeded": counts})


@click.command()
@click.argument("file", metavar="FILE")
@host_option
@output_option
@click.pass_obj
def snapshot(settings: Settings, *, file: str) -> None:
    """Write all data of a sandbox, including secrets, to a file."""
    with _remote(settings) as remote:
        content = json.dumps(remote.snapshot())
    path = Path(file)
    try:
        path.touch(mode=0o600)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None
    settings.output.conclude(f"Wrote {file}.", {"file": file, "bytes": len(content)})


@click.command()
@click.argument("file", metavar="FILE")
@host_option
@output_option
@click.pass_obj
def restore(settings: Settings, *, file: str) -> None:
    """Restore a snapshot of a sandbox, with its time."""
    try:
        content: Any = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise CommandError(f"{file} is not a snapshot: it is not JSON") from None
    with _remote(settings) as remote:
        remote.restore(content)
    settings.output.conclude("The snapshot was restored.", {"restored": True})


@click.command()
@click.option("--operation", metavar="NAME", help="Only the requests of this operation, such as create_session.")
@click.option("--last", type=click.IntRange(1), metavar="COUNT", help="Only the last COUNT requests.")
@click.option("--har", metavar="FILE", help="Write all requests to a file as HAR, which browsers can read.")
@host_option
@output_option
@click.pass_obj
def journal(settings: Settings, *, operation: str | None, last: int | None, har: str | None) -> None:
    """Show the requests to a sandbox and its responses."""
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
    settings.output.conclude(f"Wrote {count} requests to {har}.", {"file": har, "requests": count})


@click.group(invoke_without_command=True)
@host_option
@output_option
@click.pass_context
def fault(context: click.Context) -> None:
    """Show the injected faults of a sandbox. `add` adds one, `clear` removes all."""
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
    """Inject a fault: `add status status=503 operation=get_session times=2`."""
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
    """Remove all faults."""
    with _remote(settings) as remote:
        remote.clear_faults()
    settings.output.conclude("All faults were removed.", {"cleared": True})


@click.command()
@click.argument("session_id", metavar="ID")
@click.argument("state", metavar="STATE")
@click.option("--message", metavar="TEXT", help="The error message, for a state that ends in Errored.")
@host_option
@output_option
@click.pass_obj
def transition(settings: Settings, *, session_id: str, state: str, message: str | None) -> None:
    """Change the state of a session in a sandbox to one that can follow its current state."""
    with _remote(settings) as remote:
        remote.transition(session_id, state, message)
    settings.output.conclude(f"{session_id} is now {state}.", {"id": session_id, "state": state})


for command in (add, clear):
    fault.add_command(command)
COMMANDS = (advance, fault, journal, reset, restore, seed, snapshot, transition)
