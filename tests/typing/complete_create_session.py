"""Every complete `CreateSession` is accepted by the type checkers. Checked, never run."""

from typing import Any, assert_type

import attrs

from anyscale_sessions import CreateSession, InvalidSessionError, Problem, UserServiceAccessTypes

CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld")
CreateSession(name="a", project_id="p", uses_app_config=False, cluster_config="x: 1", cloud_id="cld")
# Giving the other pair as well, or some of it, is allowed.
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", cloud_id="cld")
CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c", cloud_id=None)
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld", build_id="b", compute_template_id=None)
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
# Each optional field by itself, with either kind.
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld", idle_timeout=0)
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld", allow_public_internet_traffic=True)
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld", user_service_access="private")
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld", user_service_access="public")
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld", user_service_access=None)
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld", user_service_token="t")
CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld", ha_job_id="job")
CreateSession(
    name="a",
    project_id="p",
    uses_app_config=True,
    build_id="b",
    compute_template_id="c",
    user_service_access=UserServiceAccessTypes.PRIVATE,
)


class OfOurTeam(CreateSession):
    """A subclass is made like the class."""


@attrs.define(kw_only=True)
class Labelled:
    """A class of the user that holds a session."""

    session: CreateSession


assert_type(
    OfOurTeam(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c"),
    OfOurTeam,
)
Labelled(session=OfOurTeam(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld"))


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


def of_a_kind_found_out(*, uses_app_config: bool) -> CreateSession:
    """A kind that the code has found out needs its own pair only."""
    if uses_app_config:
        return CreateSession(
            name="a", project_id="p", uses_app_config=uses_app_config, build_id="b", compute_template_id="c"
        )
    return CreateSession(name="a", project_id="p", cluster_config="x: 1", cloud_id="cld")


def of_data(data: dict[str, Any], text: bytes) -> None:
    """What only run time knows is checked then."""
    assert_type(CreateSession.from_dict(data), CreateSession)
    assert_type(CreateSession.from_json(text), CreateSession)
    assert_type(OfOurTeam.from_dict(data), OfOurTeam)
    CreateSession(**data)


def later(session: CreateSession, ours: OfOurTeam) -> None:
    """Fields are read and assigned with their types; switches and copies keep the class."""
    assert_type(session.name, str)
    assert_type(session.build_id, str | None)
    assert_type(session.idle_timeout, int)
    assert_type(session.uses_app_config, bool)
    assert_type(session.user_service_access, UserServiceAccessTypes | None)
    session.name, session.idle_timeout, session.cloud_id = "b", -1, None
    assert_type(session.with_app_config(build_id="b", compute_template_id="c"), CreateSession)
    assert_type(ours.with_cluster_config(cluster_config="x: 1", cloud_id="cld"), OfOurTeam)
    # mypy takes a class whose __init__ is overloaded for none of attrs; its answer is right all the same.
    assert_type(attrs.evolve(session, name="b"), CreateSession)  # type: ignore[misc]
    assert_type(session.to_dict(), dict[str, Any])
    assert_type(session.to_json(), bytes)


def problems_of(error: InvalidSessionError) -> tuple[Problem, ...]:
    """An error's problems are typed."""
    assert_type(error.problems[0].field, str)
    return error.problems
