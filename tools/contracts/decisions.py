"""What a person must decide about names that are new in the spec: where, what, and what holds until then.

Regeneration prints the list. Nothing fails while an entry stands in it: each has a default.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from spec.navigate import Node, mapping, operations, resolve, sequence

# Sending one of these twice does no harm; _sansio/policies.py has the same rule.
SAFE_METHODS = frozenset({"get", "head", "options", "put", "delete"})


class Decision(NamedTuple):
    """A table in a module that should have an entry for each of some names of the spec.

    Attributes:
        file: the module.
        table: the constant that is the table.
        names_in: finds the names in a spec.
        question: what to decide, with `{name}`.
        default: what holds until then.
    """

    file: str
    table: str
    names_in: Callable[[Node], list[str]]
    question: str
    default: str


def states_in(spec: Node) -> list[str]:
    """The states of a session."""
    schema = mapping(mapping(spec.get("components")).get("schemas")).get("SessionState")
    return [str(value) for value in sequence(resolve(spec, schema).get("enum"))]


def operations_in(spec: Node) -> list[str]:
    """The ids of all operations."""
    return [str(operation.get("operationId")) for *_, operation in operations(spec)]


def unsafe_operations_in(spec: Node) -> list[str]:
    """The ids of the operations whose method does not say that they may be sent twice."""
    return [str(node.get("operationId")) for _, _, method, node in operations(spec) if method not in SAFE_METHODS]


DECISIONS = (
    Decision(
        "overrides/anyscale_sessions/states.py",
        "AUTOMATIC_TRANSITIONS",
        states_in,
        "which states a session in {name} can enter",
        "waiters assume that it can enter every state, and the sandbox never enters it",
    ),
    Decision(
        "overrides/anyscale_sessions/_sansio/policies.py",
        "BY_OPERATION",
        unsafe_operations_in,
        "whether {name} may be sent again when its response is lost, and how to find out what it did",
        "it is never sent again",
    ),
    Decision(
        "sandbox/anyscale_sessions_sandbox/api/handlers.py",
        "HANDLERS",
        operations_in,
        "what {name} does in the sandbox",
        "the sandbox responds with 501",
    ),
)


def undecided(root: Path, spec: Node) -> Iterator[str]:
    """A line for each decision that is open: the file, what to decide, and the default until then."""
    for decision in DECISIONS:
        path = root / decision.file
        if path.is_file():  # a project may have no sandbox
            decided = names_of(path, decision.table)
            for name in decision.names_in(spec):
                if name not in decided:
                    question = decision.question.format(name=name)
                    yield f"{decision.file}: {question} ({decision.table}); until then, {decision.default}"


def names_of(path: Path, table: str) -> set[str]:
    """The names and the texts in the value of a constant; the module is not imported."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value: ast.expr | None = getattr(statement, "value", None)
        if value is not None and any(isinstance(target, ast.Name) and target.id == table for target in targets):
            nodes = list(ast.walk(value))
            texts = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
            return texts | {node.id for node in nodes if isinstance(node, ast.Name)}
    return set()
