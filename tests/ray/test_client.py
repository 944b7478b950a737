"""The server for Ray Client that each cluster has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

# Runs the program with a server that only writes its arguments and its ports, while a head writes its files.
PROGRAM = """
import importlib, json, runpy, sys, threading, time
from pathlib import Path
from ray.util.client.server import proxier, server
directory = Path(sys.argv[1])
def start() -> None:
    time.sleep(0.2)
    (directory / "session_latest").mkdir()
    (directory / "session_latest" / "runtime_env_agent_port_abc").write_text("4321")
    (directory / "ray_current_cluster").write_text("127.0.0.1:6379")
server.main = lambda: print(
    json.dumps([sys.argv[1:], proxier.MIN_SPECIFIC_SERVER_PORT, proxier.MAX_SPECIFIC_SERVER_PORT])
)
threading.Thread(target=start).start()
name = "anyscale_sessions_sandbox.runtimes.ray.client"
importlib.import_module(name)  # does nothing
del sys.modules[name]
runpy.run_module(name, run_name="__main__")
"""


def test_the_server_has_its_own_range_of_ports(tmp_path: Path) -> None:
    """The server for Ray Client waits for the head, connects to it, and gives its clients ports of the given range."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "10001", "20000", "20099"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    arguments = [
        "--address=127.0.0.1:6379",
        "--host=127.0.0.1",
        "--port=10001",
        "--mode=proxy",
        "--runtime-env-agent-address=http://127.0.0.1:4321",
        "--node-id=abc",
    ]
    assert json.loads(done.stdout) == [arguments, 20000, 20100]
