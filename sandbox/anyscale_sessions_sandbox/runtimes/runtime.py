"""The interface of runtimes: what a sandbox calls, and what a runtime reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from ..spec import Document
    from .catalog import Catalog

# The exit code of a killed command, as of a child process that SIGKILL ended.
KILLED_STATUS = -9
# The fields of a session with its addresses. They are null unless it is running. `persistent_metrics_url` is not among
# them, because it is kept.
ENDPOINT_FIELDS = (
    "host_name",
    "head_node_ip",
    "connect_url",
    "jupyter_notebook_url",
    "metrics_dashboard_url",
    "data_metrics_dashboard_url",
    "train_metrics_dashboard_url",
    "serve_metrics_dashboard_url",
    "serve_deployment_metrics_dashboard_url",
    "serve_llm_metrics_dashboard_url",
    "ray_dashboard_url",
    "service_proxy_url",
    "user_service_url",
    "webterminal_auth_url",
)


class Outcome(NamedTuple):
    """The end of a command: after so many seconds of the sandbox's clock, with this exit code."""

    after_s: float
    status_code: int


class Logs(NamedTuple):
    """The output of a command until now. Only the end of long output is kept. Invalid UTF-8 is replaced."""

    stdout: str
    stderr: str


class Inventory(NamedTuple):
    """What a runtime has when a sandbox starts, or after it is restored or reset.

    Attributes:
        alive: the ids of the sessions whose machines exist.
        notes: what else was found and removed, one line each.
        ready: the ids of those sessions that can be used.
        commands: by session id and command id, the exit code of each command, or None while it runs. A runtime without
            machines leaves `ready` and `commands` empty.
    """

    alive: frozenset[str]
    notes: tuple[str, ...] = ()
    ready: frozenset[str] = frozenset()
    commands: Mapping[str, Mapping[str, int | None]] = {}


class Reports(Protocol):
    """Receives the reports of a runtime, from any thread, but not during a call to the runtime.

    Reports that do not apply are ignored, for example for a deleted session.
    """

    def ready(self, session_id: str) -> None:
        """A starting session can be used."""
        ...

    def observed(self, session_id: str, facts: Mapping[str, Any]) -> None:
        """Something is known of a starting or running session; `engine.runtime_reports.observed` lists the facts."""
        ...

    def lost(self, session_id: str, reason: str) -> None:
        """Nothing of a session exists any more: it was terminated, failed to start, or failed for this reason."""
        ...

    def ended(self, command_id: str, status_code: int) -> None:
        """A command has ended, on its own or killed."""
        ...


class Runtime(Protocol):
    """Runs sessions and their commands, which it receives as documents.

    It is called inside a transaction, by one thread at a time, and must return quickly. If the transaction is rolled
    back later, the runtime is not called again: a session that was started is terminated when it reports that it is
    ready, and the report of an unknown command is ignored.
    """

    name: str

    def reconcile(self, sessions: Sequence[Document], reports: Reports) -> Inventory:
        """Receive the sessions that have machines according to the sandbox, and where to report to.

        It is called first of all when a sandbox starts, and again after the state of the sandbox was reset or restored.
        The runtime must remove everything that does not belong to these sessions.
        """
        ...

    def start(self, session: Document, catalog: Catalog) -> bool:
        """Start a session, with the catalog that its build and its compute template are in, if a seed has them.

        Return True if it is ready at once; otherwise report `ready` or `lost` later.
        """
        ...

    def endpoints(self, session: Document) -> Mapping[str, str]:
        """The `ENDPOINT_FIELDS` that a running session has, and `persistent_metrics_url` if it has one."""
        ...

    def activity(self, session: Document) -> bool:
        """Whether a session is active apart from its commands, so that it is not idle."""
        ...

    def run(self, session: Document, command: Document) -> Outcome | None:
        """Start a command in a running session. Return None if its end will be reported."""
        ...

    def kill(self, command: Document) -> int | None:
        """Kill a running command. Return its exit code, or None if its end will be reported."""
        ...

    def logs(self, command: Document) -> Logs | None:
        """The output of a command, or None if it is not kept."""
        ...

    def terminate_workers(self, session: Document, *, keep_min_workers: bool) -> bool:
        """Terminate the worker nodes of a running session, or only those beyond the minimum of its configuration.

        Return True if it is done; otherwise report the fact `workers_terminated` with `observed` later.
        """
        ...

    def terminate(self, session: Document) -> bool:
        """Terminate a session. Return True if nothing of it exists any more; otherwise report `lost` later.

        It may be called for a session that the runtime does not have.
        """
        ...

    def forget(self, session: Document) -> None:
        """Remove what is kept of a terminated session, such as its addresses. The session was deleted."""
        ...

    def close(self) -> None:
        """Terminate everything, and return when it is done. It may be called more than once, outside transactions."""
        ...
