"""`CreateSession` with the rules that the generated class cannot hold: which fields go together, and the token.

The rules are those of openapi.yaml (`CreateSession`: if/then/else and allOf). They are checked when a session is
created, when an attribute is assigned, and again before the session is sent.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, overload

import attrs

from anyscale_sessions_api.models.create_session import CheckedCreateSession, CreateSessionOtherFields
from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.types import Secret, field_names, wire_names

from ._validation.session_rules import APP_CONFIG_FIELDS, CLUSTER_CONFIG_FIELDS, resolve_token, validated
from .exceptions import InternalFieldWarning, InvalidSessionError, Problem, TokenIgnoredWarning

# A warning names the first line outside of these packages: ours, and those that call the constructor for their callers.
CALLED_THROUGH = frozenset({"anyscale_sessions", "anyscale_sessions_api", "attr", "contextlib"})

S = TypeVar("S", bound="CreateSession")


class CreateSession(CheckedCreateSession):
    """What a new session is made of: an app config (a build and a compute template), or a cluster config and a cloud.

    With `uses_app_config=True`, `build_id` and `compute_template_id` must be given. Otherwise `cluster_config` and
    `cloud_id` must be. A public user service without a token gets a new one. An instance always keeps the rules: an
    assignment that would break one is refused and changes nothing.

    The signature shows `NOTHING` for a field that must be given. All problems are reported at once, in one error.

    Raises:
        InvalidSessionError: with everything that is wrong.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            /,
            *,
            uses_app_config: Literal[True],
            build_id: str,
            compute_template_id: str,
            cluster_config: str | None = None,
            cloud_id: str | None = None,
            **rest: Unpack[CreateSessionOtherFields],
        ) -> None: ...

        @overload
        def __init__(
            self,
            /,
            *,
            cluster_config: str,
            cloud_id: str,
            uses_app_config: Literal[False] = False,
            build_id: str | None = None,
            compute_template_id: str | None = None,
            **rest: Unpack[CreateSessionOtherFields],
        ) -> None: ...

        @overload
        def __init__(
            self,
            /,
            *,
            uses_app_config: bool,
            build_id: str,
            compute_template_id: str,
            cluster_config: str,
            cloud_id: str,
            **rest: Unpack[CreateSessionOtherFields],
        ) -> None: ...

        def __init__(self, /, **fields: Any) -> None: ...

    else:  # for type checkers these two would mean that any attribute can be assigned

        def __setattr__(self, name: str, value: Any) -> None:
            fields = Secret(_fields_of(self))
            is_added_by_subclass = name in field_names(type(self)) and name not in fields.value
            # The constructor that attrs makes for a subclass assigns one field after the other, and ends with a check.
            is_incomplete = attrs.NOTHING in fields.value.values()
            if is_added_by_subclass or is_incomplete:
                object.__setattr__(self, name, value)
                return
            assigned = Secret({name: value})
            del value  # no frame of an error may hold it
            _fill(self, Secret({**fields.value, **assigned.value}), assigned=assigned)

        def __delattr__(self, name: str) -> None:
            raise _refusal(name, "cannot be deleted", "assign None, or its default")

    _resolve_token = staticmethod(resolve_token)

    def _validate_slow(self, arguments: Secret[tuple[tuple[Any, ...], dict[str, Any]]]) -> None:
        if arguments.value[0]:
            raise _refusal("arguments", "must be given by name", "write name=..., project_id=...")
        fields = Secret(arguments.value[1])
        _fill(self, fields, assigned=fields)

    def __attrs_post_init__(self) -> None:
        # msgspec, and the constructor that attrs makes for a subclass, fill an instance without calling __init__.
        fields = Secret(_fields_of(self))
        _fill(self, fields, assigned=fields)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The session that a mapping of field names to JSON values describes. Raises `InvalidSessionError`."""
        content = Secret(data)
        del data  # no frame of an error may hold it
        if not _is(content.value, Mapping):
            rule = f"must be a mapping of field names to values, not {type(content.value).__name__}"
            raise _refusal("data", rule, "pass a dict")
        names = wire_names(GeneratedCreateSession)
        return cls(**{names.get(str(name), str(name)): value for name, value in content.value.items()})

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The session that one JSON object in UTF-8 describes; no key twice. Raises `InvalidSessionError`."""
        from ._validation.strict_json import InvalidJsonObject, read_object

        text = Secret(data)
        del data
        try:
            content = Secret(read_object(text.value))
        except InvalidJsonObject as error:
            refusal = _refusal("data", f"must be one JSON object in UTF-8: {error}", "fix the JSON")
        else:
            return cls.from_dict(content.value)
        raise refusal  # outside of `except`: the error that it replaces has the data in its context

    def to_json(self) -> bytes:
        """The fields that are given, as one JSON object in UTF-8. The token is included."""
        return self._to_json_fast() if type(self) is CreateSession else super().to_json()

    @classmethod
    def of(cls, session: GeneratedCreateSession) -> Self:
        """The same session, checked again, from an instance of this class or of the generated one.

        Raises `InvalidSessionError`.
        """
        if not _is(session, GeneratedCreateSession):
            raise _refusal("session", f"must be a CreateSession, not {type(session).__name__}", "pass one")
        fields = Secret(_fields_of(session))
        checked = cls.__new__(cls)
        if isinstance(session, CreateSession) and fields.value["ha_job_id"] is not None:
            _fill(checked, fields, assigned=Secret({}))  # it has warned already
        else:
            construct: Any = CreateSession.__init__
            construct(checked, **fields.value)
        return checked

    def with_app_config(self, *, build_id: str, compute_template_id: str) -> Self:
        """A copy that uses an app config, without cluster config and cloud. Raises `InvalidSessionError`."""
        pair = {"build_id": build_id, "compute_template_id": compute_template_id}
        return _copied(self, Secret({"uses_app_config": True, **pair, **dict.fromkeys(CLUSTER_CONFIG_FIELDS)}))

    def with_cluster_config(self, *, cluster_config: str, cloud_id: str) -> Self:
        """A copy that uses a cluster config, without build and compute template. Raises `InvalidSessionError`."""
        pair = Secret({"cluster_config": cluster_config, "cloud_id": cloud_id})
        del cluster_config, cloud_id
        return _copied(self, Secret({"uses_app_config": False, **pair.value, **dict.fromkeys(APP_CONFIG_FIELDS)}))


