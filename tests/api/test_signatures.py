"""Signatures, help texts and type hints work at run time for everything public."""

from __future__ import annotations

import inspect
import pydoc
from collections.abc import Iterator
from typing import Any, get_type_hints

import attrs
import pytest

import anyscale_sessions
from anyscale_sessions import CreateSession, UserServiceAccessTypes
from anyscale_sessions_api import api, client, models

GENERATED = {kind.__name__: kind for kind in (client.SyncApi, client.AsyncApi)}
PUBLIC = {
    name: value
    for name in anyscale_sessions.__all__
    if inspect.isclass(value := getattr(anyscale_sessions, name)) or inspect.isfunction(value)
}
OPERATIONS = {name: getattr(api, name) for name in dir(api)}
EVERYTHING = {**PUBLIC, **GENERATED, **OPERATIONS}


def functions_of(kind: type) -> Iterator[Any]:
    """The functions of a class that are public or its constructor, with those of its base classes."""
    for name, found in inspect.getmembers(kind):
        function = getattr(found, "__func__", found)
        package = str(getattr(function, "__module__", "")).partition(".")[0]
        is_ours = inspect.isfunction(function) and package in ("anyscale_sessions", "anyscale_sessions_api")
        if is_ours and (not name.startswith("_") or name == "__init__"):
            yield function


@pytest.mark.parametrize("name", EVERYTHING)
def test_everything_public_has_type_hints_a_signature_and_help(name: str) -> None:
    """Each public class and function, and each public method, has type hints, a signature and help at run time."""
    kind = EVERYTHING[name]
    get_type_hints(kind, include_extras=True)
    for function in functions_of(kind) if inspect.isclass(kind) else [kind]:
        get_type_hints(function, include_extras=True)
        inspect.signature(function)
    assert name in pydoc.render_doc(kind)


def test_every_model_has_a_signature_with_its_fields() -> None:
    """The signature of a generated model has each of its fields, by keyword only."""
    for name in models.__all__:
        kind: Any = getattr(models, name)
        if attrs.has(kind):
            parameters = inspect.signature(kind).parameters
            assert list(parameters) == [field.name for field in attrs.fields(kind)]
            assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}


def test_create_session_has_a_signature_with_its_fields() -> None:
    """The signature of `CreateSession` has each field with its type and default, and its help shows them."""
    parameters = inspect.signature(CreateSession).parameters
    hints = get_type_hints(CreateSession.__init__)
    names = [field.name for field in attrs.fields(CreateSession)]
    assert [name for name in parameters if name not in ("positional", "unknown")] == names
    assert {parameters[name].kind for name in names} == {inspect.Parameter.KEYWORD_ONLY}
    assert {name: parameters[name].default for name in names} == {
        field.name: field.default for field in attrs.fields(CreateSession)
    }
    assert hints["name"] is str
    assert hints["idle_timeout"] is int
    assert UserServiceAccessTypes in hints["user_service_access"].__args__
    assert "idle_timeout: 'int' = 120" in pydoc.render_doc(CreateSession, renderer=pydoc.plaintext)
