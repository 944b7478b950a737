"""What all tests share: Hypothesis profiles, Ctrl-C, certificates, a closed port, and the option `--transport`.

The profile is chosen by `HYPOTHESIS_PROFILE` (`tox -e nightly`, `tox -e mutation`). With `--transport aiohttp`
(`tox -e aiohttp`) every asynchronous client of the tests sends over aiohttp.
"""

from __future__ import annotations

import functools
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import trustme

# The runtime `process` is tested with /proc, and its proxies with ends of connections as Linux reports them. The other
# tests need forks, file modes, terminals, or a shell.
NEEDS_LINUX = [
    "sandbox/proxy",
    "sandbox/runtimes/test_process.py",
    "sandbox/runtimes/test_processes.py",
    "sandbox/runtimes/test_runtimes.py",
    "sandbox/runtimes/test_session_directory.py",
    "sandbox/runtimes/test_session_proxies.py",
    "sandbox/runtimes/test_supervisor.py",
    "sandbox/runtimes/test_supervisor_client.py",
    "sandbox/runtimes/ray/test_builds.py",
    "sandbox/runtimes/ray/test_install.py",
]
NEEDS_POSIX = [
    "faults",
    "sessions/_config/test_credentials_file.py",
    "sessions/_utils/test_locks.py",
    "sessions/_utils/test_recent_writes.py",
    "sessions/cli",
    "sessions/client/test_connections.py",
]
collect_ignore = [
    *(NEEDS_LINUX if sys.platform != "linux" else ()),
    *(NEEDS_POSIX if sys.platform == "win32" else ()),
]

# A run in the background starts with SIGINT ignored, and every process of the tests would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

if find_spec("hypothesis"):  # not where the distributions are tested
    from hypothesis import Phase, settings

    # No deadlines: a busy machine is no fault of a test.
    settings.register_profile("normal", deadline=None)
    settings.register_profile("nightly", deadline=None, max_examples=2000)
    # The same few examples for every mutant, and no time spent on reporting a failure well.
    settings.register_profile(
        "mutation",
        deadline=None,
        max_examples=20,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
    )
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "normal"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `--transport`."""
    parser.addoption("--transport", choices=("httpcore", "aiohttp"), default="httpcore", help="what clients send over")


def pytest_configure(config: pytest.Config) -> None:
    """Make asynchronous clients send over the chosen transport."""
    if config.getoption("--transport") == "aiohttp":
        from anyscale_sessions.client.base import ClientBase

        ClientBase.__init__ = _with_aiohttp(ClientBase.__init__)  # type: ignore[method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of the default transport if clients send over another one, and those that take minutes."""
    left_out = [] if "soak" in config.option.markexpr else [item for item in items if item.get_closest_marker("soak")]
    if config.getoption("--transport") == "aiohttp":
        left_out += [item for item in items if item.get_closest_marker("default_transport")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Leave what the collection made out of later garbage collections, which many tests start: they take a tenth."""
    gc.collect()
    gc.freeze()


def _with_aiohttp(make: Any) -> Any:
    @functools.wraps(make)
    def made(client: Any, *arguments: Any, **options: Any) -> None:
        is_default = options.get("http_client") is None and options.get("transport", "httpcore") == "httpcore"
        if client._is_async and is_default:
            options["transport"] = "aiohttp"
        make(client, *arguments, **options)

    return made


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The certificate authority of this test run."""
    import trustme

    return trustme.CA(organization_name="anyscale-sessions", organization_unit_name="tests")


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of the authority, as a PEM file."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nothing listens on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
