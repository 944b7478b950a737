# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from ..types import OpenEnum


class ClusterStatus(OpenEnum):
    """Where a session's cluster stands."""

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    RECOVERING = "RECOVERING"
    RESTARTING = "RESTARTING"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"
