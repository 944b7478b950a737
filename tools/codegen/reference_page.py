"""Write docs/reference.md: every operation, model and enum, from the spec and the package that was generated from it.

Signatures, types and defaults are read from the generated code, so that the page cannot say other than what users get;
nothing is imported. What is there is in the spec's own order, or sorted: the page depends on nothing but its sources.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from spec.navigate import Node, mapping, operations, resolve, sequence
from spec.wire import operation_name, parameters_of, tag_of

HEADER = """\
<!-- Generated from openapi.yaml: do not edit. Change the spec, then run: tox -e generate -->
# Reference

Everything that `openapi.yaml` ({version}) describes. Each operation is a method of `SessionsClient` and, awaited, of
`AsyncSessionsClient`; each model and enum is a name in `anyscale_sessions`. Arguments are checked before anything is
sent: one that breaks a rule raises `InvalidRequestError`. A response with another status than 2xx raises the error that
stands beside its status. The fields marked *secret* are never shown, neither in `repr` nor in logs.
"""
ERRORS = "overrides/anyscale_sessions/exceptions"


class Field(NamedTuple):
    """An attribute of a model as its class declares it."""

    name: str
    type: str
    default: str | None
    is_secret: bool
    text: str


def reference(root: Path, spec: Node, package: Path) -> str:
    """The page for a package."""
    methods = _methods(package / "client.py")
    tags = list(dict.fromkeys([*(str(mapping(tag).get("name")) for tag in sequence(spec.get("tags"))), *_tags(spec)]))
    described = {str(mapping(tag).get("name")): mapping(tag).get("description") for tag in sequence(spec.get("tags"))}
    lines = [HEADER.format(version=_cell(str(spec["info"]["version"])))]
    errors = _errors(root / ERRORS)
    for tag in tags:
        lines += [f"## Operations: {_cell(tag)}", "", *_paragraph(described.get(tag))]
        for _, path, method, operation in operations(spec):
            if tag_of(operation) == tag:
                lines += _operation(spec, f"{method.upper()} {path}", operation, methods, errors)
    models, enums = _classes(package / "models")
    lines += ["## Models", "", *(line for kind in models for line in _model(kind))]
    unions = sorted(_unions(package / "models"))
    lines += ["## Unions", ""] if unions else []
    lines += [line for name, kind, text in unions for line in (f"### {name}", "", *_paragraph(text), f"`{kind}`", "")]
    lines += ["## Enums", "", "A value that is not listed here keeps its text, and says `is_known == False`.", ""]
    lines += [line for kind in enums for line in _enum(kind)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _tags(spec: Node) -> Iterator[str]:
    for *_, operation in operations(spec):
        yield tag_of(operation)


def _operation(
    spec: Node, route: str, operation: Node, methods: dict[str, ast.FunctionDef], errors: dict[str, str]
) -> Iterator[str]:
    name = operation_name(operation)
    method = methods[name]
    yield from [f"### {name}", "", "```python", *_signature(method), "```", "", f"`{route}`", ""]
    yield from _paragraph(operation.get("summary"))
    yield from _paragraph(operation.get("description"))
    if operation.get("deprecated") is True:
        yield from ["**Deprecated.**", ""]
    parameters = {parameter.name: parameter.node for parameter in parameters_of(spec, operation)}
    rows = [_argument(argument, mapping(parameters.get(argument.arg))) for argument in _arguments(method)]
    if rows:
        yield from ["| argument | type | |", "|---|---|---|", *rows, ""]
    yield from ["| status | error | |", "|---|---|---|"]
    for status, declared in mapping(operation.get("responses")).items():
        error = errors.get(str(status)) or errors.get(f"{str(status)[:1]}xx", "")
        text = resolve(spec, declared).get("description")
        yield f"| {_cell(str(status))} | {f'`{error}`' if error else ''} | {_cell(text)} |"
    yield ""


def _signature(method: ast.FunctionDef) -> list[str]:
    positional, named = ([_shown(argument, default) for argument, default in group] for group in _grouped(method))
    arguments = [*positional, *(["*", *named] if named else [])]
    result = _type(method.returns)
    line = f"{method.name}({', '.join(arguments)}) -> {result}"
    if len(line) <= 110:
        return [line]
    return [f"{method.name}(", *(f"    {argument}," for argument in arguments), f") -> {result}"]


def _grouped(method: ast.FunctionDef) -> Iterator[list[tuple[ast.arg, ast.expr | None]]]:
    own = method.args.args[1:]
    yield list(zip(own, [*[None] * (len(own) - len(method.args.defaults)), *method.args.defaults], strict=True))
    yield list(zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True))


def _shown(argument: ast.arg, default: ast.expr | None) -> str:
    return f"{argument.arg}: {_type(argument.annotation)}" + (f" = {ast.unparse(default)}" if default else "")


def _arguments(method: ast.FunctionDef) -> list[ast.arg]:
    return [argument for group in _grouped(method) for argument, _ in group]


def _argument(argument: ast.arg, parameter: Node) -> str:
    text = parameter.get("description") if parameter or argument.arg != "body" else "What to send."
    deprecated = "Deprecated. " if parameter.get("deprecated") is True else ""
    return f"| `{argument.arg}` | {_code(_type(argument.annotation))} | {deprecated}{_cell(text)} |"


def _model(kind: ast.ClassDef) -> Iterator[str]:
    yield from [f"### {kind.name}", "", *_paragraph(ast.get_docstring(kind))]
    rows = [
        f"| `{field.name}` | {_code(field.type)} | {_default(field)} |"
        f" {'*Secret.* ' if field.is_secret else ''}{_cell(field.text)} |"
        for field in _fields(kind)
    ]
    if rows:
        yield from ["| field | type | default | |", "|---|---|---|---|", *rows, ""]


def _default(field: Field) -> str:
    return "**required**" if field.default is None else "" if field.default == "None" else _code(field.default)


def _fields(kind: ast.ClassDef) -> Iterator[Field]:
    for statement, after in zip(kind.body, [*kind.body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign):
            default, is_secret = _value(statement.value)
            text = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            name = ast.unparse(statement.target)
            yield Field(name, _type(statement.annotation), default, is_secret, inspect.cleandoc(str(text)))


def _value(value: ast.expr | None) -> tuple[str | None, bool]:
    """What stands behind the `=` of a field: its default, `None` where there is none; and whether it is kept secret."""
    if value is None:
        return None, False
    if not isinstance(value, ast.Call):
        return _plain_default(value), False
    options = {option.arg: option.value for option in value.keywords}
    default, factory, shown = (options.get(name) for name in ("default", "factory", "repr"))
    made = factory.body if isinstance(factory, ast.Lambda) else default
    return _plain_default(made) if made else None, isinstance(shown, ast.Constant) and shown.value is False


def _plain_default(value: ast.expr) -> str | None:
    return None if (text := ast.unparse(value)) == "ABSENT" else text  # promised by the server, not by a default


def _type(annotation: ast.expr | None) -> str:
    """A type as users write it: without limits, which the generated code checks, and without the mark of a promise."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) in ("Annotated", "Nullable", "Promised"):
        inner = annotation.slice
        if ast.unparse(annotation.value) == "Nullable":
            return f"{_type(inner)} | Null"
        return _type(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
    if isinstance(annotation, ast.BinOp):
        return f"{_type(annotation.left)} | {_type(annotation.right)}"
    if isinstance(annotation, ast.Subscript):
        parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        return f"{ast.unparse(annotation.value)}[{', '.join(map(_type, parts))}]"
    if isinstance(annotation, ast.Attribute):  # `models.Session` is `Session` for users
        return annotation.attr
    return ast.unparse(annotation) if annotation else "None"


def _enum(kind: ast.ClassDef) -> Iterator[str]:
    yield from [f"### {kind.name}", "", *_paragraph(ast.get_docstring(kind))]
    members = [statement for statement in kind.body if isinstance(statement, ast.Assign)]
    yield from ["| member | value |", "|---|---|"]
    for member in members:
        value = ast.literal_eval(member.value)
        yield f"| `{ast.unparse(member.targets[0])}` | {_code(str(value))} |"
    yield ""


def _classes(models: Path) -> tuple[list[ast.ClassDef], list[ast.ClassDef]]:
    """The models and the enums of a package, each sorted by name."""
    found = [
        statement
        for path in models.glob("*.py")
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.ClassDef)
    ]
    kinds = [[kind for kind in found if [ast.unparse(base) for base in kind.bases][:1] in bases] for bases in _BASES]
    models_, enums = (sorted(kind, key=lambda kind: kind.name) for kind in kinds)
    return models_, enums


