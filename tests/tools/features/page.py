"""Write docs/openapi-features.md from the feature matrix: `python tests/tools/features/page.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "openapi-features.md"
HEADER = """\
<!-- Generated: do not edit. Change the rows in tests/tools/features, then run: python tests/tools/features/page.py -->
# Features of OpenAPI

What regeneration does with each feature of OpenAPI 3.1. A document of OpenAPI 3.0 is rewritten in 3.1 when it is read.
A feature works, or `openapi.yaml` is refused in one line that names the place and a remedy. Every row is a test: a
fragment of a spec is generated into a scratch package, checked by mypy, and called with both clients against a canned
server (`tests/tools/features`).
"""


def page(sections: Iterable[tuple[str, Iterable[tuple[str, str, str]]]]) -> str:
    """The page for sections of rows: the feature, how it is refused (empty where it works), and what to know of it."""
    lines = [HEADER]
    for title, rows in sections:
        lines += [f"## {title}", "", "| feature | | |", "|---|---|---|"]
        for name, refused, why in rows:
            lines.append(f"| {_cell(name)} | {'refused' if refused else 'works'} | {_cell(why)} |")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def sections() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The rows of the matrix, first those that work."""
    import older
    import operations
    import schemas

    found: list[tuple[str, list[tuple[str, str, str]]]] = []
    tables = (("Schemas", schemas.ROWS), ("Operations", operations.ROWS), ("Documents of OpenAPI 3.0", older.ROWS))
    for title, rows in tables:
        ordered = sorted(rows, key=lambda row: bool(row.refused))
        found.append((title, [(row.name, row.refused, row.why) for row in ordered]))
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))
    PAGE.write_text(page(sections()), encoding="utf-8")
