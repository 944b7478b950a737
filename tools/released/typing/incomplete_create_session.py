"""Every incomplete or wrong `CreateSession` is refused by both type checkers. Checked, never run.

Each refused call says so for both; a call that a checker accepts leaves an unused comment behind, which is an error.
"""

from anyscale_sessions import CreateSession, UserServiceAccessTypes

# One call a line, with what refuses it.
# fmt: off
# ruff: noqa: E501

# What every session needs.
CreateSession()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", uses_app_config=True, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(uses_app_config=True, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name=None, project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id=None, uses_app_config=True, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(project_id="p", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name=None, project_id="p", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id=None, cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]

# An app config needs its pair.
CreateSession(name="a", project_id="p", uses_app_config=True, compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=True, compute_template_id="c", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id=None, compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=True, cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id=None, compute_template_id=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]

# A cluster config needs its pair, whether `uses_app_config` is left out or false.
CreateSession(name="a", project_id="p", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cloud_id="c", build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cluster_config=None, cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cluster_config="x", build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cluster_config=None, cloud_id=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=False, cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=False, cloud_id="c", build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=False, cluster_config=None, cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=False, cluster_config="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=False, cluster_config="x", build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=False, cluster_config="x", cloud_id=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=False)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=False, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=False, cluster_config=None, cloud_id=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]

# Wrong types.
CreateSession(name=5, project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name=5, project_id="p", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name=b"a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name=b"a", project_id="p", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id=5, uses_app_config=True, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id=5, cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=None, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=1, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config="true", build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id=5, compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", cluster_config=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config=5, cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", cluster_config={})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config={}, cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", cloud_id=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", idle_timeout="5")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", idle_timeout="5")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", idle_timeout=5.0)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", idle_timeout=5.0)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", idle_timeout=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", idle_timeout=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", allow_public_internet_traffic=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", allow_public_internet_traffic=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", allow_public_internet_traffic=1)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", allow_public_internet_traffic=1)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", allow_public_internet_traffic="true")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", allow_public_internet_traffic="true")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", user_service_access="Public")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", user_service_access="Public")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", user_service_access="PUBLIC")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", user_service_access="PUBLIC")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", user_service_access=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", user_service_access=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", user_service_access=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", user_service_access=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", user_service_token=b"t")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", user_service_token=b"t")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", user_service_token=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", user_service_token=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", ha_job_id=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", ha_job_id=5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]

# Unknown names, and values without a name.
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", idle_timeuot="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", idle_timeuot="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", buildId="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", buildId="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", self_="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", self_="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", state="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", state="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession("a", "p", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession("a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]

# fmt: on


class OfOurTeam(CreateSession):
    """A subclass inherits what is refused."""


OfOurTeam(name="a", project_id="p", uses_app_config=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
OfOurTeam(name="a", project_id="p")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def of_unknown_kind(*, uses_app_config: bool) -> None:
    """A kind that is known only at run time needs both pairs."""
    CreateSession(  # type: ignore[call-overload]
        name="a",
        project_id="p",
        uses_app_config=uses_app_config,  # pyright: ignore[reportArgumentType]
        build_id="b",
        compute_template_id="c",
    )
    CreateSession(  # type: ignore[call-overload]
        name="a",
        project_id="p",
        uses_app_config=uses_app_config,  # pyright: ignore[reportArgumentType]
        cluster_config="x",
        cloud_id="c",
    )
    CreateSession(  # type: ignore[call-overload]
        name="a",
        project_id="p",
        uses_app_config=uses_app_config,  # pyright: ignore[reportArgumentType]
        build_id="b",
        compute_template_id="c",
        cluster_config="x",
    )


def of_perhaps_nothing(build_id: str | None, cloud_id: str | None, access: str) -> None:
    """What may be `None` does not count as given; a text that may be any is no access."""
    CreateSession(  # type: ignore[call-overload]
        name="a",
        project_id="p",
        uses_app_config=True,
        build_id=build_id,  # pyright: ignore[reportArgumentType]
        compute_template_id="c",
    )
    CreateSession(
        name="a",
        project_id="p",
        cluster_config="x",
        cloud_id=cloud_id,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    )
    CreateSession(  # type: ignore[call-overload]
        name="a",
        project_id="p",
        cluster_config="x",
        cloud_id="c",
        user_service_access=access,  # pyright: ignore[reportArgumentType]
    )


def later(session: CreateSession) -> None:
    """Assignments and the switches of kind are typed, too."""
    session.name = None  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    session.idle_timeout = "5"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    session.nmae = "x"  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    session.user_service_access = UserServiceAccessTypes.PUBLIC
    session.with_app_config(build_id="b")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    session.with_app_config(build_id="b", compute_template_id=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    session.with_cluster_config(cloud_id="c")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    session.with_cluster_config("x", "c")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
