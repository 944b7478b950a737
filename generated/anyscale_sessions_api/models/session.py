# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Any

from attrs import define, field

from ..models.cluster_status import ClusterStatus
from ..models.cluster_status_details import ClusterStatusDetails
from ..models.idle_termination_status import IdleTerminationStatus
from ..models.session_state import SessionState
from ..models.user_service_access_types import UserServiceAccessTypes
from ..types import ABSENT, DateTime, Model, Promised, redacted_repr


@define(kw_only=True, eq=False, repr=False, weakref_slot=False)
class Session(Model):
    """A session as the server knows it."""

    name: Promised[str] = ABSENT
    """Name of the session."""
    project_id: Promised[str] = ABSENT
    """Id of the project that the session belongs to."""
    cloud_id: Promised[str] = ABSENT
    """Id of the cloud that the session runs in."""
    cluster_config: Promised[str] = field(default=ABSENT, repr=False)
    """Cluster YAML that the session is started with."""
    id: str
    """Id of the session, given by the server."""
    state: Promised[SessionState] = ABSENT
    """Where the session stands in its life."""
    creator_id: Promised[str] = ABSENT
    """Id of the user who created the session."""
    created_at: Promised[DateTime] = ABSENT
    """When the session was created."""
    access_token: Promised[str] = field(default=ABSENT, repr=False)
    """Token that opens the session's web services, such as JupyterLab and TensorBoard."""
    tensorboard_available: Promised[bool] = ABSENT
    """Whether TensorBoard can be opened."""
    cluster_config_last_modified_at: Promised[DateTime] = ABSENT
    """When the session's cluster YAML was last changed."""
    ssh_authorized_keys: Promised[list[str]] = ABSENT
    """Public keys that may sign in to the session's machines over ssh."""
    ssh_private_key: Promised[str] = field(default=ABSENT, repr=False)
    """Private key to sign in to the session's machines over ssh."""
    build_id: str | None = None
    """Id of the cluster environment build that the session is started with."""
    compute_template_id: str | None = None
    """Id of the compute template that the session is started with."""
    idle_timeout: Promised[int] = 120
    """Minutes of idling after which the session is stopped; -1 means never."""
    uses_app_config: Promised[bool] = False
    """Whether the session is made from a build and a compute template, and not from a cluster YAML."""
    allow_public_internet_traffic: Promised[bool] = False
    """Whether Ray Serve endpoints can be reached from the public internet. If false, a token is needed to reach them."""
    user_service_access: UserServiceAccessTypes | None = None
    """Who may reach the session's user service."""
    user_service_token: str | None = field(default=None, repr=False)
    """Token that opens the session's public user service."""
    ha_job_id: str | None = None
    """Id of the job that the platform made the session for."""
    pending_state: SessionState | None = None
    """The state asked for, while the session is on its way there."""
    state_data: SessionStateData | None = None
    """More about the present state, such as progress or the reason of a failure."""
    status: ClusterStatus | None = None
    """Where the session's cluster stands."""
    status_details: ClusterStatusDetails | None = None
    """A finer step within `status`."""
    archived_at: DateTime | None = None
    """When the session was archived, if it was."""
    webterminal_auth_url: str | None = field(default=None, repr=False)
    """URL that signs in to the web terminal. Set once the session has started. It carries credentials."""
    metrics_dashboard_url: str | None = None
    """URL of the metrics dashboard while the session runs. Set once it has started."""
    persistent_metrics_url: str | None = None
    """URL of the metrics dashboard that stays when the session does not run. Set once it has started."""
    connect_url: str | None = field(default=None, repr=False)
    """URL to connect a Ray client to. Set once the session has started. It carries credentials."""
    jupyter_notebook_url: str | None = None
    """URL of JupyterLab. Set once the session has started."""
    ray_dashboard_url: str | None = None
    """URL of the Ray dashboard. Set once the session has started."""
    service_proxy_url: str | None = None
    """URL of the proxy in front of the session's web services. Set once they are up."""
    host_name: str | None = None
    """Host name of the head node. Set once the session has started."""
    head_node_ip: str | None = None
    """IP address of the head node. Set once the session has started."""
    anyscaled_config: str | None = field(default=None, repr=False)
    """Configuration of the platform's agent on the session's machines, as text."""
    anyscaled_config_generated_at: DateTime | None = None
    """When `anyscaled_config` was made."""
    default_build_id: str | None = None
    """Id of the default build in use. Null when the session has a build of its own."""
    idle_timeout_last_activity_at: DateTime | None = None
    """Since when the session has been idle. Null while it is active."""
    ray_version: str | None = None
    """The Ray version last seen on the session's cluster."""
    ray_version_last_updated_at: DateTime | None = None
    """When `ray_version` was last updated."""
    user_service_url: str | None = None
    """URL of the session's user service, such as a Ray Serve application."""
    ray_component_activities_last_reported_at: DateTime | None = None
    """When Ray last reported whether it is active, even if it was not."""
    activity_details: dict[str, Any] | None = field(default=None, repr=redacted_repr)
    """The latest activity of each kind, by kind, with its time and what else is known of it."""
    maximum_uptime_will_terminate_cluster_at: DateTime | None = None
    """When the session will be terminated for having run its maximum time. Null if never."""
    idle_termination_status: IdleTerminationStatus | None = None
    """What keeps the session from being stopped for idling, if anything does."""
    ray_dashboard_snapshot_last_reported_at: DateTime | None = None
    """When the last snapshot of the Ray dashboard was recorded."""

    def __attrs_post_init__(self: Any) -> None:
        # In a response null means the same as absent, also for what the spec promises.
        if self.idle_timeout is None:
            self.idle_timeout = 120
        if self.uses_app_config is None:
            self.uses_app_config = False
        if self.allow_public_internet_traffic is None:
            self.allow_public_internet_traffic = False


# At the end, because models may name each other in a ring; msgspec resolves the names when it first meets the class.
from ..models.session_state_data import SessionStateData
