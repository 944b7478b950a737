"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, serve

TOKEN = "A" * 43


@pytest.fixture
def api(visit: Any) -> Iterator[Any]:
    """A sandbox of the test's own."""
    with serve(clock=ManualClock()) as sandbox:
        yield visit(sandbox)
