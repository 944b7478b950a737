"""`CreateSession` with the rules that the generated class cannot hold: which fields go together, and the token.

The rules are the ones in openapi.yaml (`CreateSession`: if/then/else, allOf). They are checked when a session is
described, when an attribute is assigned, and once more before it is sent.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, update_wrapper
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, overload

import attrs
import msgspec

from anyscale_sessions_api.models.create_session import CreateSession as GeneratedCreateSession
from anyscale_sessions_api.models.create_session import CreateSessionOtherFields
from anyscale_sessions_api.models.user_service_access_types import UserServiceAccessTypes
from anyscale_sessions_api.types import OpenEnum, field_names

from ._utils.text import suggestion
from ._validation.fields import check, shapes_of, strip_subclass
from .exceptions import InternalFieldWarning, InvalidSessionError, Problem, TokenIgnoredWarning
from .tokens import is_user_service_token, make_user_service_token

APP_CONFIG_FIELDS = ("build_id", "compute_template_id")
CLUSTER_CONFIG_FIELDS = ("cluster_config", "cloud_id")
NEVER_IDLE_MINUTES = -1
# A warning is told to the line outside of these: ours, and the modules that call us for somebody else.
PASSED_THROUGH = frozenset({"anyscale_sessions", "anyscale_sessions_api", "attr", "contextlib"})

if TYPE_CHECKING:
    from ._validation.quick_checks import Compiled

S = TypeVar("S", bound="CreateSession")


class CreateSession(GeneratedCreateSession):
    """What a new session is made of: an app config (a build and a compute template), or a cluster config and a cloud.

    With `uses_app_config=True`, `build_id` and `compute_template_id` must be given; otherwise `cluster_config` and
    `cloud_id` must be. A token is made for a public user service that has none. An instance always keeps the rules:
    an assignment that would break one is refused and changes nothing.

    Raises:
        InvalidSessionError: with everything that is wrong at once.
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

    else:  # to type checkers these two would mean that any attribute can be assigned

        def __setattr__(self, name: str, value: Any) -> None:
            fields = _fields_of(self)
            is_added_by_subclass = name in field_names(type(self)) and name not in fields
            is_being_made = (
                attrs.NOTHING in fields.values()
            )  # by the constructor of a subclass; it is checked at the end
            if is_added_by_subclass or is_being_made:
                object.__setattr__(self, name, value)
            else:
                _fill(self, {**fields, name: value}, given={name: value})

        def __delattr__(self, name: str) -> None:
            raise InvalidSessionError.of(
                "CreateSession", [Problem(name, "cannot be deleted", "assign None, or its default")]
            )

    def __init__(self, /, *unnamed: Any, **fields: Any) -> None:
        _constructor()(self, *unnamed, **fields)  # which stands here itself after the first call

    def __attrs_post_init__(self) -> None:
        # msgspec, and the constructor that attrs makes for a subclass, fill an instance without calling __init__.
        fields = _fields_of(self)
        _fill(self, fields, given=fields)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The session that a mapping of field names to JSON values describes. Raises `InvalidSessionError`."""
        if not _is(data, Mapping):
            rule = f"must be a mapping of field names to values, not {type(data).__name__}"
            raise InvalidSessionError.of("CreateSession", [Problem("data", rule, "pass a dict")])
        return cls(**{str(name): value for name, value in data.items()})

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The session that one JSON object describes, in UTF-8 and with no key twice. Raises `InvalidSessionError`."""
        from ._validation.strict_json import InvalidJsonObject, read_object

        try:
            content = read_object(data)
        except InvalidJsonObject as error:
            problem = Problem("data", f"must be one JSON object in UTF-8: {error}", "mend the JSON")
        else:
            return cls.from_dict(content)
        raise InvalidSessionError.of("CreateSession", [problem])

    def to_json(self) -> bytes:
        """The fields that are given, as one JSON object in UTF-8; the token included."""
        if type(self) is CreateSession and (compiled := _compiled()).is_plain:
            return _encode(compiled.given(self))
        return GeneratedCreateSession.to_json(self)

    @classmethod
    def of(cls, session: GeneratedCreateSession) -> Self:
        """The same session with every rule checked again, from an instance of this class or of the generated one."""
        if not _is(session, GeneratedCreateSession):
            problem = Problem("session", f"must be a CreateSession, not {type(session).__name__}", "pass one")
            raise InvalidSessionError.of("CreateSession", [problem])
        checked = cls.__new__(cls)
        fill: Any = _constructor_again() if isinstance(session, CreateSession) else CreateSession.__init__
        fill(checked, **_fields_of(session))
        return checked

    def with_app_config(self, *, build_id: str, compute_template_id: str) -> Self:
        """A copy that is made from an app config; its cluster config and cloud are dropped. Raises `InvalidSessionError`."""
        pair = {"build_id": build_id, "compute_template_id": compute_template_id}
        return _copied(self, {"uses_app_config": True, **pair, **dict.fromkeys(CLUSTER_CONFIG_FIELDS)})

    def with_cluster_config(self, *, cluster_config: str, cloud_id: str) -> Self:
        """A copy that is made from a cluster config; its build and compute template are dropped.

        Raises `InvalidSessionError`.
        """
        pair = {"cluster_config": cluster_config, "cloud_id": cloud_id}
        return _copied(self, {"uses_app_config": False, **pair, **dict.fromkeys(APP_CONFIG_FIELDS)})


