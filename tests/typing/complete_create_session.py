"""Every complete `CreateSession` is accepted by the type checkers. Checked, never run."""

from anyscale_sessions import CreateSession, UserServiceAccessTypes

CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld")
CreateSession(name="a", project_id="p", uses_app_config=False, cluster_config="x: 1", cloud_id="cld")
CreateSession(
    name="a",
    project_id="p",
    uses_app_config=True,
    build_id="b",
    compute_template_id="c",
    cluster_config="x: 1",
    cloud_id="cld",
    idle_timeout=-1,
    allow_public_internet_traffic=True,
    user_service_access=UserServiceAccessTypes.PUBLIC,
    user_service_token=None,
    ha_job_id=None,
)
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld", user_service_access="private")


def of_either_kind(*, uses_app_config: bool) -> CreateSession:
    """Which kind it is may be known only at run time, when both pairs are given."""
    return CreateSession(
        name="a",
        project_id="p",
        uses_app_config=uses_app_config,
        build_id="b",
        compute_template_id="c",
        cluster_config="x: 1",
        cloud_id="cld",
    )
