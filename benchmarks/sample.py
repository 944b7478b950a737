"""What every contender sends and gets: one session to create, one response, and a page of a thousand sessions."""

import json
from typing import Any

PAGE_SESSIONS = 1000
TOKEN = "token-of-the-benchmark"  # noqa: S105 - opens nothing
APP = {
    "name": "nightly-training",
    "project_id": "prj_2f8Kq1",
    "uses_app_config": True,
    "build_id": "bld_9dP3x7",
    "compute_template_id": "cpt_4hT6m2",
    "idle_timeout": 60,
}
NULLS = (
    "build_id",
    "compute_template_id",
    "user_service_access",
    "user_service_token",
    "ha_job_id",
    "pending_state",
    "state_data",
    "status_details",
    "archived_at",
    "anyscaled_config",
    "anyscaled_config_generated_at",
    "default_build_id",
    "ray_component_activities_last_reported_at",
    "activity_details",
    "maximum_uptime_will_terminate_cluster_at",
    "idle_termination_status",
    "ray_dashboard_snapshot_last_reported_at",
)


def session(number: int) -> dict[str, Any]:
    """A session as a server tells it, with every field of the spec; what is not known is null."""
    moment = "2026-01-31T08:15:30.123456+00:00"
    given = {
        "id": f"ses_{number:08d}",
        "name": f"nightly-{number}",
        "project_id": "prj_2f8Kq1",
        "cloud_id": "cld_1x",
        "cluster_config": "max_workers: 2\n",
        "state": "Running",
        "creator_id": "usr_7s1",
        "created_at": moment,
        "access_token": "a" * 43,
        "tensorboard_available": True,
        "cluster_config_last_modified_at": moment,
        "ssh_authorized_keys": ["ssh-ed25519 AAAA"],
        "ssh_private_key": "none",
        "idle_timeout": 120,
        "uses_app_config": True,
        "allow_public_internet_traffic": False,
        "status": "RUNNING",
        "webterminal_auth_url": "https://web.example/auth",
        "metrics_dashboard_url": "https://metrics.example/1",
        "persistent_metrics_url": "https://metrics.example/p/1",
        "connect_url": "anyscale://1",
        "jupyter_notebook_url": "https://jupyter.example/1",
        "ray_dashboard_url": "https://dashboard.example/1",
        "service_proxy_url": "https://proxy.example/1",
        "host_name": "head-1.example",
        "head_node_ip": "10.0.0.1",
        "idle_timeout_last_activity_at": moment,
        "ray_version": "2.9.0",
        "ray_version_last_updated_at": moment,
        "user_service_url": "https://service.example/1",
    }
    return {**dict.fromkeys(NULLS), **given}


def response() -> bytes:
    """The response to a creation."""
    return _text({"result": session(1)})


def page(*, token: str | None = None, are_nulls_sent: bool = True) -> bytes:
    """A page of a list; a server may leave nulls out."""
    sessions = [session(number) for number in range(PAGE_SESSIONS)]
    if not are_nulls_sent:
        sessions = [{name: value for name, value in item.items() if value is not None} for item in sessions]
    return _text({"results": sessions, "metadata": {"total": 100 * PAGE_SESSIONS, "next_paging_token": token}})


def _text(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
