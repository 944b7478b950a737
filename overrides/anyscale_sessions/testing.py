"""A pytest plugin for services built on this package: a sandbox, its clock, faults and journal, and clients of it.

No test waits. When a client would sleep, for example between two polls, it advances the sandbox's clock instead, so
`sessions_client.launch_session(...)` returns at once.

pytest loads the plugin wherever the package is installed, so it imports the sandbox only when a test uses a fixture.
The fixtures need the extra `[sandbox]`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from anyscale_sessions_sandbox import Faults, Journal, ManualClock, Sandbox

    from ._sansio.messages import Clock
    from .client import AsyncSessionsClient, SessionsClient

# How many requests the report of a failed test shows.
JOURNAL_LINES = 50
MICROSECONDS = 1_000_000
PAGE_OPTION = "--sandbox-page"
OUR_PACKAGES = frozenset({"anyscale_sessions", "anyscale_sessions_api"})


@pytest.fixture
def sandbox_clock() -> ManualClock:
    """A controllable clock: it advances when its `advance` is called, and when a client of the sandbox would sleep."""
    from anyscale_sessions_sandbox import ManualClock

    return ManualClock()


@pytest.fixture
def sandbox(sandbox_clock: ManualClock) -> Iterator[Sandbox]:
    """An empty sandbox for this test, on a free port of this machine. It uses `sandbox_clock`.

    It checks its responses against the spec.
    """
    from anyscale_sessions_sandbox import serve

    with serve(clock=sandbox_clock, validate_responses=True) as running:
        yield running


@pytest.fixture
def sandbox_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """`sandbox`, for a service that makes its own client: ANYSCALE_HOST and ANYSCALE_CLI_TOKEN name it.

    Such a client waits in real time. Therefore a read of a session that starts or ends, of its operation, or of a
    running command moves `sandbox_clock` to the end of it, so that no wait takes longer than one poll.
    """
    sandbox = _checked(sandbox)
    sandbox.skip_waits()
    monkeypatch.setenv("ANYSCALE_HOST", sandbox.url)
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", sandbox.token)
    return sandbox


@pytest.fixture
def sandbox_client_factory(sandbox: Sandbox, sandbox_clock: ManualClock) -> Iterator[Callable[..., SessionsClient]]:
    """Makes clients of `sandbox` that use `sandbox_clock`, with the options of `SessionsClient`: `max_attempts=1`.

    The clients are closed after the test.
    """
    from .client import SessionsClient

    sandbox = _checked(sandbox)
    with ExitStack() as clients:

        def make(**options: Any) -> SessionsClient:
            options = {"token": sandbox.token, "host": sandbox.url} | options
            client = clients.enter_context(SessionsClient(**options))
            client.clock = client_clock(sandbox_clock)
            return client

        yield make


@pytest.fixture
def sessions_client(sandbox_client_factory: Callable[[], SessionsClient]) -> SessionsClient:
    """A client of `sandbox` that uses `sandbox_clock`."""
    return sandbox_client_factory()


@pytest.fixture
def async_sessions_client(sandbox: Sandbox, sandbox_clock: ManualClock) -> AsyncSessionsClient:
    """An asynchronous client of `sandbox` that uses `sandbox_clock`. The test closes it."""
    from .client import AsyncSessionsClient

    sandbox = _checked(sandbox)
    client = AsyncSessionsClient(sandbox.token, host=sandbox.url)
    client.clock = client_clock(sandbox_clock)
    return client


@pytest.fixture
def sandbox_faults(sandbox: Sandbox) -> Faults:
    """The faults of `sandbox`. There are none until the test adds some."""
    return _checked(sandbox).faults


@pytest.fixture
def sandbox_journal(sandbox: Sandbox) -> Journal:
    """The requests that `sandbox` received and the responses it sent, for assertions."""
    return _checked(sandbox).journal


def _checked(sandbox: object) -> Sandbox:
    """The value of the fixture `sandbox`, which a project may replace. Fails the test if it is not a sandbox."""
    from anyscale_sessions_sandbox import Sandbox

    if isinstance(sandbox, Sandbox):
        return sandbox
    pytest.fail(
        f"the fixture 'sandbox' of this project returned {type(sandbox).__name__!r}, and replaces the fixture of "
        "anyscale-sessions with the same name, which the other fixtures of anyscale-sessions need. Rename your "
        "fixture, or let it yield a sandbox: `with anyscale_sessions_sandbox.serve() as sandbox: yield sandbox`",
        pytrace=False,
    )


def client_clock(clock: ManualClock) -> Clock:
    """A clock for a client: it shows the time of `clock`, and advances it instead of sleeping."""
    from ._sansio.messages import Clock

    def sleep(seconds: float) -> None:
        # The clock counts in whole microseconds. A sleep of less than one would not end a wait.
        clock.advance(ceil(seconds * MICROSECONDS) / MICROSECONDS)

    async def sleep_async(seconds: float) -> None:
        from anyio.lowlevel import checkpoint

        sleep(seconds)
        await checkpoint()  # let other tasks run, as a real sleep does, under asyncio and trio

    return Clock(
        monotonic=lambda: clock.now().timestamp(),
        now=clock.now,
        fraction=lambda: 0.5,
        sleep=sleep,
        sleep_async=sleep_async,
    )


@pytest.hookimpl(hookwrapper=True)  # `wrapper` needs pluggy 1.2
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Add the journals of a failed test's sandboxes to its report: one line for each request, without secrets."""
    report: pytest.TestReport = (yield).get_result()
    servers = sys.modules.get("anyscale_sessions_sandbox.server")
    # The report of the test itself has the journal already; a teardown would add it again.
    if servers and report.failed and report.when != "teardown":
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, servers.Sandbox):
                lines = value.journal.text(JOURNAL_LINES) or "no requests"
                report.sections.append((f"journal of {name}", lines))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `--sandbox-page`."""
    parser.getgroup("anyscale-sessions").addoption(
        PAGE_OPTION,
        action="store_true",
        help="when a test fails, keep its sandbox open, print the address of its live page, and wait for Enter",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse the option `--sandbox-page` where Enter cannot be pressed. Raises UsageError."""
    if not config.getoption(PAGE_OPTION):
        return
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        raise pytest.UsageError(f"{PAGE_OPTION} waits for Enter, which needs one process; leave out -n")
    with _without_capture(config):
        if not sys.stdin.isatty():
            raise pytest.UsageError(f"{PAGE_OPTION} waits for Enter, so it needs a terminal")


