"""The fields of a model that a command may show: all except secrets."""

from __future__ import annotations

from typing import TypeAlias, cast

import msgspec

from anyscale_sessions_api.types import SECRET_FIELDS, Model, plain

Fields: TypeAlias = dict[str, object]

TOKEN_FIELD = "user_service_token"  # noqa: S105 - the name of a field; the only secret that --show-token shows


def visible_fields(model: Model, *, show_token: bool = False) -> Fields:
    """Return the fields of a model that are set and are not secret, as JSON-ready values."""
    hidden = secret_field_names() - {TOKEN_FIELD} if show_token else secret_field_names()
    return {name: _without(hidden, value) for name, value in model.to_dict().items() if name not in hidden}


def visible_value(value: object) -> object:
    """Return any result without what is secret in it, as JSON-ready values."""
    return _without(secret_field_names(), msgspec.to_builtins(plain(value)))


def secret_field_names() -> frozenset[str]:
    """Return the names of all fields that the spec marks as secret. Generated code leaves exactly these out of `repr`.

    A field with such a name is hidden everywhere, also in an object whose fields the spec does not list, such as the
    data of an operation.
    """
    return SECRET_FIELDS


def _without(hidden: frozenset[str], value: object) -> object:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value).items()
        return {name: _without(hidden, inner) for name, inner in members if name not in hidden}
    if isinstance(value, list):
        return [_without(hidden, inner) for inner in cast("list[object]", value)]
    return value
