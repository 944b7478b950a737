"""Models as plain facts that may be shown: without secrets, but for a user service token that was asked for by name."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias, cast

import attrs

from anyscale_sessions_api import models
from anyscale_sessions_api.types import Model

Facts: TypeAlias = dict[str, object]

SHOWN_IF_ASKED_FOR = "user_service_token"


def facts_of(model: Model, *, show_token: bool = False) -> Facts:
    """The fields of a model that are given and may be shown, as JSON-ready values."""
    hidden = secret_names() - {SHOWN_IF_ASKED_FOR} if show_token else secret_names()
    return {name: _shown(value, hidden) for name, value in model.to_dict().items() if name not in hidden}


@cache
def secret_names() -> frozenset[str]:
    """The names of all fields that the spec marks as secret: generated code keeps exactly these out of `repr`.

    They are hidden wherever they stand, also in an object whose shape the spec leaves open: an operation's data, say.
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
    if isinstance(value, dict):
        members = cast("dict[str, object]", value).items()
        return {name: _shown(inner, hidden) for name, inner in members if name not in hidden}
    if isinstance(value, list):
        return [_shown(inner, hidden) for inner in cast("list[object]", value)]
    return value
