"""The class `Fleet`."""

from __future__ import annotations

import subprocess
import sys


def test_importing_the_package_does_not_load_fleets() -> None:
    """`import anyscale_sessions` loads no module of fleets, and importing fleets loads neither Ray nor httpx."""
    program = (
        "import sys, anyscale_sessions; assert not any('fleet' in name for name in sys.modules);"
        "import anyscale_sessions.fleet; assert not {'ray', 'httpx', 'anyio'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=300)
