"""The ways that sessions go when they are started or terminated, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Step(NamedTuple):
    """A stop on the way: when it is reached, as a share of the whole time, and how the session looks there."""

    at: float
    state: str
    status: str
    status_details: str | None = None
    progress: str | None = None
    # The event written on arrival, and what it says.
    event: tuple[str, str] | None = None


class Flow(NamedTuple):
    """A way from where a session is to where it was asked to be.

    Between any two steps lies a move of `anyscale_sessions.states.MOVES`, or no move at all.
    """

    operation_type: str
    steps: tuple[Step, ...]

    @property
    def wanted_state(self) -> str:
        """Where the way ends."""
        return self.steps[-1].state


LAUNCHING = Step(
    0.0,
    "StartingUp",
    "STARTING",
    status_details="LAUNCHING_NODES",
    progress="Launching nodes.",
    event=("starting", "The session is starting up."),
)
CONFIGURING = Step(
    0.5, "StartingUp", "STARTING", status_details="CONFIGURING_HEAD_NODE", progress="Configuring the head node."
)
MOUNTING = Step(
    0.75,
    "AwaitingFileMounts",
    "STARTING",
    status_details="CONFIGURING_HEAD_NODE",
    progress="Waiting for file mounts.",
    event=("awaiting_file_mounts", "The session is waiting for its file mounts."),
)
RUNNING = Step(1.0, "Running", "RUNNING", event=("running", "The session is running."))
TERMINATING = Step(
    0.0,
    "Terminating",
    "TERMINATING",
    progress="Taking down the session's machines.",
    event=("terminating", "The session is terminating."),
)
TERMINATED = Step(1.0, "Terminated", "TERMINATED", event=("terminated", "The session is terminated."))

START = "start"
START_FROM_CLUSTER_CONFIG = "start_from_cluster_config"
TERMINATE = "terminate"
TERMINATE_WORKERS = "terminate_workers"

FLOWS: Mapping[str, Flow] = {
    START: Flow("start", (LAUNCHING, CONFIGURING, RUNNING)),
    # Only a session made from cluster YAML has file mounts.
    START_FROM_CLUSTER_CONFIG: Flow("start", (LAUNCHING, CONFIGURING, MOUNTING, RUNNING)),
    TERMINATE: Flow("terminate", (TERMINATING, TERMINATED)),
    # The head node stays, and the session runs on.
    TERMINATE_WORKERS: Flow(
        "terminate",
        (Step(0.0, "Running", "RUNNING", progress="Taking down worker nodes."), Step(1.0, "Running", "RUNNING")),
    ),
}
