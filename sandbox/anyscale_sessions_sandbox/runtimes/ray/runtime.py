"""The `ray` runtime: each session is a Ray cluster on this machine, and its commands are shell commands beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import metadata
from pathlib import Path

from ...errors import SandboxRuntimeError
from ...spec import Document
from ..catalog import Catalog
from ..process import ProcessRuntime, free_port
from ..runtime import Inventory, Reports
from ..session_proxies import HOST, Ports
from ..supervisor import Task
from ..supervisor_client import SupervisorClient
from .admission import Admission, RayLimits, free_memory
from .autoscaling import Autoscaler
from .cluster import ConfigError
from .config import cluster_of
from .launch import task_of
from .place import Place, new_link, remove_dangling_links

REQUIRED_RAY = "2.60."


class RayRuntime(ProcessRuntime):
    """Sessions that are Ray clusters, with the address `connect_url` and the dashboard and Jobs API at `host_name`.

    What `ProcessRuntime` documents about commands and the user service applies here too. In addition, a command has
    RAY_ADDRESS and the token of the cluster, so that `ray.init()` in a command connects to it. Drivers elsewhere
    connect to `connect_url`, with RAY_AUTH_MODE=token and RAY_AUTH_TOKEN=<`access_token` of the session> in their
    environment.

    **Clusters and commands are not isolated.** They can do everything that the user of the sandbox can do.

    Args:
        directory: where the directories of sessions are created; by default the system's temporary directory.
        environment: more environment variables for commands and clusters.
        limits: how many clusters there may be, and how large they may be.
        strict: whether the start of a session fails if its build or its compute template is not in a seed.

    Raises:
        SandboxRuntimeError: Ray is not installed, or its version does not fit.
    """

    name = "ray"

    def __init__(
        self,
        directory: str | os.PathLike[str] | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        limits: RayLimits | None = None,
        strict: bool = False,
    ) -> None:
        _check_ray(self.name)
        super().__init__(directory, environment=environment)
        self._limits = limits or RayLimits()
        self._strict = strict
        self._admission = Admission(self._limits, free_memory)
        self._places: dict[str, Place] = {}
        self._autoscalers: dict[str, Autoscaler | None] = {}

    def reconcile(self, sessions: Sequence[Document], reports: Reports) -> Inventory:
        """As for `ProcessRuntime`. Links to directories that no longer exist are removed too."""
        inventory = super().reconcile(sessions, reports)
        remove_dangling_links()
        return inventory

    def start(self, session: Document, catalog: Catalog) -> bool:
        """Start a supervisor, which starts the cluster."""
        session_id: str = session["id"]
        self._ports[session_id] = ports = Ports(free_port(), free_port())
        path = self.new_path()
        self._places[session_id] = place = Place(path, new_link(path), ports.head, free_port())
        try:
            cluster = cluster_of(session, catalog, strict=self._strict, max_workers=self._limits.workers)
        except ConfigError as error:
            reason = f"{error}."
            self.launch(session_id, Task(os.getpid(), path, self._shell, {}), lambda _client: reason)
            return False
        autoscaler = Autoscaler(cluster, Path(path), Path(place.ray_directory)) if cluster.has_workers else None
        self._autoscalers[session_id] = autoscaler
        variables, token = self.variables(ports), session["access_token"]
        task = task_of(cluster, autoscaler, place, variables, token=token, shell=self._shell)
        self.launch(session_id, task, partial(self._admit, cluster.notes))
        return False

    def terminate_workers(self, session: Document, *, keep_min_workers: bool) -> bool:
        """Request that the autoscaler terminate worker nodes, and let the watcher report when it has."""
        client = self._current.get(session["id"])
        autoscaler = self._autoscalers.get(session["id"])
        if client is None or autoscaler is None:
            return True
        # Without a directory, the session is about to be reported as lost.
        with suppress(FileNotFoundError):
            autoscaler.terminate_workers(keep_min_workers=keep_min_workers)
        return False

    def endpoints(self, session: Document) -> Mapping[str, str]:
        """The proxies of the user service and the dashboard, and the address for Ray Client."""
        endpoints = dict(super().endpoints(session))
        place = self._places.get(session["id"])
        if place:
            endpoints["ray_dashboard_url"] = endpoints["host_name"]
            endpoints["connect_url"] = f"ray://{HOST}:{place.client_port}"
        return endpoints

    def head_headers(self, session: Document) -> Sequence[tuple[bytes, bytes]]:
        """The token of the cluster, for the requests to the dashboard that the proxy admits."""
        return [(b"authorization", f"Bearer {session['access_token']}".encode())]

    def forget(self, session: Document) -> None:
        """Remove what is kept of a deleted session."""
        self._places.pop(session["id"], None)
        self._autoscalers.pop(session["id"], None)
        super().forget(session)

    def on_ready(self, client: SupervisorClient) -> None:
        """See `Listener`."""
        self._admission.started(client)
        super().on_ready(client)

    def on_lost(self, client: SupervisorClient) -> None:
        """See `Listener`."""
        self._admission.leave(client)
        super().on_lost(client)

    def _admit(self, notes: Sequence[str], client: SupervisorClient) -> str:
        if notes:
            self.on_observed(client, {"notes": list(notes)})
        return self._admission.enter(client, lambda: bool(client.reason))


def _check_ray(runtime: str) -> None:
    """Raise SandboxRuntimeError unless a fitting version of Ray is installed. Ray is not imported."""
    remedy = "pip install 'anyscale-sessions[ray]'"
    try:
        version = metadata.version("ray")
    except metadata.PackageNotFoundError:
        raise SandboxRuntimeError(runtime, f"Ray is not installed: {remedy}") from None
    if not version.startswith(REQUIRED_RAY):
        raise SandboxRuntimeError(runtime, f"it needs Ray {REQUIRED_RAY}*, but {version} is installed: {remedy}")