def _unions(models: Path) -> Iterator[tuple[str, str, str]]:
    """The unions of a package: the name of each, its type, and its description."""
    for path in models.glob("*.py"):
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.If) and isinstance(declared := statement.body[0], ast.AnnAssign):
                (text,) = [part.value.value for part in statement.body[1:] if _is_text(part)] or [""]
                yield ast.unparse(declared.target), _text_of(declared.value), inspect.cleandoc(str(text))


def _is_text(part: ast.stmt) -> TypeGuard[Any]:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


def _text_of(value: ast.expr | None) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else ""


_BASES: tuple[list[list[str]], ...] = ([["Model"]], [["OpenEnum"], ["OpenIntEnum"]])


def _methods(client: Path) -> dict[str, ast.FunctionDef]:
    kinds = [node for node in ast.parse(client.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    return {
        method.name: method
        for kind in kinds
        if kind.name == "SyncApi"
        for method in kind.body
        if isinstance(method, ast.FunctionDef)
    }


def _errors(package: Path) -> dict[str, str]:
    """The error classes by the status, or the kind of status, that their docstrings begin with."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(package.glob("*.py"))]
    kinds = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    found = [(re.match(r"(\d\d\d|\dxx): ", ast.get_docstring(kind) or ""), kind.name) for kind in kinds]
    return {begun[1]: name for begun, name in found if begun}


def _paragraph(text: object) -> list[str]:
    return [*str(text).strip().splitlines(), ""] if text else []


def _cell(text: object) -> str:
    return " ".join(str(text or "").split()).replace("|", "\\|")


def _code(text: str) -> str:
    """Code in a cell; with a backquote within, in a longer fence."""
    fence = "``" if "`" in text else "`"
    space = " " if "`" in text else ""
    return fence + space + _cell(text) + space + fence
