"""The spec as it is shipped, and instances of every generated model."""

from __future__ import annotations

import json
import sys
import types
import typing
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import strategies as st

from anyscale_sessions_api.types import Model, OpenEnum

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=OFFSETS).filter(lambda moment: 1 < moment.year < 9999)
PLAIN = st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    Any: JSON,
    str: TEXTS,
    int: INTEGERS,
    bool: st.booleans(),
    datetime: MOMENTS,
    type(None): st.none(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type that a model declares, within what its `Meta` allows."""
    if kind in SIMPLE:
        return SIMPLE[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return constrained(arguments[0], arguments[1])
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values(argument) for argument in arguments])
    if origin is list:
        return st.lists(values(arguments[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(TEXTS, values(arguments[1]), max_size=3)
    if issubclass(kind, OpenEnum):
        return st.sampled_from(list(kind)) | TEXTS.map(kind)
    return instances(kind)


def constrained(kind: Any, meta: msgspec.Meta) -> st.SearchStrategy[Any]:
    """Values that keep the rules of a request's field."""
    if meta.pattern is not None:
        return st.from_regex(meta.pattern).filter(lambda text: len(text) <= (meta.max_length or 999))
    return st.integers(meta.ge, 2**63 - 1) if meta.ge is not None else values(kind)


def instances(model: type[Model]) -> st.SearchStrategy[Any]:
    """Instances of a model, with every field given or not as its type allows."""
    hints = typing.get_type_hints(model, vars(sys.modules[model.__module__]), include_extras=True)
    return st.deferred(
        lambda: st.builds(model, **{field.name: values(hints[field.name]) for field in attrs.fields(model)})
    )


@pytest.fixture(scope="session")
def instances_of() -> Callable[[type[Model]], st.SearchStrategy[Any]]:
    """Instances of a model."""
    return instances


@pytest.fixture(scope="session")
def spec() -> dict[str, Any]:
    """The spec that the package carries."""
    content: dict[str, Any] = json.loads((files("anyscale_sessions_api") / "openapi.json").read_text("utf-8"))
    return content
