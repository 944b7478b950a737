"""The commands that run a sandbox (extra `sandbox`)."""

from __future__ import annotations

import logging
import math
import os
import signal
import time
import webbrowser
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Any

import attrs
import click

from anyscale_sessions.client import SessionsClient

from .command import examples, plain_command
from .demo import Demo, Step
from .errors import CommandError
from .extras import SANDBOX, find_missing
from .options import output_options, show_token_option
from .sandbox_controls import COMMANDS
from .settings import Settings

if TYPE_CHECKING:
    from anyscale_sessions_sandbox import Sandbox

HIGHEST_PORT = 65535
TOKEN_VARIABLE = "ANYSCALE_SESSIONS_SANDBOX_TOKEN"  # noqa: S105 - the name of a variable
MAX_TOKEN_FILE_BYTES = 4096
RUNTIMES = ("virtual", "process", "ray")


@plain_command(examples_of=("demo",))
@click.option(
    "--runtime",
    type=click.Choice(("process", "ray")),
    default="process",
    show_default=True,
    help="What the session is: a folder with commands, or a Ray cluster on this machine.",
)
@show_token_option
def demo(settings: Settings, *, runtime: str, show_token: bool) -> None:
    """Run a session from create to terminate against a sandbox in this process, without an account."""
    output = settings.output
    began = time.monotonic()
    steps: list[Step] = []
    with _serving(runtime=runtime) as sandbox, SessionsClient(sandbox.token, host=sandbox.url) as client:
        output.step("sandbox", "a Sessions API in this process", {"url": sandbox.url})
        for step in Demo(sandbox, client, output, show_token=show_token, with_ray=runtime == "ray").steps():
            output.step(step.name, step.sentence, step.facts)
            steps.append(step)
    seconds = round(time.monotonic() - began, 3)
    facts = {"sandbox": sandbox.url, "seconds": seconds, "steps": [attrs.asdict(step) for step in steps]}
    output.conclude(f"All {len(steps)} steps succeeded in {seconds:.1f} s.", facts)


def _speed(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    if not 0 < value < math.inf:
        raise click.BadParameter("must be a finite number above 0.")
    return value


@click.group(
    invoke_without_command=True,
    epilog=examples("sandbox --port 8123", "sandbox --db sandbox.db --runtime process", "sandbox advance 121m"),
)
@click.option(
    "--port", type=click.IntRange(0, HIGHEST_PORT), default=0, show_default=True, help="The port; 0 uses a free one."
)
@click.option("--host", "address", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--allow-host",
    "allowed_hosts",
    metavar="NAME",
    multiple=True,
    help="A host name by which clients reach the sandbox, such as the name of its container. May be repeated.",
)
@click.option("--db", metavar="FILE", help="Store everything in this file instead of in memory.")
@click.option(
    "--token-file",
    metavar="FILE",
    help=f"Read the sandbox's token from this file. Default: {TOKEN_VARIABLE}, else the one in --db, else a new one.",
)
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    default="virtual",
    show_default=True,
    help="What runs a session: nothing, commands on this machine, or a Ray cluster on it. They are not isolated.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="With --runtime ray: refuse builds and compute templates that no seed defines, instead of using defaults.",
)
@click.option("--frozen", is_flag=True, help="Stop the clock, except for `anyscale-sessions sandbox advance`.")
@click.option("--speed", type=float, default=1.0, show_default=True, callback=_speed, help="How fast time passes.")
@click.option("--no-page", is_flag=True, help="Serve no live page.")
@click.option("--open", "opens_page", is_flag=True, help="Open the live page in a browser.")
@output_options
@click.pass_context
def sandbox(context: click.Context, /, **options: Any) -> None:
    """Serve a local Sessions API until Ctrl-C, and print its URL, its token and the address of its live page.

    The commands below control a running sandbox, which they find by ANYSCALE_HOST and ANYSCALE_CLI_TOKEN.
    """
    if context.invoked_subcommand is None:
        _serve(context.obj, **options)


def _serve(
    settings: Settings, *, address: str, token_file: str | None, no_page: bool, opens_page: bool, **options: Any
) -> None:
    if opens_page and no_page:
        raise click.UsageError("--open needs the page; leave out --no-page.")
    token = os.environ.get(TOKEN_VARIABLE) if token_file is None else _read_token(token_file)
    with (
        _stop_signals() as signals,
        _serving(host=address, token=token or None, page=not no_page, **options) as serving,
    ):
        for line in serving.startup_notes:
            settings.output.warn("SandboxStartup", line)
        lines = [
            f"The sandbox listens at {serving.url} until Ctrl-C. To use it:",
            f"  export ANYSCALE_HOST={serving.url}",
            f"  export ANYSCALE_CLI_TOKEN={serving.token}",
        ]
        if serving.page_url:
            lines.append(f"To watch it, open {serving.page_url}")
        facts = {"url": serving.url, "token": serving.token, "page_url": serving.page_url}
        settings.output.conclude("\n".join(lines), facts)
        if opens_page and not webbrowser.open(serving.page_url or ""):
            settings.output.warn("NoBrowser", "no browser was found; open the address above in one")
        signals.get()


for command in COMMANDS:
    sandbox.add_command(command)


def _read_token(file: str) -> str:
    """The token in a file. Raises `CommandError`."""
    try:
        with Path(file).open("rb") as content:
            token = content.read(MAX_TOKEN_FILE_BYTES).decode("ascii").strip()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        token = ""
    if not token:
        raise CommandError(f"{file} does not contain a token: it must be one line of ASCII text")
    return token


@contextmanager
def _serving(*, frozen: bool = False, speed: float = 1.0, strict: bool = False, **options: Any) -> Generator[Sandbox]:
    """Serve a sandbox. Raises `CommandError` if it cannot be served."""
    missing = find_missing(SANDBOX)
    if missing is not None:
        raise CommandError(f"a sandbox needs {missing}: pip install 'anyscale-sessions[sandbox]'")
    # The commands themselves report everything about the sandbox.
    logging.getLogger("anyscale_sessions_sandbox").addHandler(logging.NullHandler())
    from anyscale_sessions_sandbox import ManualClock, SandboxError, SystemClock, serve
    from anyscale_sessions_sandbox.runtimes import runtime_by_name

    with ExitStack() as stack:
        try:
            clock = ManualClock() if frozen else SystemClock(speed=speed)
            if strict:
                options["runtime"] = runtime_by_name(options["runtime"], strict=True)
            sandbox = stack.enter_context(serve(clock=clock, **options))
        except (SandboxError, ValueError) as error:
            raise CommandError(str(error)) from None
        yield sandbox


@contextmanager
def _stop_signals() -> Generator[SimpleQueue[int]]:
    """The signals that ask this process to stop. A handler may call `put` while `get` is running."""
    arrived: SimpleQueue[int] = SimpleQueue()

    def handle(number: int, _frame: FrameType | None) -> None:
        arrived.put(number)

    previous = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield arrived
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
