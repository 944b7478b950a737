"""Leave in a module the imports that it uses, each of them once.

A template names every import that a module of its kind may need. What the module does need is only known from its text.
"""

from __future__ import annotations

import ast


def with_used_imports(source: str) -> str:
    """The text of a module without the imports, outside of blocks, that are not used or were made before.

    An import that is renamed to its own name (`import x as x`) is meant for others, and stays. Text that is not Python
    stays as it is.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source  # ruff says where
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = source.splitlines(keepends=True)
    seen: set[str] = set()
    replacements: list[tuple[int, int, str]] = []
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            kept = [alias for alias in statement.names if _is_needed(statement, alias, used, seen)]
            if len(kept) < len(statement.names):
                text = _text(statement, kept) if kept else ""
                replacements.append((statement.lineno - 1, statement.end_lineno or statement.lineno, text))
    for start, end, text in reversed(replacements):
        lines[start:end] = [text] if text else []
    return "".join(lines)


def _is_needed(statement: ast.Import | ast.ImportFrom, alias: ast.alias, used: set[str], seen: set[str]) -> bool:
    name = alias.asname or alias.name.partition(".")[0]
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        return True
    is_new = name not in seen
    seen.add(name)
    return is_new and (name in used or alias.asname == alias.name)


def _text(statement: ast.Import | ast.ImportFrom, kept: list[ast.alias]) -> str:
    statement.names = kept
    return f"{ast.unparse(statement)}\n"
