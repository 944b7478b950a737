"""Serves Ray Client for one cluster, with its own range of ports for the servers that it starts, one per client.

    python -P -m anyscale_sessions_sandbox.runtimes.ray.client RAY_DIRECTORY PORT FIRST_PORT LAST_PORT

The server that comes with Ray takes these ports from 23000 on, in every cluster of a machine, so that clients of two
clusters cannot be connected at the same time.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

# Types are checked without Ray.
proxier: Any = import_module("ray.util.client.server.proxier")
server: Any = import_module("ray.util.client.server.server")

POLL_S = 0.05
HOST = "127.0.0.1"
RUNTIME_ENV_PORT = "runtime_env_agent_port_"


def main() -> None:
    """Serve until this process is ended."""
    directory, port, first, last = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    proxier.MIN_SPECIFIC_SERVER_PORT, proxier.MAX_SPECIFIC_SERVER_PORT = first, last + 1
    address = directory / "ray_current_cluster"
    while not (address.exists() and address.read_text(encoding="utf-8")):
        time.sleep(POLL_S)
    port_file = next((directory / "session_latest").glob(f"{RUNTIME_ENV_PORT}*"))
    sys.argv[1:] = [
        f"--address={address.read_text(encoding='utf-8').strip()}",
        f"--host={HOST}",
        f"--port={port}",
        "--mode=proxy",
        f"--runtime-env-agent-address=http://{HOST}:{port_file.read_text(encoding='utf-8').strip()}",
        f"--node-id={port_file.name.removeprefix(RUNTIME_ENV_PORT)}",
    ]
    server.main()


if __name__ == "__main__":
    main()
