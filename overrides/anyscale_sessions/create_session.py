"""`CreateSession` with the rules that the generated class cannot hold: which fields go together, and the token.

The rules are the ones in openapi.yaml (`CreateSession`: if/then/else, allOf). They are checked when a session is
described, when an attribute is assigned, and once more before it is sent.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack, get_type_hints, overload

import attrs
import msgspec

from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.models.create_session import CreateSessionOtherFields
from anyscale_sessions_api.models.user_service_access_types import UserServiceAccessTypes
from anyscale_sessions_api.types import OpenEnum, field_names, plain

from .exceptions import InternalFieldWarning, InvalidSession, Problem, UserServiceTokenIgnored
from .texts import PATH_ID_RULE, has_control, has_surrogate, is_path_id, suggestion
from .tokens import is_user_service_token, make_user_service_token

APP_CONFIG_FIELDS = ("build_id", "compute_template_id")
CLUSTER_CONFIG_FIELDS = ("cluster_config", "cloud_id")
SINGLE_LINE_FIELDS = ("name", "cloud_id", "build_id", "compute_template_id", "ha_job_id")
NEVER_IDLE_MINUTES = -1
LONGEST_IDLE_MINUTES = 2**63 - 1


@attrs.define(kw_only=True, init=False, weakref_slot=False)
class CreateSession(GeneratedCreateSession):
    """What a new session is made of: an app config (a build and a compute template), or a cluster config and a cloud.

    With `uses_app_config=True`, `build_id` and `compute_template_id` must be given; otherwise `cluster_config` and
    `cloud_id` must be. A token is made for a public user service that has none. An instance always keeps the rules:
    an assignment that would break one is refused and changes nothing.

    Raises:
        InvalidSession: with everything that is wrong at once.
    """

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

    def __init__(self, /, **fields: Any) -> None:
        _assign(self, _checked(fields))
        _warn(fields, self)

    def __attrs_post_init__(self) -> None:
        # msgspec fills an instance without calling __init__.
        _assign(self, _checked(_fields_of(self)))

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in field_names(type(self)):
            raise InvalidSession.of("CreateSession", [_unknown(name)])
        _assign(self, _checked({**_fields_of(self), name: value}))
        _warn({name: value}, self)

    def __delattr__(self, name: str) -> None:
        raise InvalidSession.of("CreateSession", [Problem(name, "cannot be deleted", "assign None, or its default")])

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The session that a mapping of field names to JSON values describes. Raises `InvalidSession`."""
        return cls(**{str(name): value for name, value in data.items()})

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The session that one JSON object describes. Raises `InvalidSession`."""
        try:
            content: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            content = {}
        else:
            return cls.from_dict(content)
        raise InvalidSession.of("CreateSession", [Problem("body", "must be one JSON object in UTF-8", "mend the JSON")])

    @classmethod
    def of(cls, session: GeneratedCreateSession) -> Self:
        """The same session with every rule checked again, from an instance of this class or of the generated one."""
        checked = cls.__new__(cls)
        _assign(checked, _checked(_fields_of(session)))
        if not isinstance(session, CreateSession):  # which has warned already
            _warn(_fields_of(session), checked)
        return checked

    def with_app_config(self, *, build_id: str, compute_template_id: str) -> Self:
        """A copy that is made from an app config; its cluster config and cloud are dropped."""
        changed: dict[str, Any] = {
            "uses_app_config": True,
            "build_id": build_id,
            "compute_template_id": compute_template_id,
        }
        return type(self).from_dict(_fields_of(self) | dict.fromkeys(CLUSTER_CONFIG_FIELDS) | changed)

    def with_cluster_config(self, *, cluster_config: str, cloud_id: str) -> Self:
        """A copy that is made from a cluster config; its build and compute template are dropped."""
        given = {"cluster_config": cluster_config, "cloud_id": cloud_id}
        kept = _fields_of(self) | dict.fromkeys(APP_CONFIG_FIELDS)
        return type(self).from_dict({**kept, "uses_app_config": False, **given})


def _assign(session: CreateSession, values: dict[str, Any]) -> None:
    for name, value in values.items():
        object.__setattr__(session, name, value)


def _fields_of(session: GeneratedCreateSession) -> dict[str, Any]:
    return {name: getattr(session, name) for name in field_names(GeneratedCreateSession)}


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A value for every field, defaults and token filled in. Raises `InvalidSession`."""
    kinds = _kinds()
    values: dict[str, Any] = {}
    problems = [_unknown(name) for name in fields if name not in kinds]
    for name, (kind, default) in kinds.items():
        value, problem = _value(name, fields.get(name, default), kind)
        if problem is None:
            values[name] = value
        else:
            problems.append(problem)
    problems += _rule_problems(values)
    if problems:
        raise InvalidSession.of("CreateSession", problems)
    return _with_token(values)


