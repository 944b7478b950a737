"""The rules of a new session: each field by itself, then the fields that go together, then the token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from anyscale_sessions_api.models.create_session import CreateSession
from anyscale_sessions_api.models.user_service_access_types import UserServiceAccessTypes
from anyscale_sessions_api.types import NULL, OpenEnum, OpenIntEnum, Secret

from .._utils.text import suggestion
from ..exceptions import InvalidSessionError, Problem
from ..tokens import is_user_service_token, make_user_service_token
from .fields import FieldType, check, shapes_of, strip_subclass

APP_CONFIG_FIELDS = ("build_id", "compute_template_id")
CLUSTER_CONFIG_FIELDS = ("cluster_config", "cloud_id")
NEVER_IDLE_MINUTES = -1


def validated(fields: Secret[dict[str, Any]]) -> Secret[dict[str, Any]]:
    """The value of every field, with defaults and token filled in. Raises `InvalidSessionError` with all problems."""
    values, problems = _checked(fields.value)
    if problems:
        raise InvalidSessionError.of("CreateSession", problems)
    return Secret(_with_token(values.value))


def _checked(fields: Mapping[str, Any]) -> tuple[Secret[dict[str, Any]], list[Problem]]:
    """The values that are right, and the problems with the others."""
    known = shapes_of(CreateSession)
    values: dict[str, Any] = {}
    problems = [Problem(name, "unknown field", suggestion(name, known)) for name in fields if name not in known]
    for name, field in known.items():
        value, problem = _check_field(name, strip_subclass(fields.get(name, field.default)), field)
        if problem is None:
            values[name] = value
        else:
            problems.append(problem)
    problems += _rule_problems(values)
    return Secret(values), problems


def resolve_token(
    user_service_access: UserServiceAccessTypes | None, user_service_token: str | None, ha_job_id: str | None
) -> Any:
    """The token for the constructor; `NotImplemented` if it breaks a rule, or if something is given without effect.

    It is the fast form of the rules below. Each of the fields is right by itself.
    """
    if ha_job_id is not None:
        return NotImplemented
    if user_service_token is None:
        return make_user_service_token() if user_service_access is UserServiceAccessTypes.PUBLIC else None
    is_ignored = user_service_access is UserServiceAccessTypes.PRIVATE
    return NotImplemented if is_ignored or not is_user_service_token(user_service_token) else user_service_token


def _check_field(name: str, given: Any, field: FieldType) -> tuple[Any, Problem | None]:
    value, problem = check(name, given, field)
    specific = _specific_problem(name, given) or _unknown_field(name, given, field)
    return value, specific or problem or _unknown_member(name, value)


def _unknown_field(name: str, given: Any, field: FieldType) -> Problem | None:
    """The problem of a mapping in the place of a model, with a key that is not a field of it."""
    if not isinstance(given, (Mapping, list)):
        return None
    from .mappings import unknown_fields_of

    return next(unknown_fields_of(field.kind, given, f"{name}."), None)


def _specific_problem(name: str, value: Any) -> Problem | None:
    """A problem for which there is a better message than the type in the spec allows."""
    if name == "name" and isinstance(value, str) and not value.strip():
        return Problem(name, "must not be blank", "give the session a name")
    if name == "idle_timeout" and type(value) is int and value < NEVER_IDLE_MINUTES:
        return Problem(name, "must be -1 or more minutes, within 64 bits", "pass -1 for never, else 0 or more")
    return None


def _unknown_member(name: str, value: Any) -> Problem | None:
    """The problem of an enum value that is not in the spec: only a newer server could know it."""
    if not isinstance(value, OpenEnum | OpenIntEnum) or value.is_known:
        return None
    known = [str(member.value) for member in type(value)]
    return Problem(name, f"must be one of {', '.join(known)}", suggestion(str(value.value), known))


def _rule_problems(values: Mapping[str, Any]) -> Iterator[Problem]:
    """The problems between fields. A field that is wrong by itself is not in `values` and is not reported again."""
    if values.get("uses_app_config") is True:
        needed, when, other = APP_CONFIG_FIELDS, "if uses_app_config is true", "uses_app_config=False"
    else:
        needed, when, other = CLUSTER_CONFIG_FIELDS, "unless uses_app_config is true", "uses_app_config=True"
    values = {name: None if value is NULL else value for name, value in values.items()}
    if "uses_app_config" in values:
        for name in needed:
            if name in values and not (values[name] or "").strip():
                yield Problem(name, f"must be given, and not be blank, {when}", f"pass {name}, or {other}")
    token, access = values.get("user_service_token"), values.get("user_service_access")
    if token is not None and access is not UserServiceAccessTypes.PRIVATE and not is_user_service_token(token):
        rule = "must be URL-safe base64 text of exactly 32 bytes: 43 characters in canonical form, without padding"
        yield Problem("user_service_token", rule, "leave it out to have one made, or use make_user_service_token()")


def _with_token(values: dict[str, Any]) -> dict[str, Any]:
    """The same values with a new token for a public user service that has none, and without one for a private one."""
    access, token = values["user_service_access"], values["user_service_token"]
    if access is UserServiceAccessTypes.PUBLIC and (token is None or token is NULL):
        values["user_service_token"] = make_user_service_token()
    if access is UserServiceAccessTypes.PRIVATE:
        values["user_service_token"] = None
    return values
