"""What a session *is* behind the API: nothing but its state, processes, or a Ray cluster.

A runtime is told of what happens to sessions, says at once what can be said at once, and reports the rest when it has
come about. The state machine and the store stay outside: a runtime never waits for them, nor they for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from ..spec import Document

# What a command is said to have ended with that was killed, as a shell's child by SIGKILL.
KILLED_STATUS = -9
# The fields of a session that tell where it is reached. They are null unless it runs, but for `persistent_metrics_url`,
# which stays.
ENDPOINT_FIELDS = (
    "host_name",
    "head_node_ip",
    "connect_url",
    "jupyter_notebook_url",
    "metrics_dashboard_url",
    "ray_dashboard_url",
    "service_proxy_url",
    "user_service_url",
    "webterminal_auth_url",
)


class Outcome(NamedTuple):
    """How a command ends: after so many seconds of the sandbox's clock, with this exit code."""

    after_s: float
    status_code: int


class Logs(NamedTuple):
    """What a command has written until now; of much, the end. Bytes that are not UTF-8 are replaced."""

    stdout: str
    stderr: str


class Found(NamedTuple):
    """What a runtime finds when a sandbox starts, or was put back to what it was.

    `alive` are the ids of the sessions whose machines are there, and `notes` tell people, in a line each, of anything
    that was found besides and done away with. Of the sessions that are there, `ready` are those that can be used, and
    `commands` has, by session and command, the exit codes of all that were run in them, None for those that run. A
    runtime whose sessions are nothing but what the sandbox knows of them leaves these two empty.
    """

    alive: frozenset[str]
    notes: tuple[str, ...] = ()
    ready: frozenset[str] = frozenset()
    commands: Mapping[str, Mapping[str, int | None]] = {}


class Reports(Protocol):
    """Where a runtime tells what has come about, from any thread but not in the midst of a call to it.

    A report that fits nothing is passed over, such as one of a session that was deleted.
    """

    def ready(self, session_id: str) -> None:
        """A session that was to start can be used."""
        ...

    def gone(self, session_id: str, reason: str) -> None:
        """Nothing is left of a session: it was terminated, failed to start, or broke down for this reason."""
        ...

    def ended(self, command_id: str, status_code: int) -> None:
        """A command has ended, by itself or killed."""
        ...


class Runtime(Protocol):
    """One kind of session. Sessions and commands are handed over as their documents.

    Calls come from within a transaction, one at a time, and must return quickly. If a transaction fails after all,
    nothing is taken back: a session that was started is terminated when it reports to be ready, and the end of a
    command that nobody knows is passed over.
    """

    name: str

    def reconcile(self, sessions: Sequence[Document], reports: Reports) -> Found:
        """Be told where to report to, and of the sessions that have machines as far as the sandbox knows.

        It is called when a sandbox starts, before all else, and again whenever the sandbox's state was replaced as a
        whole. Whatever the runtime has that is not among the sessions must go.
        """
        ...

    def start(self, session: Document) -> bool:
        """Start a session; True if it is ready at once, otherwise `ready` or `gone` is reported."""
        ...

    def endpoints(self, session: Document) -> Mapping[str, str]:
        """Those of `ENDPOINT_FIELDS` that a session has, once it runs, and `persistent_metrics_url` if it has one."""
        ...

    def activity(self, session: Document) -> bool:
        """Whether a session is in use by more than its commands, so that it does not idle."""
        ...

    def run(self, session: Document, command: Document) -> Outcome | None:
        """Start a command in a running session. None if its end will be reported."""
        ...

    def kill(self, command: Document) -> int | None:
        """Kill a command that runs: the exit code it ends with, or None if its end will be reported."""
        ...

    def logs(self, command: Document) -> Logs | None:
        """What a command has written; None if that is not kept, or no longer."""
        ...

    def terminate(self, session: Document) -> bool:
        """Take a session down; True if nothing is left of it, otherwise `gone` is reported.

        It may be called for one that is not there.
        """
        ...

    def close(self) -> None:
        """Take everything down, and return when nothing is left of it. Called once or more, outside transactions."""
        ...


def named(name: str) -> Runtime:
    """A runtime by its name, with its settings as they are by default.

    Raises ValueError for a name that none has, and SandboxRuntimeError where that runtime cannot be used.
    """
    if name == "virtual":
        from .virtual import VirtualRuntime

        return VirtualRuntime()
    if name == "process":
        from .process import ProcessRuntime

        return ProcessRuntime()
    raise ValueError(f"runtime must be one of {', '.join(NAMES)}, not {name!r}")


NAMES = ("virtual", "process")
