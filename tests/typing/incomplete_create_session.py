"""Every incomplete or wrong `CreateSession` is refused by both type checkers. Checked, never run.

Each refused call says so for both; a call that a checker accepts leaves an unused comment behind, which is an error.
"""

from typing import Any

from anyscale_sessions import CreateSession

CreateSession()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=True, compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=True, cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", uses_app_config=False, build_id="b", compute_template_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(project_id="p", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", idle_timeuot=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", idle_timeout="5")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession(name="a", project_id="p", cluster_config="x", cloud_id="c", user_service_access="Public")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
CreateSession("a", "p", cluster_config="x", cloud_id="c")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def of_unknown_kind(*, uses_app_config: bool) -> Any:
    """A kind that is known only at run time needs both pairs."""
    return CreateSession(  # type: ignore[call-overload]
        name="a",
        project_id="p",
        uses_app_config=uses_app_config,  # pyright: ignore[reportArgumentType]
        build_id="b",
        compute_template_id="c",
    )
