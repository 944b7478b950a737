"""The API reference: a directive that documents public names, and what the spec adds to their docstrings."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from enum import Enum
from importlib import import_module
from importlib.resources import files
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import anyscale_sessions
from anyscale_sessions.exceptions import ERRORS_BY_STATUS, SessionsError
from anyscale_sessions_api import models
from anyscale_sessions_api.client import OPERATION_IDS
from anyscale_sessions_api.types import SECRET_FIELDS, Model

SPEC: dict[str, Any] = json.loads((files("anyscale_sessions_api") / "openapi.json").read_text("utf-8"))
# Napoleon reads the sections of docstrings at 500.
BEFORE_NAPOLEON = 400
AFTER_NAPOLEON = 600


class PublicNames(SphinxDirective):
    """Documents the public names of a kind: `.. public-names:: models`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Parse one autodoc directive for each name."""
        kind = self.arguments[0]
        if kind not in KINDS:
            raise self.error(f"unknown kind {kind!r}; expected one of {', '.join(KINDS)}")
        module, is_of_kind = KINDS[kind]
        lines = StringList([f".. currentmodule:: {module}", ""], kind)
        for name in public_names(module):
            value = getattr(import_module(module), name)
            if is_of_kind(value):
                for line in _directive(name, value):
                    lines.append(line, f"{module}.{name}")
        return self.parse_text_to_nodes(lines)


def public_names(module: str) -> list[str]:
    """The public names of a module, in alphabetical order."""
    names = [name for name in dir(import_module(module)) if not name.startswith("_")]
    return sorted(getattr(import_module(module), "__all__", names), key=str.lower)


def _directive(name: str, value: object) -> Iterator[str]:
    if not isinstance(value, type):
        yield from [f".. autofunction:: {name}", ""]
        return
    yield f".. {'autoexception' if issubclass(value, Exception) else 'autoclass'}:: {name}"
    yield "   :members:"
    if issubclass(value, Enum):
        yield "   :undoc-members:"
    if issubclass(value, Exception):
        yield "   :show-inheritance:"
        yield "   :exclude-members: of"
    elif not issubclass(value, (Model, Enum)):
        yield "   :inherited-members: tuple"
    yield ""


def _is_subclass(value: object, base: type) -> bool:
    return isinstance(value, type) and issubclass(value, base)


def _is_plain_model(value: object) -> bool:
    return _is_subclass(value, Model) and value is not anyscale_sessions.CreateSession


# The kinds of names, with the module that has them.
KINDS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "models": ("anyscale_sessions", _is_plain_model),
    "enums": ("anyscale_sessions", lambda value: _is_subclass(value, Enum)),
    "errors": ("anyscale_sessions", lambda value: _is_subclass(value, SessionsError)),
    "warnings": ("anyscale_sessions", lambda value: _is_subclass(value, Warning)),
    "operations": ("anyscale_sessions_api.api", callable),
    "fleet": ("anyscale_sessions.fleet", callable),
    "ray": ("anyscale_sessions.fleet.ray", callable),
    "sandbox": ("anyscale_sessions_sandbox", callable),
}


def add_errors_of_the_spec(
    _app: Sphinx, what: str, name: str, _value: object, _options: object, lines: list[str]
) -> None:
    """Add the route of an operation and the errors of its responses to the docstring of its method."""
    operation_id = name.rpartition(".")[2]
    if what != "method" or operation_id not in OPERATION_IDS:
        return
    route, responses = _operation(operation_id)
    while lines and not lines[-1].strip():
        lines.pop()
    sections = [index for index, line in enumerate(lines) if line in {"Args:", "Raises:"}]
    lines[sections[0] if sections else len(lines) : sections[0] if sections else len(lines)] = ["", f"``{route}``", ""]
    if "Raises:" not in lines:
        lines += ["", "Raises:"]
    for status, description in responses.items():
        error = ERRORS_BY_STATUS.get(int(status))
        if error is not None:
            lines.append(f"    {error.__name__}: {status}: {description}")
    lines.append("")


def _operation(operation_id: str) -> tuple[str, dict[str, str]]:
    """The route of an operation, and the description of each of its responses by status."""
    for path, methods in SPEC["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and operation.get("operationId") == operation_id:
                return f"{method.upper()} {path}", {
                    status: " ".join(str(_resolved(response)["description"]).split())
                    for status, response in operation["responses"].items()
                }
    raise LookupError(operation_id)


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = SPEC
    for part in str(node["$ref"]).removeprefix("#/").split("/"):
        found = found[part]
    return _resolved(found)


FIELD_TEXTS: dict[str, list[str]] = {}


def keep_field_text(_app: Sphinx, what: str, name: str, _value: object, _options: object, lines: list[str]) -> None:
    """Keep the text of a field: napoleon reads what is before the first colon as the type of the field."""
    if what == "attribute":
        FIELD_TEXTS[name] = list(lines)


def restore_field_text(_app: Sphinx, what: str, name: str, _value: object, _options: object, lines: list[str]) -> None:
    """Restore the text of a field, and say whether the field is secret."""
    if what == "attribute" and FIELD_TEXTS[name]:
        lines[:] = FIELD_TEXTS[name]
        if name.rpartition(".")[2] in SECRET_FIELDS:
            lines[0] = f"*Secret: it is never shown, neither in a repr nor in a log.* {lines[0]}"


def simplify_types(_app: Sphinx) -> None:
    """Show the types of fields without the limits and marks that only the generated code needs."""
    for name in models.__all__:
        for kind in getattr(models, name).__mro__:
            if kind.__module__.startswith("anyscale_sessions_api.models."):
                for annotated in (kind, kind.__init__):
                    for field, annotation in getattr(annotated, "__annotations__", {}).items():
                        annotated.__annotations__[field] = _simple_type(ast.parse(annotation, mode="eval").body)


def _simple_type(annotation: ast.expr) -> str:
    if isinstance(annotation, ast.BinOp):
        return f"{_simple_type(annotation.left)} | {_simple_type(annotation.right)}"
    if isinstance(annotation, ast.Subscript):
        parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        outer = ast.unparse(annotation.value)
        if outer in {"Annotated", "Promised"}:
            return _simple_type(parts[0])
        return f"{outer}[{', '.join(map(_simple_type, parts))}]"
    return {"DateTime": "datetime", "Date": "date"}.get(text := ast.unparse(annotation), text)


def hide_constructors(
    _app: Sphinx, what: str, _name: str, _value: object, _options: object, signature: str | None, _returned: object
) -> tuple[str, None] | None:
    """Show no constructor that is not for callers: those of errors, and those that take functions of ours."""
    is_hidden = signature and (what == "exception" or "<function " in signature)
    return ("", None) if is_hidden else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and the hooks."""
    app.add_directive("public-names", PublicNames)
    app.connect("autodoc-process-docstring", add_errors_of_the_spec, priority=BEFORE_NAPOLEON)
    app.connect("autodoc-process-docstring", keep_field_text, priority=BEFORE_NAPOLEON)
    app.connect("autodoc-process-docstring", restore_field_text, priority=AFTER_NAPOLEON)
    app.connect("autodoc-process-signature", hide_constructors)
    app.connect("builder-inited", simplify_types)
    return {"parallel_read_safe": True}
