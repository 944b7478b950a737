# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from ..types import OpenEnum


class SessionCommandTypes(OpenEnum):
    """Where a command came from - the web terminal, or this API and the command line."""

    WEBTERMINAL = "WEBTERMINAL"
    COMMAND_LINE_RUNNER = "COMMAND_LINE_RUNNER"
