# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from ..types import OpenEnum


class SessionOperationType(OpenEnum):
    """What an operation does: `start` leads to the state `Running`, `stop` to `Stopped` and `terminate` to
    `Terminated`.
    """

    START = "start"
    STOP = "stop"
    TERMINATE = "terminate"