def _copied(session: S, changes: Secret[dict[str, Any]]) -> S:
    changed = copy.copy(session)
    _fill(changed, Secret({**_fields_of(session), **changes.value}), assigned=Secret({}))
    return changed


def _refusal(field: str, rule: str, remedy: str) -> InvalidSessionError:
    return InvalidSessionError.of("CreateSession", [Problem(field, rule, remedy)])


def _is(value: object, kind: type) -> bool:
    """`isinstance`, for what type checkers take for granted."""
    return isinstance(value, kind)


def _fields_of(session: GeneratedCreateSession) -> dict[str, Any]:
    return {name: getattr(session, name, attrs.NOTHING) for name in field_names(GeneratedCreateSession)}


def _fill(session: CreateSession, fields: Secret[dict[str, Any]], *, assigned: Secret[dict[str, Any]]) -> None:
    """Check all fields, warn about those that are assigned now and have no effect, and only then change the session."""
    values = validated(fields)
    _warn(assigned, values)
    for name in values.value:
        object.__setattr__(session, name, values.value[name])


def _warn(assigned: Secret[dict[str, Any]], values: Secret[dict[str, Any]]) -> None:
    if assigned.value.get("user_service_token") is not None and values.value["user_service_token"] is None:
        _warn_caller("user_service_token is ignored for a private user service; leave it out", TokenIgnoredWarning)
    if assigned.value.get("ha_job_id") is not None:
        _warn_caller("ha_job_id is set by the platform; leave it out", InternalFieldWarning)


def _warn_caller(message: str, category: type[Warning]) -> None:
    """Warn at the line that called into this package, also if the call came through attrs or a client."""
    level, frame = 1, inspect.currentframe()
    while frame is not None and _is_called_through(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_called_through(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    return package in CALLED_THROUGH or frame.f_code.co_filename.startswith("<attrs generated")
