"""What the hand-written modules rely on in the spec: each says so itself, in a constant named `RELIES_ON`.

    RELIES_ON = {"CreateSession": ("build_id",), "operations": ("create_session",)}

names a schema and its properties or enum values, or operations. A spec change that removes or renames one of them then
fails regeneration with a line that names module and name, not a service in production.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from spec_tree import Node, mapping, operations, properties_of, sequence

OPERATIONS = "operations"


def broken_reliances(root: Path, spec: Node) -> list[str]:
    """A line for each name that a module below `overrides/` relies on and the spec does not have."""
    known = _known_names(spec)
    return [
        f"{path.relative_to(root).as_posix()} relies on {owner}{'.' if name else ''}{name}, which is not in the spec"
        for path in sorted((root / "overrides").rglob("*.py"))
        for owner, names in _relied_on(path).items()
        for name in (names if owner in known else [""])
        if name not in known.get(owner, ())
    ]


def _known_names(spec: Node) -> dict[str, set[str]]:
    known = {
        name: {*properties_of(spec, schema), *sequence(mapping(schema).get("enum"))}
        for name, schema in mapping(mapping(spec.get("components")).get("schemas")).items()
    }
    return known | {OPERATIONS: {operation["operationId"] for *_, operation in operations(spec)}}


def _relied_on(path: Path) -> dict[str, Any]:
    relied_on: dict[str, Any] = {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and [ast.unparse(target) for target in statement.targets] == ["RELIES_ON"]:
            relied_on |= ast.literal_eval(statement.value)
    return relied_on