def pytest_exception_interact(node: Any, report: Any) -> None:
    """Wait for Enter after a failed test whose sandboxes have live pages, if that was asked for."""
    servers = sys.modules.get("anyscale_sessions_sandbox.server")
    if not (servers and node.config.getoption(PAGE_OPTION) and getattr(report, "when", None) in {"setup", "call"}):
        return
    sandboxes = [value for value in getattr(node, "funcargs", {}).values() if isinstance(value, servers.Sandbox)]
    links = [sandbox.page_url for sandbox in sandboxes if sandbox.page_url]
    if links:
        with _without_capture(node.config):
            print("", f"{node.nodeid} failed. Its sandbox is still open:", *links, sep="\n")  # noqa: T201 - for the user
            with suppress(EOFError):
                input("Press Enter to go on. ")


@contextmanager
def _without_capture(config: pytest.Config) -> Generator[None]:
    """Let the terminal be used directly."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    if capture is None:  # -p no:capture
        yield
        return
    capture.suspend_global_capture(in_=True)
    try:
        yield
    finally:
        capture.resume_global_capture()


@pytest.hookimpl(tryfirst=True)
def pytest_assertrepr_compare(op: str, left: Any, right: Any) -> list[str] | None:
    """Explain how two of our objects differ, without the secrets that pytest's own explanation would print."""
    kind: Any = left.__class__
    fields = _fields_of(kind) if kind.__module__.partition(".")[0] in OUR_PACKAGES else {}
    if op != "==" or right.__class__ is not kind or not fields:
        return None
    lines = [f"two instances of {kind.__name__} differ"]
    for name, is_shown in fields.items():
        values = getattr(left, name), getattr(right, name)
        if values[0] != values[1]:
            lines.append(f"{name}: {values[0]!r} != {values[1]!r}" if is_shown else f"{name}: differs (a secret)")
    return lines


def _fields_of(kind: Any) -> dict[str, bool]:
    """The fields of a model or a record by name, and whether each may be shown. Other classes have none here."""
    if hasattr(kind, "__attrs_attrs__"):
        return {field.name: bool(field.repr) for field in kind.__attrs_attrs__}
    hidden = getattr(kind, "_hidden", ())
    return {name: name not in hidden for name in getattr(kind, "__struct_fields__", ())}
