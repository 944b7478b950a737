"""The scanner that a supervisor uses on each platform."""

from __future__ import annotations

import pytest

from anyscale_sessions_sandbox.runtimes.processes import GroupScanner
from anyscale_sessions_sandbox.runtimes.supervisor import PendingKill, scanner_for


@pytest.mark.parametrize("platform", ["darwin", "freebsd14"])
def test_other_systems_than_linux_are_scanned_by_process_group(platform: str) -> None:
    """A system without procfs gets the scanner of process groups."""
    assert isinstance(scanner_for(platform), GroupScanner)


def test_a_pending_kill_knows_no_process_at_first() -> None:
    """A pending kill begins without known processes, which its scans add."""
    pending = PendingKill(5, 1.0)
    assert (pending.process_id, pending.until_s, pending.known) == (5, 1.0, set())