@cache
def _kinds() -> dict[str, tuple[Any, Any]]:
    """The type and the default of each field, as the spec has them."""
    module = vars(sys.modules[GeneratedCreateSession.__module__])
    hints = get_type_hints(GeneratedCreateSession, module, include_extras=True)
    return {field.name: (hints[field.name], field.default) for field in attrs.fields(GeneratedCreateSession)}


def _unknown(name: str) -> Problem:
    return Problem(name, "is no field of CreateSession", suggestion(name, field_names(GeneratedCreateSession)))


def _value(name: str, value: Any, kind: Any) -> tuple[Any, Problem | None]:
    """The value as the field holds it (an enum's exact string becomes its member), or what is wrong with it."""
    if value is attrs.NOTHING:
        return None, Problem(name, "must be given", f"pass {name}")
    problem = _problem_with_text(name, value) if isinstance(value, str) else _problem_with_number(name, value)
    if problem is not None:
        return None, problem
    try:
        converted = msgspec.convert(plain(value), kind)
    except msgspec.ValidationError as error:
        return None, Problem(name, f"is not valid: {error}", "pass a value of the type that is expected")
    if isinstance(converted, OpenEnum) and not converted.is_known:
        known = [member.value for member in type(converted)]
        return None, Problem(name, f"must be one of {', '.join(known)}", suggestion(converted.value, known))
    return converted, None


def _problem_with_text(name: str, text: str) -> Problem | None:
    if has_surrogate(text):
        return Problem(name, "must not hold half of a surrogate pair", "pass text that UTF-8 can carry")
    if name in SINGLE_LINE_FIELDS and has_control(text):
        return Problem(name, "must not hold control characters, such as line breaks", "remove them")
    if name == "name" and not text.strip():
        return Problem(name, "must not be blank", "give the session a name")
    if name == "project_id" and not is_path_id(text):
        return Problem(name, PATH_ID_RULE, "pass the id as the platform shows it")
    return None


def _problem_with_number(name: str, value: object) -> Problem | None:
    if name != "idle_timeout" or not isinstance(value, int) or isinstance(value, bool):
        return None
    if not NEVER_IDLE_MINUTES <= value <= LONGEST_IDLE_MINUTES:
        return Problem(name, "must be -1 or more minutes, within 64 bits", "pass -1 for never, else 0 or more")
    return None


def _rule_problems(values: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong between the fields; one that was refused by itself is not named again."""
    if values.get("uses_app_config") is True:
        needed, when, other = APP_CONFIG_FIELDS, "if uses_app_config is true", "uses_app_config=False"
    else:
        needed, when, other = CLUSTER_CONFIG_FIELDS, "unless uses_app_config is true", "uses_app_config=True"
    if "uses_app_config" in values:
        for name in needed:
            if name in values and not (values[name] or "").strip():
                yield Problem(name, f"must be given, and not be blank, {when}", f"pass {name}, or {other}")
    token, access = values.get("user_service_token"), values.get("user_service_access", UserServiceAccessTypes.PRIVATE)
    if token is not None and access is not UserServiceAccessTypes.PRIVATE and not is_user_service_token(token):
        rule = "must be URL-safe base64 text of exactly 32 bytes: 43 characters in canonical form, without padding"
        yield Problem("user_service_token", rule, "leave it out to have one made, or use make_user_service_token()")


def _with_token(values: dict[str, Any]) -> dict[str, Any]:
    """The same values with the token made, or left out, as the access to the user service asks for."""
    access, token = values["user_service_access"], values["user_service_token"]
    if access is UserServiceAccessTypes.PUBLIC and token is None:
        values["user_service_token"] = make_user_service_token()
    if access is UserServiceAccessTypes.PRIVATE:
        values["user_service_token"] = None
    return values


def _warn(given: Mapping[str, Any], session: CreateSession) -> None:
    """Warn the caller's caller of what was given in vain."""
    if given.get("user_service_token") is not None and session.user_service_token is None:
        warnings.warn("user_service_token is ignored for a private user service", UserServiceTokenIgnored, stacklevel=3)
    if given.get("ha_job_id") is not None:
        warnings.warn("ha_job_id is set by the platform; leave it out", InternalFieldWarning, stacklevel=3)
