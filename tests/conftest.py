"""How hard property tests look (`HYPOTHESIS_PROFILE`, `tox -e nightly`, `tox -e mutation`); Ctrl-C for all tests.

With `--transport fast` (`tox -e fast`) every client of the tests sends over the fast transport.
"""

from __future__ import annotations

import functools
import os
import signal
from importlib.util import find_spec
from typing import Any

import pytest

# A run in the background is started with SIGINT ignored, and so would every process of the tests be.
signal.signal(signal.SIGINT, signal.default_int_handler)

if find_spec("hypothesis"):  # not where the distributions are tested
    from hypothesis import Phase, settings

    # No deadlines: other work on the machine is no fault of a test.
    settings.register_profile("normal", deadline=None)
    settings.register_profile("nightly", deadline=None, max_examples=2000)
    # The same few examples for every mutant, and no time spent on telling of a failure well.
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
    """Take `--transport`."""
    parser.addoption("--transport", choices=("httpx", "fast"), default="httpx", help="what clients send over")


def pytest_configure(config: pytest.Config) -> None:
    """Make clients send over what was asked for."""
    if config.getoption("--transport") == "fast":
        from anyscale_sessions.client.base import ClientBase

        ClientBase.__init__ = _with_fast_transport(ClientBase.__init__)  # type: ignore[method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the default transport alone, where all clients send over another one."""
    if config.getoption("--transport") == "fast":
        left_out = [item for item in items if item.get_closest_marker("default_transport")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _with_fast_transport(make: Any) -> Any:
    @functools.wraps(make)
    def made(client: Any, *arguments: Any, **options: Any) -> None:
        if options.get("http_client") is None and options.get("transport", "httpx") == "httpx":
            options["transport"] = "fast"
        make(client, *arguments, **options)

    return made
