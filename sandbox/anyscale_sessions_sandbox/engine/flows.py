"""The states that a start, a stop, a termination or an update goes through, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Step(NamedTuple):
    """A step of a flow: when it is reached, as a fraction of the flow's duration, and the session's fields then."""

    at: float
    state: str
    status: str | None
    status_details: str | None = None
    progress: str | None = None
    # The type and the description of the event that is logged.
    event: tuple[str, str] | None = None
    # Skipped unless there is a transition rule for its state.
    optional: bool = False

    @property
    def event_text(self) -> str:
        """The description of the event."""
        return self.event[1] if self.event else ""


class Flow(NamedTuple):
    """The steps from the current state of a session to the requested one.

    From each step to the next, the state stays the same or changes as `anyscale_sessions.states.TRANSITIONS` allows.
    """

    # None if the API has no operation for the flow.
    operation_type: str | None
    steps: tuple[Step, ...]

    @property
    def wanted_state(self) -> str:
        """The state at the end of the flow."""
        return self.steps[-1].state


# It precedes the normal duration of a start.
QUEUED = Step(-0.25, "AwaitingStartup", None, progress="Waiting for the startup to begin.", optional=True)
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
# Only a session made from cluster YAML has file mounts.
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

UPDATING = Step(
    0.0,
    "Updating",
    "RESTARTING",
    progress="Updating the session.",
    event=("updating", "The session is being updated."),
)
STOPPING = Step(
    0.0,
    "Stopping",
    "TERMINATING",
    progress="Stopping the session.",
    event=("terminating", "The session is stopping."),
)
STOPPED = Step(1.0, "Stopped", "TERMINATED", event=("terminated", "The session is stopped."))

START = "start"
START_FROM_CLUSTER_CONFIG = "start_from_cluster_config"
TERMINATE = "terminate"
TERMINATE_WORKERS = "terminate_workers"
STOP = "stop"
UPDATE = "update"

FLOWS: Mapping[str, Flow] = {
    START: Flow("start", (QUEUED, LAUNCHING, CONFIGURING, MOUNTING._replace(optional=True), RUNNING)),
    START_FROM_CLUSTER_CONFIG: Flow("start", (QUEUED, LAUNCHING, CONFIGURING, MOUNTING, RUNNING)),
    TERMINATE: Flow("terminate", (TERMINATING, TERMINATED)),
    # The head node stays, and the session keeps running.
    TERMINATE_WORKERS: Flow(
        "terminate",
        (Step(0.0, "Running", "RUNNING", progress="Taking down worker nodes."), Step(1.0, "Running", "RUNNING")),
    ),
    STOP: Flow("stop", (STOPPING, STOPPED)),
    UPDATE: Flow(None, (UPDATING, RUNNING)),
}

# The step to each error state.
ERRORED: Mapping[str, Step] = {
    "StartupErrored": Step(1.0, "StartupErrored", None, event=("startup_errored", "The session could not be started.")),
    "UpdatingErrored": Step(
        1.0, "UpdatingErrored", None, event=("updating_errored", "The session could not be updated.")
    ),
    "StoppingErrored": Step(
        1.0, "StoppingErrored", None, event=("terminating_errored", "The session could not be stopped.")
    ),
    "TerminatingErrored": Step(
        1.0, "TerminatingErrored", None, event=("terminating_errored", "The session could not be terminated.")
    ),
}
# States that a session can enter without a flow, for example when its machines are lost.
AT_REST: Mapping[str, Step] = {"Stopped": STOPPED, "Terminated": TERMINATED}
# By state: the flow that begins with it.
BEGINNINGS: Mapping[str, str] = {
    "AwaitingStartup": START,
    "StartingUp": START,
    "Updating": UPDATE,
    "Stopping": STOP,
    "Terminating": TERMINATE,
}
