# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from ..types import OpenEnum


class IdleTerminationStatus(OpenEnum):
    """What keeps a session from being stopped for idling: activity in Ray, a command or the workspace. `IDLE` means
    that nothing does, `ERROR` that it could not be found out, and `DISABLED` that idle sessions are not stopped.
    """

    ACTIVE_RAY = "ACTIVE_RAY"
    ACTIVE_COMMAND = "ACTIVE_COMMAND"
    ACTIVE_WORKSPACE = "ACTIVE_WORKSPACE"
    IDLE = "IDLE"
    ERROR = "ERROR"
    DISABLED = "DISABLED"
