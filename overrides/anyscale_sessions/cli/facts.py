"""Models as plain facts that may be shown: without secrets, but for a user service token that was asked for by name."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import attrs
from anyscale_sessions_api import models
from anyscale_sessions_api.types import Model

Facts: TypeAlias = dict[str, object]

TOKEN_FIELD = "user_service_token"


def facts_of(model: Model, *, show_token: bool = False) -> Facts:
    """The fields of a model that are given and may be shown, as JSON-ready values."""
    hidden = secret_names() - {TOKEN_FIELD} if show_token else secret_names()
    return {name: _shown(value, hidden) for name, value in model.to_dict().items() if name not in hidden}


@cache
def secret_names() -> frozenset[str]:
    """The names of all fields that the spec marks as secret: generated code keeps exactly these out of `repr`.

    They are hidden wherever they stand, also in an object whose shape the spec leaves open, such as an operation's data.
    """
    kinds: list[object] = [getattr(models, name) for name in models.__all__]
    return frozenset(
        field.name
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, Model)
        for field in attrs.fields(kind)
        if not field.repr
    )


def _shown(value: object, hidden: frozenset[str]) -> object:
    match value:
        case dict():
            return {name: _shown(inner, hidden) for name, inner in value.items() if name not in hidden}  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [_shown(inner, hidden) for inner in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value
