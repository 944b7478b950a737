"""Mutants: the ways to break a Python module in one place, or one rule of a JSON Schema."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from spec.navigate import mapping, sequence

OTHER_OPERATORS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
}
# Never run, or run without any effect of their own.
NOT_BROKEN = ("annotation", "returns", "decorator_list", "type_params", "format_spec")
# What a schema says besides its rules.
NO_RULES = ("description", "format", "title", "examples", "deprecated", "writeOnly")

Put: TypeAlias = Callable[[Any], None]
"""Puts another node in the place of one."""


class Mutant(NamedTuple):
    """A file with one thing changed."""

    path: str
    line: int
    change: str
    text: str

    @property
    def name(self) -> str:
        """What it is told by, which other changes of the file leave as it is."""
        return f"{self.path}: {self.change}"


def mutants_of_code(path: str, source: str) -> Iterator[Mutant]:
    """Each way to break a module in one place."""
    tree = ast.parse(source)
    for node, scope, put in _places(tree, "", lambda _: None):
        for other in _others(node):
            put(other)
            change = f"{scope or 'module'}: {_shown(node)} -> {_shown(other)}"
            yield Mutant(path, getattr(node, "lineno", 0), change, ast.unparse(ast.fix_missing_locations(tree)))
        put(node)


def _places(node: ast.AST, scope: str, put: Put) -> Iterator[tuple[ast.AST, str, Put]]:
    """Every node that runs, what it is part of, and how to put another in its place."""
    if _is_for_type_checkers(node):
        yield from _places_in(node, scope, ("orelse",))
        return
    yield node, scope, put
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        scope = f"{scope}.{node.name}".lstrip(".")
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("TypeVar", "cast"):  # the first is for readers only
        for at, argument in enumerate(node.args[1:], start=1):
            yield from _places(argument, scope, partial(node.args.__setitem__, at))
        return
    if isinstance(node, ast.keyword):
        scope = f"{scope} {node.arg}=".lstrip()
    yield from _places_in(node, scope, tuple(name for name in node._fields if name not in NOT_BROKEN))


def _places_in(node: ast.AST, scope: str, names: Sequence[str]) -> Iterator[tuple[ast.AST, str, Put]]:
    for name in names:
        value: Any = getattr(node, name)
        items: list[Any] = value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, ast.AST):
            yield from _places(value, scope, partial(setattr, node, name))
        for index, item in enumerate(items):
            if isinstance(item, ast.AST) and not _is_docstring(item):
                yield from _places(item, scope, partial(items.__setitem__, index))


def _is_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _shown(node: ast.AST) -> str:
    """A node in one line; of a statement with a body, the first line."""
    return ast.unparse(node).strip().splitlines()[0] if not isinstance(node, ast.Pass) else "nothing"


def _others(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand in the place of a node and be wrong."""
    yield from _other_statements(node) if isinstance(node, ast.stmt) else _other_expressions(node)
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if not isinstance(test, ast.Compare):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.match_case(guard=ast.expr() as guard):
            yield _with(node, guard=ast.UnaryOp(ast.Not(), guard))
        case ast.comprehension(ifs=ifs):
            yield from (_with(node, ifs=[*ifs[:at], *ifs[at + 1 :]]) for at in range(len(ifs)))
        case _:
            pass


def _other_expressions(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=ops):
            for at, operator in enumerate(ops):
                yield from (_with(node, ops=[*ops[:at], kind(), *ops[at + 1 :]]) for kind in _kinds(operator))
        case ast.BoolOp(op=operator, values=values):
            yield from (_with(node, op=kind()) for kind in _kinds(operator))
            yield from (_with(node, values=[*values[:at], *values[at + 1 :]]) for at in range(len(values)))
        case ast.BinOp(op=operator):
            yield from (_with(node, op=kind()) for kind in _kinds(operator))
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=value):
            yield from (ast.Constant(other) for other in _other_values(value))
        case _:
            pass


def _other_statements(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case _:
            pass


def _with(node: ast.AST, **changed: Any) -> ast.AST:
    other = copy.copy(node)
    for name, value in changed.items():
        setattr(other, name, value)
    return other


def _kinds(operator: ast.AST) -> tuple[type[Any], ...]:
    return OTHER_OPERATORS.get(type(operator), ())


def _other_values(value: object) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
        case str():
            yield "x" + value
        case _:
            pass


def mutants_of_schema(path: str, document: Mapping[str, Any], names: Sequence[str]) -> Iterator[Mutant]:
    """Each way to leave out one rule of the schemas of these names in an OpenAPI document."""
    for name in names:
        place = ("components", "schemas", name)
        for dropped in _rules(document, place):
            changed = copy.deepcopy(dict(document))
            node: Any = changed
            for key in dropped[:-1]:
                node = node[key]
            del node[dropped[-1]]
            change = f"without {'/'.join(map(str, dropped[2:]))}"
            if isinstance(dropped[-1], int):
                change += f" ({_at(document, dropped)})"
            yield Mutant(path, 0, change, json.dumps(changed, indent=1, ensure_ascii=False))


def _rules(document: Mapping[str, Any], place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """The places below one that hold a rule."""
    node = _at(document, place)
    keys: Sequence[str | int] = [*mapping(node), *range(len(sequence(node)))]
    for key in keys:
        is_name = place[-1] == "properties"
        if is_name or key not in NO_RULES:
            if is_name or key != "properties":
                yield (*place, key)
            yield from _rules(document, (*place, key))


def _at(document: Mapping[str, Any], place: Sequence[str | int]) -> Any:
    node: Any = document
    for key in place:
        node = node[key]
    return node
