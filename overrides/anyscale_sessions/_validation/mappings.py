"""Mappings where the spec has a model: plain data in the place of a request body, or of a part of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from anyscale_sessions_api.types import Model, wire_names, wire_rules

from .._utils.text import suggestion
from ..exceptions import Problem
from .fields import shapes_of


def without_models(value: Any) -> Any:
    """The value with a dict in the place of each mapping and each model, also inside lists.

    Raises `RecursionError` for a value that contains itself.
    """
    match value:
        case Model():
            names, extra = wire_names(type(value)), wire_rules(type(value)).extra
            more: dict[str, Any] = without_models(getattr(value, extra)) if extra else {}
            return {**more, **{name: without_models(getattr(value, own, None)) for name, own in names.items()}}
        case Mapping():
            return {key: without_models(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case list() | tuple():
            return [without_models(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value


def unknown_fields(kind: Any, content: Mapping[Any, Any], path: str = "") -> Iterator[Problem]:
    """The keys of a mapping that are not fields of the model, also in the models inside it."""
    names = wire_names(kind)
    for key, value in content.items():
        if key not in names and wire_rules(kind).extra:
            continue
        if key not in names:
            name = f"{path}{key}" if isinstance(key, str) else f"{path}body"
            rule = "unknown field" if isinstance(key, str) else f"has a key that is not text, but {type(key).__name__}"
            yield Problem(name, rule, suggestion(str(key), names))
        elif names[key] in nested_models(kind):
            inner = nested_models(kind)[names[key]]
            for item in value if isinstance(value, list) else [value]:  # pyright: ignore[reportUnknownVariableType]
                if isinstance(item, dict):
                    yield from unknown_fields(inner, item, f"{path}{key}.")  # pyright: ignore[reportUnknownArgumentType]


def unknown_fields_of(kind: Any, value: Any, path: str) -> Iterator[Problem]:
    """The same for a value whose type may be a model, or a list of models."""
    model = _model_in(kind)
    for item in (value if isinstance(value, (list, tuple)) else [value]) if model is not None else []:  # pyright: ignore[reportUnknownVariableType]
        if isinstance(item, Mapping):
            yield from unknown_fields(model, item, path)  # pyright: ignore[reportUnknownArgumentType]


@cache
def nested_models(kind: Any) -> Mapping[str, type[Model]]:
    """The fields of a model that hold another model or a list of them, with the class of that model."""
    found = ((name, _model_in(shape.kind)) for name, shape in shapes_of(kind).items())
    return {name: model for name, model in found if model is not None}


def _model_in(kind: Any) -> type[Model] | None:
    """The model in an optional type or in the type of a list. The keys of a map are no fields."""
    if get_origin(kind) is dict:
        return None
    if isinstance(kind, type) and issubclass(kind, Model):
        return kind
    return next((model for model in map(_model_in, get_args(kind)) if model is not None), None)
