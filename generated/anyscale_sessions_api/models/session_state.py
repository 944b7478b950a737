# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from ..types import OpenEnum


class SessionState(OpenEnum):
    """Where a session stands in its life. It rests in `Stopped`, `Running` and `Terminated`. `AwaitingStartup`,
    `AwaitingFileMounts`, `StartingUp`, `Updating`, `Stopping` and `Terminating` lead there, and the states that end
    in `Errored` tell which of these failed.
    """

    STOPPED = "Stopped"
    TERMINATED = "Terminated"
    STARTINGUP = "StartingUp"
    STARTUPERRORED = "StartupErrored"
    RUNNING = "Running"
    UPDATING = "Updating"
    UPDATINGERRORED = "UpdatingErrored"
    STOPPING = "Stopping"
    TERMINATING = "Terminating"
    AWAITINGSTARTUP = "AwaitingStartup"
    AWAITINGFILEMOUNTS = "AwaitingFileMounts"
    TERMINATINGERRORED = "TerminatingErrored"
    STOPPINGERRORED = "StoppingErrored"
