"""The commands that run a sandbox (extra `sandbox`)."""

from __future__ import annotations

import logging
import math
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Any

import attrs
import click

from anyscale_sessions.client import SessionsClient

from .demo import Demo, Step
from .errors import CommandError
from .extras import SANDBOX, find_missing
from .sandbox_controls import COMMANDS
from .settings import Settings, output_option, show_token_option

if TYPE_CHECKING:
    from anyscale_sessions_sandbox import Sandbox

HIGHEST_PORT = 65535
RUNTIMES = ("virtual", "process")


@click.command()
@show_token_option
@output_option
@click.pass_obj
def demo(settings: Settings, *, show_token: bool) -> None:
    """Lead a session through its life, against a sandbox in this process: no account is needed."""
    output = settings.output
    began = time.monotonic()
    steps: list[Step] = []
    with _serving(runtime="process") as sandbox, SessionsClient(sandbox.token, host=sandbox.url) as client:
        output.step("sandbox", "a Sessions API in this process", {"url": sandbox.url})
        for step in Demo(sandbox, client, output, show_token=show_token).steps():
            output.step(step.name, step.sentence, step.facts)
            steps.append(step)
    seconds = round(time.monotonic() - began, 3)
    facts = {"sandbox": sandbox.url, "seconds": seconds, "steps": [attrs.asdict(step) for step in steps]}
    output.conclude(f"All {len(steps)} steps went as they should, in {seconds:.1f} s.", facts)


def _speed(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    if not 0 < value < math.inf:
        raise click.BadParameter("it must be a finite number above 0.")
    return value


@click.group(invoke_without_command=True)
@click.option(
    "--port", type=click.IntRange(0, HIGHEST_PORT), default=0, show_default=True, help="The port; 0 takes a free one."
)
@click.option("--host", "address", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--db", metavar="FILE", help="Keep everything in this file; without it, in memory.")
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    default="virtual",
    show_default=True,
    help="What sessions are: nothing but their state, or directories and commands that really run, unconfined.",
)
@click.option("--frozen", is_flag=True, help="Let time stand still, but for `anyscale-sessions sandbox advance`.")
@click.option(
    "--speed", type=float, default=1.0, show_default=True, callback=_speed, help="How many times as fast time passes."
)
@output_option
@click.pass_context
def sandbox(context: click.Context, /, **options: Any) -> None:
    """Serve a Sessions API of your own until Ctrl-C, and say where it is and which token opens it.

    The commands below control one that is being served, found by ANYSCALE_HOST and ANYSCALE_CLI_TOKEN.
    """
    if context.invoked_subcommand is None:
        _serve(context.obj, **options)


def _serve(
    settings: Settings, *, port: int, address: str, db: str | None, runtime: str, frozen: bool, speed: float
) -> None:
    with (
        _stop_signals() as signals,
        _serving(frozen=frozen, speed=speed, host=address, port=port, db=db, runtime=runtime) as serving,
    ):
        for line in serving.found:
            settings.output.warn("SandboxFound", line)
        lines = (
            f"A sandbox listens at {serving.url} until Ctrl-C. To use it:",
            f"  export ANYSCALE_HOST={serving.url}",
            f"  export ANYSCALE_CLI_TOKEN={serving.token}",
        )
        settings.output.conclude("\n".join(lines), {"url": serving.url, "token": serving.token})
        signals.get()


for command in COMMANDS:
    sandbox.add_command(command)


@contextmanager
def _serving(*, frozen: bool = False, speed: float = 1.0, **options: Any) -> Generator[Sandbox]:
    """A sandbox. Raises `CommandError` where there can be none."""
    missing = find_missing(SANDBOX)
    if missing is not None:
        raise CommandError(f"a sandbox needs {missing}: pip install 'anyscale-sessions[sandbox]'")
    # What there is to tell of a sandbox, the commands tell.
    logging.getLogger("anyscale_sessions_sandbox").addHandler(logging.NullHandler())
    from anyscale_sessions_sandbox import ManualClock, SandboxError, SystemClock, serve

    try:
        with serve(clock=ManualClock() if frozen else SystemClock(speed=speed), **options) as sandbox:
            yield sandbox
    except SandboxError as error:
        raise CommandError(str(error)) from None


@contextmanager
def _stop_signals() -> Generator[SimpleQueue[int]]:
    """Where the signals arrive that ask this process to stop; its `put` may be called in the midst of its `get`."""
    arrived: SimpleQueue[int] = SimpleQueue()

    def arrive(number: int, _frame: FrameType | None) -> None:
        arrived.put(number)

    former = {number: signal.signal(number, arrive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield arrived
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
