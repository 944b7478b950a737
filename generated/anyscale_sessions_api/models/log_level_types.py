# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from ..types import OpenEnum


class LogLevelTypes(OpenEnum):
    """How serious an event is."""

    INFO = "info"
    ERROR = "error"
