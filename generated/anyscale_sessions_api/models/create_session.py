# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from typing import Annotated, Literal, Required, TypedDict

from attrs import define, field
from msgspec import Meta

from ..models.user_service_access_types import UserServiceAccessTypes
from ..types import Model


@define(kw_only=True, eq=False, repr=False, weakref_slot=False)
class CreateSession(Model):
    """What a new session is made of.

    If `uses_app_config` is true, `build_id` and `compute_template_id` must be given. Otherwise `cluster_config` and
    `cloud_id` must be. Blank text does not count as given. Giving the other pair as well is allowed.
    """

    name: Annotated[
        str,
        Meta(
            min_length=1,
            pattern="[^\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]",
        ),
    ]
    """Name of the session."""
    project_id: Annotated[str, Meta(min_length=1, max_length=256, pattern="^\\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*\\Z")]
    """Id of the project that the session belongs to."""
    cloud_id: str | None = None
    """Id of the cloud that the session runs in. Must be given unless `uses_app_config` is true."""
    cluster_config: str | None = field(default=None, repr=False)
    """Cluster YAML to start the session with, carried as it is. Must be given unless `uses_app_config` is true."""
    build_id: str | None = None
    """Id of the cluster environment build to start the session with. Must be given if `uses_app_config` is true."""
    compute_template_id: str | None = None
    """Id of the compute template to start the session with. Must be given if `uses_app_config` is true."""
    idle_timeout: Annotated[int, Meta(ge=-1)] = 120
    """Minutes of idling after which the session is stopped; -1 means never. A session idles while no command that was
    started through `anyscale exec` or the web UI runs in it and no driver is attached to it. Time spent in Jupyter
    or over ssh still counts as idle.
    """
    uses_app_config: bool = False
    """Whether the session is made from an app config, that is from a build and a compute template, and not in the
    older form from a cluster YAML.
    """
    allow_public_internet_traffic: bool = False
    """Whether Ray Serve endpoints can be reached from the public internet. If false, a token is needed to reach them."""
    user_service_access: UserServiceAccessTypes | None = None
    """Who may reach the session's user service. Left to the platform when absent."""
    user_service_token: str | None = field(default=None, repr=False)
    """Token that opens a public user service, as `secrets.token_urlsafe(32)` makes one: URL-safe base64, without
    padding, of exactly 32 bytes. Ignored if the user service is private. Generated if a public one is asked for
    without it.
    """
    ha_job_id: str | None = None
    """Id of the job that the session was made for. The platform sets it; users never do."""


class CreateSessionOtherFields(TypedDict, total=False):
    """The fields of `CreateSession` that its if/then/else does not name, for the typed overloads of its constructor."""

    name: Required[str]
    project_id: Required[str]
    idle_timeout: int
    allow_public_internet_traffic: bool
    user_service_access: UserServiceAccessTypes | Literal["private", "public"] | None
    user_service_token: str | None
    ha_job_id: str | None
