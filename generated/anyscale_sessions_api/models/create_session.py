# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any, Literal, Required, TypedDict

from attrs import define, field
from msgspec import Meta, Struct

from ..models.user_service_access_types import UserServiceAccessTypes
from ..types import NOT_GIVEN, Model, Secret, WireRules, encode, is_encodable


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
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

    def __init__(
        self,
        *,
        name: str,
        project_id: str,
        cloud_id: str | None = None,
        cluster_config: str | None = None,
        build_id: str | None = None,
        compute_template_id: str | None = None,
        idle_timeout: int = 120,
        uses_app_config: bool = False,
        allow_public_internet_traffic: bool = False,
        user_service_access: UserServiceAccessTypes | None = None,
        user_service_token: str | None = None,
        ha_job_id: str | None = None,
    ) -> None:
        self.name = name
        self.project_id = project_id
        self.cloud_id = cloud_id
        self.cluster_config = cluster_config
        self.build_id = build_id
        self.compute_template_id = compute_template_id
        self.idle_timeout = idle_timeout
        self.uses_app_config = uses_app_config
        self.allow_public_internet_traffic = allow_public_internet_traffic
        self.user_service_access = user_service_access
        self.user_service_token = user_service_token
        self.ha_job_id = ha_job_id

    __wire__ = WireRules(
        forbidden={
            "name": "[\\u0000-\\u001f\\u007f-\\u009f]",
            "project_id": "\\n",
            "cloud_id": "[\\u0000-\\u001f\\u007f-\\u009f]",
            "build_id": "[\\u0000-\\u001f\\u007f-\\u009f]",
            "compute_template_id": "[\\u0000-\\u001f\\u007f-\\u009f]",
            "ha_job_id": "[\\u0000-\\u001f\\u007f-\\u009f]",
        }
    )


class CreateSessionOtherFields(TypedDict, total=False):
    """The fields of `CreateSession` that its if/then/else does not name, for typed overloads of its constructor."""

    name: Required[str]
    project_id: Required[str]
    idle_timeout: int
    allow_public_internet_traffic: bool
    user_service_access: UserServiceAccessTypes | Literal["private", "public"] | None
    user_service_token: str | None
    ha_job_id: str | None


# Slots are set directly, because the subclass checks each assignment.
_set_name = vars(CreateSession)["name"].__set__
_set_project_id = vars(CreateSession)["project_id"].__set__
_set_cloud_id = vars(CreateSession)["cloud_id"].__set__
_set_cluster_config = vars(CreateSession)["cluster_config"].__set__
_set_build_id = vars(CreateSession)["build_id"].__set__
_set_compute_template_id = vars(CreateSession)["compute_template_id"].__set__
_set_idle_timeout = vars(CreateSession)["idle_timeout"].__set__
_set_uses_app_config = vars(CreateSession)["uses_app_config"].__set__
_set_allow_public_internet_traffic = vars(CreateSession)["allow_public_internet_traffic"].__set__
_set_user_service_access = vars(CreateSession)["user_service_access"].__set__
_set_user_service_token = vars(CreateSession)["user_service_token"].__set__
_set_ha_job_id = vars(CreateSession)["ha_job_id"].__set__
_members_of_user_service_access: dict[Any, Any] = {member.value: member for member in UserServiceAccessTypes}
_pattern_of_project_id = re.compile("^\\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*\\Z")


@lru_cache(maxsize=64)  # a service creates its sessions in few projects, and a regular expression takes long
def _is_valid_project_id(text: str) -> bool:
    return text.isprintable() and 1 <= len(text) <= 256 and _pattern_of_project_id.search(text) is not None