_INIT: Any = CreateSession.__init__
_encode = msgspec.json.Encoder().encode


@cache
def _compiled() -> Compiled:
    from ._validation.quick_checks import Compiled

    shapes = shapes_of(GeneratedCreateSession)
    return Compiled(CreateSession, shapes, settle=_settled_token, settles="user_service_token")


@cache
def _constructor() -> Callable[..., None]:
    """What makes sessions. Compiling it takes a while, and waits until there is a session to make."""
    constructor = update_wrapper(_compiled().constructor(_looked_at_closely), _INIT)
    if CreateSession.__init__ is _INIT:  # nobody watches it
        type.__setattr__(CreateSession, "__init__", constructor)
    return constructor


def _looked_at_closely(session: CreateSession, /, *unnamed: Any, **fields: Any) -> None:
    if unnamed:
        problem = Problem("arguments", "must be given by name", "write name=..., project_id=...")
        raise InvalidSessionError.of("CreateSession", [problem])
    _fill(session, fields, given=fields)


@cache
def _constructor_again() -> Callable[..., None]:
    return _compiled().constructor(_looked_at_again)


def _looked_at_again(session: CreateSession, /, **fields: Any) -> None:
    _fill(session, fields, given={})  # it has warned already


def _copied(session: S, changes: Mapping[str, Any]) -> S:
    changed = copy.copy(session)
    _fill(changed, {**_fields_of(session), **changes}, given={})
    return changed


def _is(value: object, kind: type) -> bool:
    """`isinstance`, for what type checkers hold to be true already."""
    return isinstance(value, kind)


def _fill(session: CreateSession, fields: Mapping[str, Any], *, given: Mapping[str, Any]) -> None:
    """Check the fields, warn of what is in vain in those now given, and only then change anything."""
    values = _checked(fields)
    _warn(given, values)
    for name, value in values.items():
        _set(session, name, value)


_set = object.__setattr__


def _fields_of(session: GeneratedCreateSession) -> dict[str, Any]:
    return {name: getattr(session, name, attrs.NOTHING) for name in field_names(GeneratedCreateSession)}


def _settled_token(
    uses_app_config: bool,  # noqa: FBT001 - who calls is compiled
    build_id: str | None,
    compute_template_id: str | None,
    cluster_config: str | None,
    cloud_id: str | None,
    user_service_access: UserServiceAccessTypes | None,
    user_service_token: str | None,
    ha_job_id: str | None,
) -> Any:
    """The token, made if there must be one; `NotImplemented` if a rule may be broken or something is given in vain."""
    one, other = (build_id, compute_template_id) if uses_app_config else (cluster_config, cloud_id)
    if not one or not other or one.isspace() or other.isspace() or ha_job_id is not None:
        return NotImplemented
    if user_service_token is None:
        return make_user_service_token() if user_service_access is UserServiceAccessTypes.PUBLIC else None
    is_in_vain = user_service_access is UserServiceAccessTypes.PRIVATE
    return NotImplemented if is_in_vain or not is_user_service_token(user_service_token) else user_service_token


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A value for every field, defaults and token filled in. Raises `InvalidSessionError`."""
    shapes = shapes_of(GeneratedCreateSession)
    values: dict[str, Any] = {}
    problems = [_unknown(name, shapes) for name in fields if name not in shapes]
    for name, shape in shapes.items():
        given = strip_subclass(fields.get(name, shape.default))
        value, problem = check(name, given, shape)
        problem = _problem_with(name, given) or problem or _unknown_member(name, value)
        if problem is None:
            values[name] = value
        else:
            problems.append(problem)
    problems += _rule_problems(values)
    if problems:
        raise InvalidSessionError.of("CreateSession", problems)
    return _with_token(values)


def _unknown(name: str, known: Iterable[str]) -> Problem:
    return Problem(name, "is no field of CreateSession", suggestion(name, known))


def _problem_with(name: str, value: Any) -> Problem | None:
    """What is wrong with one value, told better than its type in the spec could."""
    if name == "name" and isinstance(value, str) and not value.strip():
        return Problem(name, "must not be blank", "give the session a name")
    if name == "idle_timeout" and type(value) is int and value < NEVER_IDLE_MINUTES:
        return Problem(name, "must be -1 or more minutes, within 64 bits", "pass -1 for never, else 0 or more")
    return None


def _unknown_member(name: str, value: Any) -> Problem | None:
    """What is wrong with an enum's value that only a newer server could know."""
    if not isinstance(value, OpenEnum) or value.is_known:
        return None
    known = [member.value for member in type(value)]
    return Problem(name, f"must be one of {', '.join(known)}", suggestion(value.value, known))


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
    token, access = values.get("user_service_token"), values.get("user_service_access")
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


def _warn(given: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Warn of what is given in vain."""
    if given.get("user_service_token") is not None and values["user_service_token"] is None:
        _warn_caller("user_service_token is ignored for a private user service; leave it out", TokenIgnoredWarning)
    if given.get("ha_job_id") is not None:
        _warn_caller("ha_job_id is set by the platform; leave it out", InternalFieldWarning)


def _warn_caller(message: str, category: type[Warning]) -> None:
    """Warn at the line that called into this package, also where the call came through attrs or a client."""
    level, frame = 1, inspect.currentframe()
    while frame is not None and _is_passed_through(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_passed_through(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    return package in PASSED_THROUGH or frame.f_code.co_filename.startswith("<attrs generated")
