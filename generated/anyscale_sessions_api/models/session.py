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


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
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
    """Token that opens the session's web services, such as JupyterLab and TensorBoard. Upstream's SDK calls it
    deprecated.
    """
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
    data_metrics_dashboard_url: str | None = None
    """URL of the metrics dashboard of Ray Data. Set once the session has started."""
    train_metrics_dashboard_url: str | None = None
    """URL of the metrics dashboard of Ray Train. Set once the session has started."""
    serve_metrics_dashboard_url: str | None = None
    """URL of the metrics dashboard of Ray Serve. Set once the session has started."""
    serve_deployment_metrics_dashboard_url: str | None = None
    """URL of the metrics dashboard of Ray Serve deployments. Set once the session has started."""
    serve_llm_metrics_dashboard_url: str | None = None
    """URL of the metrics dashboard of Ray Serve LLM. Set once the session has started."""
    supports_full_grafana_view: Promised[bool] = False
    """Whether the metrics dashboards can be embedded as a whole. Set once the session has started."""
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
    is_system_cluster: Promised[bool] = False
    """Whether the platform uses the session's cluster for its own work, where users do not see it."""
    aggregated_logs_sink_enabled: bool | None = None
    """Whether the logs of the session's cluster go to the customer's log store. Fixed at the first start; null for
    clusters that started before the field existed.
    """

    def __init__(
        self,
        *,
        name: Promised[str] = ABSENT,
        project_id: Promised[str] = ABSENT,
        cloud_id: Promised[str] = ABSENT,
        cluster_config: Promised[str] = ABSENT,
        id: str,
        state: Promised[SessionState] = ABSENT,
        creator_id: Promised[str] = ABSENT,
        created_at: Promised[DateTime] = ABSENT,
        access_token: Promised[str] = ABSENT,
        tensorboard_available: Promised[bool] = ABSENT,
        cluster_config_last_modified_at: Promised[DateTime] = ABSENT,
        ssh_authorized_keys: Promised[list[str]] = ABSENT,
        ssh_private_key: Promised[str] = ABSENT,
        build_id: str | None = None,
        compute_template_id: str | None = None,
        idle_timeout: Promised[int] = 120,
        uses_app_config: Promised[bool] = False,
        allow_public_internet_traffic: Promised[bool] = False,
        user_service_access: UserServiceAccessTypes | None = None,
        user_service_token: str | None = None,
        ha_job_id: str | None = None,
        pending_state: SessionState | None = None,
        state_data: SessionStateData | None = None,
        status: ClusterStatus | None = None,
        status_details: ClusterStatusDetails | None = None,
        archived_at: DateTime | None = None,
        webterminal_auth_url: str | None = None,
        metrics_dashboard_url: str | None = None,
        data_metrics_dashboard_url: str | None = None,
        train_metrics_dashboard_url: str | None = None,
        serve_metrics_dashboard_url: str | None = None,
        serve_deployment_metrics_dashboard_url: str | None = None,
        serve_llm_metrics_dashboard_url: str | None = None,
        supports_full_grafana_view: Promised[bool] = False,
        persistent_metrics_url: str | None = None,
        connect_url: str | None = None,
        jupyter_notebook_url: str | None = None,
        ray_dashboard_url: str | None = None,
        service_proxy_url: str | None = None,
        host_name: str | None = None,
        head_node_ip: str | None = None,
        anyscaled_config: str | None = None,
        anyscaled_config_generated_at: DateTime | None = None,
        default_build_id: str | None = None,
        idle_timeout_last_activity_at: DateTime | None = None,
        ray_version: str | None = None,
        ray_version_last_updated_at: DateTime | None = None,
        user_service_url: str | None = None,
        ray_component_activities_last_reported_at: DateTime | None = None,
        activity_details: dict[str, Any] | None = None,
        maximum_uptime_will_terminate_cluster_at: DateTime | None = None,
        idle_termination_status: IdleTerminationStatus | None = None,
        ray_dashboard_snapshot_last_reported_at: DateTime | None = None,
        is_system_cluster: Promised[bool] = False,
        aggregated_logs_sink_enabled: bool | None = None,
    ) -> None:
        self.name = name
        self.project_id = project_id
        self.cloud_id = cloud_id
        self.cluster_config = cluster_config
        self.id = id
        self.state = state
        self.creator_id = creator_id
        self.created_at = created_at
        self.access_token = access_token
        self.tensorboard_available = tensorboard_available
        self.cluster_config_last_modified_at = cluster_config_last_modified_at
        self.ssh_authorized_keys = ssh_authorized_keys
        self.ssh_private_key = ssh_private_key
        self.build_id = build_id
        self.compute_template_id = compute_template_id
        self.idle_timeout = idle_timeout
        self.uses_app_config = uses_app_config
        self.allow_public_internet_traffic = allow_public_internet_traffic
        self.user_service_access = user_service_access
        self.user_service_token = user_service_token
        self.ha_job_id = ha_job_id
        self.pending_state = pending_state
        self.state_data = state_data
        self.status = status
        self.status_details = status_details
        self.archived_at = archived_at
        self.webterminal_auth_url = webterminal_auth_url
        self.metrics_dashboard_url = metrics_dashboard_url
        self.data_metrics_dashboard_url = data_metrics_dashboard_url
        self.train_metrics_dashboard_url = train_metrics_dashboard_url
        self.serve_metrics_dashboard_url = serve_metrics_dashboard_url
        self.serve_deployment_metrics_dashboard_url = serve_deployment_metrics_dashboard_url
        self.serve_llm_metrics_dashboard_url = serve_llm_metrics_dashboard_url
        self.supports_full_grafana_view = supports_full_grafana_view
        self.persistent_metrics_url = persistent_metrics_url
        self.connect_url = connect_url
        self.jupyter_notebook_url = jupyter_notebook_url
        self.ray_dashboard_url = ray_dashboard_url
        self.service_proxy_url = service_proxy_url
        self.host_name = host_name
        self.head_node_ip = head_node_ip
        self.anyscaled_config = anyscaled_config
        self.anyscaled_config_generated_at = anyscaled_config_generated_at
        self.default_build_id = default_build_id
        self.idle_timeout_last_activity_at = idle_timeout_last_activity_at
        self.ray_version = ray_version
        self.ray_version_last_updated_at = ray_version_last_updated_at
        self.user_service_url = user_service_url
        self.ray_component_activities_last_reported_at = ray_component_activities_last_reported_at
        self.activity_details = activity_details
        self.maximum_uptime_will_terminate_cluster_at = maximum_uptime_will_terminate_cluster_at
        self.idle_termination_status = idle_termination_status
        self.ray_dashboard_snapshot_last_reported_at = ray_dashboard_snapshot_last_reported_at
        self.is_system_cluster = is_system_cluster
        self.aggregated_logs_sink_enabled = aggregated_logs_sink_enabled
        self.__attrs_post_init__()

    def __attrs_post_init__(self: Any) -> None:
        # In a response null means the same as absent, also for what the spec promises.
        if self.idle_timeout is None:
            self.idle_timeout = 120
        if self.uses_app_config is None:
            self.uses_app_config = False
        if self.allow_public_internet_traffic is None:
            self.allow_public_internet_traffic = False
        if self.supports_full_grafana_view is None:
            self.supports_full_grafana_view = False
        if self.is_system_cluster is None:
            self.is_system_cluster = False


# At the end, because models may name each other in a ring; msgspec resolves the names when it first meets the class.
from ..models.session_state_data import SessionStateData
