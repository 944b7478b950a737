"""What a session *is* behind the API: nothing but its state, processes, or a Ray cluster.

A runtime is told of what happens to sessions and says what comes of it; the state machine and the store stay outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from ..spec import Document


class Outcome(NamedTuple):
    """How a command ends: after so many seconds of the sandbox's clock, with this exit code."""

    after_s: float
    status_code: int


class Runtime(Protocol):
    """One kind of session. Sessions and commands are handed over as their documents."""

    def endpoints(self, session: Document) -> Mapping[str, str]:
        """The fields of a session that tell where it is reached, once it runs."""
        ...

    def run(self, session: Document, command: Document) -> Outcome:
        """Start a command in a running session."""
        ...

    def kill(self, command: Document) -> int:
        """Kill a command that runs, and return the exit code it ends with."""
        ...