class CheckedCreateSession(CreateSession):
    """`CreateSession` with a constructor that checks each field. A subclass adds the rules between the fields.

    The constructor takes only what is certainly right. Everything else goes to `_validate_slow`, which says what is wrong.
    """

    __slots__ = ()

    def __init__(
        self,
        /,
        *positional: Any,
        name: str = NOT_GIVEN,
        project_id: str = NOT_GIVEN,
        cloud_id: str | None = None,
        cluster_config: str | None = None,
        build_id: str | None = None,
        compute_template_id: str | None = None,
        idle_timeout: int = 120,
        uses_app_config: bool = False,
        allow_public_internet_traffic: bool = False,
        user_service_access: UserServiceAccessTypes | Literal["private", "public"] | None = None,
        user_service_token: str | None = None,
        ha_job_id: str | None = None,
        **unknown: Any,
    ) -> None:
        if type(user_service_access) is str:
            user_service_access = _members_of_user_service_access.get(user_service_access, user_service_access)
        if (
            not positional
            and not unknown
            and type(name) is str
            and name.isprintable()
            and name
            and not name.isspace()
            and type(project_id) is str
            and _is_valid_project_id(project_id)
            and (cloud_id is None or type(cloud_id) is str and cloud_id.isprintable())
            and (
                cluster_config is None
                or type(cluster_config) is str
                and (cluster_config.isascii() or is_encodable(cluster_config))
            )
            and (build_id is None or type(build_id) is str and build_id.isprintable())
            and (compute_template_id is None or type(compute_template_id) is str and compute_template_id.isprintable())
            and type(idle_timeout) is int
            and -1 <= idle_timeout <= 9223372036854775807
            and (uses_app_config is True or uses_app_config is False)
            and (allow_public_internet_traffic is True or allow_public_internet_traffic is False)
            and (
                user_service_access is None
                or type(user_service_access) is UserServiceAccessTypes
                and user_service_access.is_known
            )
            and (
                user_service_token is None
                or type(user_service_token) is str
                and (user_service_token.isascii() or is_encodable(user_service_token))
            )
            and (ha_job_id is None or type(ha_job_id) is str and ha_job_id.isprintable())
            and (
                (build_id and not build_id.isspace() and compute_template_id and not compute_template_id.isspace())
                if uses_app_config
                else (cluster_config and not cluster_config.isspace() and cloud_id and not cloud_id.isspace())
            )
            and (resolved := self._resolve_token(user_service_access, user_service_token, ha_job_id))
            is not NotImplemented
        ):
            _set_name(self, name)
            _set_project_id(self, project_id)
            _set_cloud_id(self, cloud_id)
            _set_cluster_config(self, cluster_config)
            _set_build_id(self, build_id)
            _set_compute_template_id(self, compute_template_id)
            _set_idle_timeout(self, idle_timeout)
            _set_uses_app_config(self, uses_app_config)
            _set_allow_public_internet_traffic(self, allow_public_internet_traffic)
            _set_user_service_access(self, user_service_access)
            _set_user_service_token(self, resolved)
            _set_ha_job_id(self, ha_job_id)
        else:
            hidden = Secret(
                (
                    positional,
                    {
                        "name": name,
                        "project_id": project_id,
                        "cloud_id": cloud_id,
                        "cluster_config": cluster_config,
                        "build_id": build_id,
                        "compute_template_id": compute_template_id,
                        "idle_timeout": idle_timeout,
                        "uses_app_config": uses_app_config,
                        "allow_public_internet_traffic": allow_public_internet_traffic,
                        "user_service_access": user_service_access,
                        "user_service_token": user_service_token,
                        "ha_job_id": ha_job_id,
                        **unknown,
                    },
                )
            )
            # A traceback shows the variables of functions: the values are only in what hides them.
            del (
                positional,
                name,
                project_id,
                cloud_id,
                cluster_config,
                build_id,
                compute_template_id,
                idle_timeout,
                uses_app_config,
                allow_public_internet_traffic,
                user_service_access,
                user_service_token,
                ha_job_id,
                unknown,
            )
            self._validate_slow(hidden)

    @staticmethod
    def _resolve_token(
        user_service_access: Any,
        user_service_token: Any,
        ha_job_id: Any,
    ) -> Any:
        """The value of `user_service_token`, or `NotImplemented` if a rule may be broken."""
        raise NotImplementedError

    def _validate_slow(self, arguments: Secret[tuple[tuple[Any, ...], dict[str, Any]]]) -> None:
        """Check positional and named arguments, and fill the fields or raise an error that says what is wrong."""
        raise NotImplementedError

    def _to_json_fast(self) -> bytes:
        """The same as `to_json`, for an instance without fields of its own."""
        # msgspec leaves out `None` in its own Structs only, and takes half of the time that we take for it.
        return encode(
            _CreateSessionFields(
                self.name,
                self.project_id,
                self.cloud_id,
                self.cluster_config,
                self.build_id,
                self.compute_template_id,
                self.idle_timeout,
                self.uses_app_config,
                self.allow_public_internet_traffic,
                self.user_service_access,
                self.user_service_token,
                self.ha_job_id,
            )
        )


class _CreateSessionFields(Struct, omit_defaults=True, gc=False):
    name: Any = None
    project_id: Any = None
    cloud_id: Any = None
    cluster_config: Any = None
    build_id: Any = None
    compute_template_id: Any = None
    idle_timeout: Any = None
    uses_app_config: Any = None
    allow_public_internet_traffic: Any = None
    user_service_access: Any = None
    user_service_token: Any = None
    ha_job_id: Any = None
