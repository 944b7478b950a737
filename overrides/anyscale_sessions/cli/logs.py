"""The command that shows the output of a command in a sandbox."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

import click

from anyscale_sessions.client import SessionsClient

from .command import NAME, api_command
from .errors import CommandError
from .options import interval_option, interval_s_of
from .polling import polls
from .remote_sandboxes import remote_sandbox
from .settings import Settings
from .terminal import printable_lines, write

if TYPE_CHECKING:
    from anyscale_sessions_sandbox.remote import RemoteSandbox

NOT_IN_THE_API = (
    "The Sessions API has no operation that returns the output of a command; only a sandbox has. "
    f"Let the command write to a file or to a log service: {NAME} run ID 'python train.py > /mnt/train.log 2>&1'"
)
OVERLAP = 4096  # characters by which new output is found in output whose beginning was dropped


@api_command(examples_of=("logs scd_1", "logs scd_1 --follow"))
@click.argument("command_id", metavar="COMMAND")
@click.option("--follow", is_flag=True, help="Write the output as it comes, until the command has finished.")
@interval_option
def logs(settings: Settings, *, command_id: str, follow: bool, interval: float | None) -> None:
    """Show what a command has written to standard output and standard error, in a sandbox."""
    interval_s = interval_s_of(interval, "--follow", is_set=follow)
    if follow and (settings.output_format != "table" or settings.query is not None):
        raise click.UsageError("--follow writes text; leave out --output and --query.")
    settings.ids["command_id"] = command_id
    with settings.client() as client:
        client.get_session_command(command_id)  # reports a missing command, and a host that is not reached
        with remote_sandbox(settings) as remote:
            _require_sandbox(remote)
            if follow:
                _follow(settings, client, remote, command_id, interval_s)
            else:
                _show(settings, remote.logs(command_id))


def _require_sandbox(remote: RemoteSandbox) -> None:
    from anyscale_sessions_sandbox.errors import SandboxError

    try:
        remote.now()
    except SandboxError:
        raise CommandError(NOT_IN_THE_API) from None


def _show(settings: Settings, found: dict[str, str]) -> None:
    if settings.output_format == "table" and settings.query is None:
        for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr)):
            tail = _Tail(stream)
            tail.update(found[name])
            tail.close()
    else:
        settings.output.show(found)


def _follow(
    settings: Settings, client: SessionsClient, remote: RemoteSandbox, command_id: str, interval_s: float
) -> None:
    tails = {"stdout": _Tail(sys.stdout), "stderr": _Tail(sys.stderr)}
    commands = polls(settings, lambda: client.get_session_command(command_id), interval_s)

    def write_new_lines() -> bool:
        """Return whether the command has ended. It is read before its output, so that the last read has all of it."""
        command = next(commands)
        found = remote.logs(command_id)
        for name, tail in tails.items():
            tail.update(found[name])
        return command.finished_at is not None or command.killed_at is not None

    while not write_new_lines():
        pass
    for tail in tails.values():
        tail.close()


class _Tail:
    """Writes what is new in an output that is read as a whole again and again, in whole lines."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._seen = ""
        self._unfinished_line = ""

    def update(self, text: str) -> None:
        """Write the lines that are new. The beginning of a long output can be missing."""
        if text.startswith(self._seen):
            new = text[len(self._seen) :]
        else:
            end = self._seen[-OVERLAP:]
            new = text[text.rfind(end) + len(end) :] if end in text else text
        self._seen = text
        lines, line_break, self._unfinished_line = (self._unfinished_line + new).rpartition("\n")
        if line_break:
            self._write(lines)

    def close(self) -> None:
        """Write the last line, if it has no line break at its end."""
        if self._unfinished_line:
            self._write(self._unfinished_line)

    def _write(self, lines: str) -> None:
        is_terminal = self._stream is not None and self._stream.isatty()
        write("\n".join(printable_lines(lines.expandtabs())) if is_terminal else lines, self._stream)
