"""The commands that control a sandbox in another process: `anyscale-sessions sandbox advance`, and so on."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import click

from .command import examples, host_command
from .durations import Duration
from .errors import CommandError
from .options import host_options, output_options
from .remote_sandboxes import remote_sandbox
from .settings import Settings

FAULT_COLUMNS = ("id", "kind", "phase", "operation", "seen", "used")
JOURNAL_COLUMNS = ("number", "time", "operation", "method", "target", "status", "fault")


@host_command(examples_of=("sandbox advance 121m", "sandbox advance 1h30m"))
@click.argument("duration", metavar="DURATION", type=Duration(max_s=math.inf))
def advance(settings: Settings, *, duration: float) -> None:
    """Advance the clock of a sandbox by a duration, such as 121m."""
    with remote_sandbox(settings) as remote:
        now = remote.advance(seconds=duration)
    settings.output.conclude(f"The time is now {now.isoformat()}.", {"now": now.isoformat()})


@host_command(examples_of=("sandbox reset",))
def reset(settings: Settings) -> None:
    """Reset everything in a sandbox except its time."""
    with remote_sandbox(settings) as remote:
        remote.reset()
    settings.output.conclude("The sandbox was reset.", {"reset": True})


@host_command(examples_of=("sandbox seed sessions.yaml",))
@click.argument("file", metavar="FILE")
def seed(settings: Settings, *, file: str) -> None:
    """Add everything in a seed, a YAML or JSON file, to a sandbox, or nothing."""
    from anyscale_sessions_sandbox.control.seed_file import read_seed

    with remote_sandbox(settings) as remote:
        content = read_seed(Path(file))
        remote.seed(content)
    counts = {name: len(items) for name, items in content.items()}
    settings.output.conclude("The seed was applied.", {"seeded": counts})


@host_command(examples_of=("sandbox snapshot sandbox.json",))
@click.argument("file", metavar="FILE")
def snapshot(settings: Settings, *, file: str) -> None:
    """Write all data of a sandbox, including secrets, to a file."""
    with remote_sandbox(settings) as remote:
        content = json.dumps(remote.snapshot())
    path = Path(file)
    try:
        path.touch(mode=0o600)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None
    settings.output.conclude(f"Wrote {file}.", {"file": file, "bytes": len(content)})


@host_command(examples_of=("sandbox restore sandbox.json",))
@click.argument("file", metavar="FILE")
def restore(settings: Settings, *, file: str) -> None:
    """Restore a snapshot of a sandbox, with its time."""
    try:
        content: Any = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise CommandError(f"{file} is not a snapshot: it is not JSON") from None
    with remote_sandbox(settings) as remote:
        remote.restore(content)
    settings.output.conclude("The snapshot was restored.", {"restored": True})


@host_command(examples_of=("sandbox journal --operation create_session --last 5", "sandbox journal --har requests.har"))
@click.option("--operation", metavar="NAME", help="Only the requests of this operation, such as create_session.")
@click.option("--last", type=click.IntRange(1), metavar="COUNT", help="Only the last COUNT requests.")
@click.option("--har", metavar="FILE", help="Write all requests to a file as HAR, which browsers can read.")
def journal(settings: Settings, *, operation: str | None, last: int | None, har: str | None) -> None:
    """Show the requests to a sandbox and its responses."""
    with remote_sandbox(settings) as remote:
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


@click.group(invoke_without_command=True, epilog=examples("sandbox fault", "sandbox fault clear"))
@host_options
@output_options
@click.pass_context
def fault(context: click.Context) -> None:
    """Show the injected faults of a sandbox. `add` adds one, `clear` removes all."""
    if context.invoked_subcommand is None:
        with remote_sandbox(context.obj) as remote:
            context.obj.output.show_all(remote.faults(), FAULT_COLUMNS)


@host_command(examples_of=("sandbox fault add status status=503 operation=get_session times=2",))
@click.argument("kind", metavar="KIND")
@click.argument("fields", metavar="[NAME=VALUE]...", nargs=-1)
def add(settings: Settings, *, kind: str, fields: tuple[str, ...]) -> None:
    """Inject a fault: `add status status=503 operation=get_session times=2`."""
    from anyscale_sessions_sandbox.faults.fault import Fault

    try:
        values = Fault.from_header("; ".join((kind, *fields))).to_dict()
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    with remote_sandbox(settings) as remote:
        added = remote.add_fault(values)
    settings.output.show(added)


@host_command(examples_of=("sandbox fault clear",))
def clear(settings: Settings) -> None:
    """Remove all faults."""
    with remote_sandbox(settings) as remote:
        remote.clear_faults()
    settings.output.conclude("All faults were removed.", {"cleared": True})


@host_command(
    examples_of=(
        "sandbox transition ses_1 Terminated",
        "sandbox transition ses_1 StartupErrored --message 'no machines'",
    )
)
@click.argument("session_id", metavar="ID")
@click.argument("state", metavar="STATE")
@click.option("--message", metavar="TEXT", help="The error message, for a state that ends in Errored.")
def transition(settings: Settings, *, session_id: str, state: str, message: str | None) -> None:
    """Change the state of a session in a sandbox to one that can follow its current state."""
    with remote_sandbox(settings) as remote:
        remote.transition(session_id, state, message)
    settings.output.conclude(f"{session_id} is now {state}.", {"id": session_id, "state": state})


for command in (add, clear):
    fault.add_command(command)
COMMANDS = (advance, fault, journal, reset, restore, seed, snapshot, transition)
