"""The programs of a Ray cluster, with the settings that separate it from other clusters and from its user's own files.

Why the settings are needed:

- RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0 keeps every listener on 127.0.0.1.
- RAY_AUTH_MODE and RAY_AUTH_TOKEN belong together, with a HOME inside the directory of the session. With the token
  alone, `ray.init()` writes a file to HOME that turns authentication on for every later run of the user.
- RAY_ADDRESS is not in the environment of the head, because the head would join that cluster. Commands get it.
- Ray chooses all ports, except those of the dashboard and of Ray Client.
- GRPC_ENABLE_FORK_SUPPORT=0: otherwise the server for Ray Client crashes at some of the first connections.
- RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S=0: otherwise a termination takes seconds longer.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping

from ..programs import Program
from ..supervisor import Task
from . import builds
from .autoscaling import Autoscaler
from .cluster import OBJECT_STORE, Cluster, NodeType
from .place import HOST, Place

PACKAGE = __name__.rpartition(".")[0]
OBJECT_STORE_BYTES = 512 * 2**20
# The resources that have an argument of their own.
BUILT_IN_RESOURCES = ("CPU", "GPU", "memory", OBJECT_STORE)
# Each cluster gets one range of ports for the servers of its Ray Client. The ranges are below the ports that the system
# assigns.
CLIENT_PORTS = 100
FIRST_CLIENT_PORT = 20000
CLIENT_RANGES = 120

ANY_PORT = (
    "--port=0",
    "--dashboard-agent-listen-port=0",
    "--dashboard-agent-grpc-port=0",
    "--runtime-env-agent-port=0",
    "--metrics-export-port=0",
    "--node-manager-port=0",
    "--object-manager-port=0",
    "--min-worker-port=0",
    "--max-worker-port=0",
)
# What `ray start --block` writes about a process that has ended.
EXIT_CODE = r"\S+ \[exit code=-?[0-9]+\]"
HEAD_SETTINGS = {
    "AUTOSCALER_METRIC_PORT": "0",
    "DASHBOARD_METRIC_PORT": "0",
    "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_START_HOOK": f"{PACKAGE}.hook.before_start",
}


def task_of(
    cluster: Cluster,
    autoscaler: Autoscaler | None,
    place: Place,
    variables: Mapping[str, str],
    *,
    token: str,
    shell: str,
) -> Task:
    """The task of a supervisor: install the build, start the cluster, and run commands, which get some variables."""
    virtual_environment = builds.environment_of(cluster.build)
    python = str(virtual_environment / "bin" / "python") if virtual_environment else sys.executable
    environment = {
        **variables,
        **builds.variables(cluster.build, virtual_environment, variables["PATH"]),
        **settings_of(token, place),
    }
    environment.pop("RAY_ADDRESS", None)
    programs = (
        *builds.installation(cluster.build, virtual_environment, environment),
        *programs_of(cluster.head, autoscaler, place, environment, python),
    )
    files = autoscaler.files if autoscaler else {}
    return Task(os.getpid(), place.path, shell, environment, programs, files, place.link)


def settings_of(token: str, place: Place) -> dict[str, str]:
    """The environment variables of everything that connects to the cluster."""
    return {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token,
        "RAY_API_SERVER_ADDRESS": f"http://{HOST}:{place.dashboard_port}",
    }


def programs_of(
    head_node: NodeType,
    autoscaler: Autoscaler | None,
    place: Place,
    environment: Mapping[str, str],
    python: str = sys.executable,
) -> list[Program]:
    """The head, the server for Ray Client, and the watcher. `environment` is the one of commands."""
    head = {**environment, **HEAD_SETTINGS}
    scaling = autoscaler.arguments if autoscaler else ()
    start = (python, "-P", "-m", "ray.scripts.scripts", "start", *_head_arguments(head_node, place), *scaling)
    first = FIRST_CLIENT_PORT + CLIENT_PORTS * secrets.randbelow(CLIENT_RANGES)
    ports = (place.client_port, first, first + CLIENT_PORTS - 1)
    serve = _module(python, "client", place.ray_directory, *ports)
    watch = _module(python, "watch", place.ray_directory, place.dashboard_port, place.client_port)
    return [
        Program("Ray head", start, {**head, **(autoscaler.variables if autoscaler else {})}, clue=EXIT_CODE),
        Program("Ray Client server", serve, {**head, "GRPC_ENABLE_FORK_SUPPORT": "0"}),
        Program("watcher", watch, environment, reports=True),
    ]


def _module(python: str, name: str, *arguments: object) -> tuple[str, ...]:
    # Without -P, a file ray.py in the current directory would be imported instead of Ray.
    return (python, "-P", "-m", f"{PACKAGE}.{name}", *map(str, arguments))


def _head_arguments(node: NodeType, place: Place) -> list[str]:
    return [
        "--head",
        "--block",
        "--disable-usage-stats",
        "--log-color=false",
        f"--node-ip-address={HOST}",
        f"--temp-dir={place.ray_directory}",
        # The start fails if the dashboard cannot be started.
        "--include-dashboard=true",
        f"--dashboard-host={HOST}",
        f"--dashboard-port={place.dashboard_port}",
        *ANY_PORT,
        *_resource_arguments(node),
    ]


def _resource_arguments(node: NodeType) -> list[str]:
    others = {name: amount for name, amount in node.resources.items() if name not in BUILT_IN_RESOURCES}
    arguments = [
        f"--num-cpus={node.resources.get('CPU', 0)}",
        f"--num-gpus={node.resources.get('GPU', 0)}",
        f"--object-store-memory={node.resources.get(OBJECT_STORE, OBJECT_STORE_BYTES)}",
    ]
    if "memory" in node.resources:
        arguments.append(f"--memory={node.resources['memory']}")
    return [*arguments, f"--resources={json.dumps(others)}"] if others else arguments
