"""Mappings where the spec has a model: plain data in the place of a request body, or of a part of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from anyscale_sessions_api.types import Model, UnionMeta, wire_names, wire_rules

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
    names, nested = wire_names(kind), nested_types(kind)
    for key, value in content.items():
        if key not in names and wire_rules(kind).extra:
            continue
        if key not in names:
            name = f"{path}{key}" if isinstance(key, str) else f"{path}body"
            rule = "unknown field" if isinstance(key, str) else f"has a key that is not text, but {type(key).__name__}"
            yield Problem(name, rule, suggestion(str(key), names))
        elif names[key] in nested:
            yield from unknown_fields_of(nested[names[key]], value, f"{path}{key}.")


def unknown_fields_of(kind: Any, value: Any, path: str) -> Iterator[Problem]:
    """The same for a value whose type may be a model, or a list or a map of models."""
    for model, content in mappings_in(kind, value):
        yield from unknown_fields(model, content, path)


def mappings_in(kind: Any, value: Any) -> Iterator[tuple[Any, Mapping[Any, Any]]]:
    """Each mapping in a value that stands where its type has a model, with that model. None inside of others."""
    if isinstance(value, Model):
        own: Any = type(value)
        for name, inner in nested_types(own).items():
            yield from mappings_in(inner, getattr(value, name, None))
    elif isinstance(value, (Mapping, list, tuple)):
        for option in _options(kind):
            is_map = get_origin(option) is dict
            if isinstance(value, Mapping) and not is_map:
                model = option.class_of(value.get(option.tag)) if isinstance(option, UnionMeta) else option  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
                yield from [(model, value)] if _is_model(model) else []
            elif isinstance(value, Mapping) or get_origin(option) is list:
                for item in value.values() if isinstance(value, Mapping) else value:  # pyright: ignore[reportUnknownVariableType]
                    yield from mappings_in(get_args(option)[-1], item)


@cache
def nested_types(kind: Any) -> Mapping[str, Any]:
    """The types of the fields of a model that can hold other models."""
    return {name: shape.kind for name, shape in shapes_of(kind).items() if _holds_model(shape.kind)}


def _holds_model(kind: Any) -> bool:
    return _is_model(kind) or isinstance(kind, UnionMeta) or any(map(_holds_model, get_args(kind)))


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)


def _options(kind: Any) -> Iterator[Any]:
    """The types in a union, or in one with rules beside it; the type itself where it is neither."""
    if get_origin(kind) in (Union, UnionType):
        for option in get_args(kind):
            yield from _options(option)
    elif get_origin(kind) is Annotated:
        yield from _options(get_args(kind)[0])
    else:
        yield kind
