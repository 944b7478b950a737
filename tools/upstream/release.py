"""Read the models and operations of a release of the upstream SDK from its wheel, without importing any of it.

OpenAPI Generator writes each model and each operation in one form. The facts stand in dictionaries, in arguments and in
the texts of errors.
"""

from __future__ import annotations

import ast
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MODELS, OPERATIONS = "anyscale/sdk/anyscale_client/models/", "anyscale/sdk/anyscale_client/api/default_api.py"
_REQUIRED_FIELD = re.compile(r"Invalid value for `(\w+)`, must not be `None`")
_REQUIRED_PARAMETER = re.compile(r"Missing the required parameter `(\w+)`")


class UnreadableRelease(Exception):
    """A file is no release of the SDK in the form that is known; the message says why."""


@dataclass(frozen=True)
class Field:
    """A field of a model, with its type as upstream writes it (`str`, `list[Session]`)."""

    type: str
    is_required: bool
    default: object


@dataclass(frozen=True)
class Operation:
    """An operation. `body` is the name of the argument that takes the body, and `response` the name of a model."""

    method: str
    path: str
    path_parameters: tuple[str, ...]
    query_parameters: tuple[str, ...]
    required: frozenset[str]
    body: str | None
    response: str | None


@dataclass(frozen=True)
class Release:
    """What a release of the SDK has: fields by model, values by enum, and operations, each by name."""

    version: str
    models: dict[str, dict[str, Field]] = field(default_factory=dict[str, dict[str, Field]])
    enums: dict[str, list[object]] = field(default_factory=dict[str, list[object]])
    operations: dict[str, Operation] = field(default_factory=dict[str, Operation])


def read_release(wheel: Path) -> Release:
    """The release in a wheel.

    Raises:
        UnreadableRelease: the file is not a wheel, or its modules do not have the known form.
    """
    try:
        with zipfile.ZipFile(wheel) as files:
            names = [name for name in files.namelist() if name.startswith(MODELS) and name.endswith(".py")]
            models = [ast.parse(files.read(name)) for name in names]
            operations = ast.parse(files.read(OPERATIONS))
    except (OSError, zipfile.BadZipFile, KeyError, SyntaxError) as error:
        raise UnreadableRelease(f"{wheel.name} cannot be read: {error}") from error
    release = Release(version=wheel.name.split("-")[1])
    for tree in models:
        for kind in (node for node in tree.body if isinstance(node, ast.ClassDef)):
            _add_model(release, kind)
    for name, function in _functions(operations):
        if name.endswith("_with_http_info"):
            release.operations[name.removesuffix("_with_http_info")] = _operation(function)
    if not release.models or not release.operations:
        raise UnreadableRelease(f"{wheel.name}: found no models or no operations in the form of OpenAPI Generator")
    return release


def _add_model(release: Release, kind: ast.ClassDef) -> None:
    constants = {
        target.id: node.value
        for node in kind.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    values = constants.get("allowable_values")
    if isinstance(values, ast.List):
        named = [constants[value.id] if isinstance(value, ast.Name) else value for value in values.elts]
        release.enums[kind.name] = [ast.literal_eval(value) for value in named]
    elif "openapi_types" in constants:
        types: dict[str, str] = ast.literal_eval(constants["openapi_types"])
        wire: dict[str, str] = ast.literal_eval(constants["attribute_map"])
        required = set(_REQUIRED_FIELD.findall(ast.unparse(kind)))
        defaults = _defaults(kind)
        release.models[kind.name] = {
            wire[name]: Field(type_, name in required, defaults.get(name)) for name, type_ in types.items()
        }


def _defaults(kind: ast.ClassDef) -> dict[str, object]:
    (constructor,) = (function for name, function in _functions(kind) if name == "__init__")
    named = [argument.arg for argument in constructor.args.args]
    values = constructor.args.defaults
    return {
        name: ast.literal_eval(value) for name, value in zip(named[len(named) - len(values) :], values, strict=True)
    }


def _functions(within: ast.AST) -> Iterator[tuple[str, ast.FunctionDef]]:
    return ((node.name, node) for node in ast.walk(within) if isinstance(node, ast.FunctionDef))


def _operation(function: ast.FunctionDef) -> Operation:
    text = ast.unparse(function)  # in one form, whatever the layout of the source
    call = next(
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "call_api"
    )
    path, method = (str(ast.literal_eval(argument)) for argument in call.args[:2])
    response = next((keyword.value for keyword in call.keywords if keyword.arg == "response_type"), None)
    body = re.search(r"body_params = local_var_params\['(\w+)'\]", text)
    return Operation(
        method=method,
        path=path,
        path_parameters=tuple(re.findall(r"path_params\['(\w+)'\]", text)),
        query_parameters=tuple(re.findall(r"query_params\.append\(\('(\w+)'", text)),
        required=frozenset(_REQUIRED_PARAMETER.findall(text)),
        body=body.group(1) if body else None,
        response=ast.literal_eval(response) if response is not None else None,
    )
