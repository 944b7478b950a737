# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from ..types import OpenEnum


class ClusterStatusDetails(OpenEnum):
    """A finer step within the status of a session's cluster."""

    LAUNCHING_NODES = "LAUNCHING_NODES"
    CONFIGURING_HEAD_NODE = "CONFIGURING_HEAD_NODE"
    UPDATING_CONTAINERS = "UPDATING_CONTAINERS"
