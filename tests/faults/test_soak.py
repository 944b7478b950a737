"""20,000 calls over each transport, with random interruptions, cancellations and forks: nothing is lost, or grows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CALLS = 20_000
TOGETHER = 100
WITHIN_S = 600.0
SLOWEST_S = 5.0
MOST_KEPT = 5  # connections that the threads keep at one moment and not at another
GROWTH_BYTES = 8 * 1024 * 1024
ENDS = {"ok", "interrupted", "cancelled", "fork", "stuck"}


@pytest.mark.soak
@pytest.mark.parametrize("transport", ["sync", "async", "aiohttp", "httpx", "httpx async"])
def test_soak(transport: str) -> None:
    """Calls that are ended at random leave no call stuck, no slot and no descriptor lost, and no memory taken."""
    program = [sys.executable, str(Path(__file__).with_name("soak.py")), transport, str(CALLS)]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert ended.returncode == 0, ended.stderr
    print(transport, ended.stdout)  # noqa: T201 - `pytest -rP` shows it
    figures = json.loads(ended.stdout)
    before, after, results = figures["before"], figures["after"], figures["results"]
    assert set(results) <= ENDS
    assert sum(results.values()) >= CALLS
    assert results["ok"] > CALLS / 4
    assert results["fork"] > CALLS / 1000
    assert results.get("stuck", 0) == 0
    assert results.get("interrupted", 0) + results.get("cancelled", 0) > CALLS / 100 or transport == "httpx"
    assert figures["together"] == TOGETHER
    assert figures["slowest_s"] < SLOWEST_S
    assert after["descriptors"] <= before["descriptors"] + MOST_KEPT
    assert after["resident_bytes"] - before["resident_bytes"] < GROWTH_BYTES
