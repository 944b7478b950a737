# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from ..types import OpenEnum


class SessionEventTypes(OpenEnum):
    """The known kinds of session events. The set is open - responses may hold others."""

    EDITED = "edited"
    TERMINATE_COMMAND = "terminate_command"
    START_COMMAND = "start_command"
    RUNNING = "running"
    TERMINATED = "terminated"
    AWAITING_FILE_MOUNTS = "awaiting_file_mounts"
    STARTING = "starting"
    UPDATING = "updating"
    TERMINATING = "terminating"
    CREATED = "created"
    TERMINATING_ERRORED = "terminating_errored"
    UPDATING_ERRORED = "updating_errored"
    STARTUP_ERRORED = "startup_errored"
