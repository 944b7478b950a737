"""Docstrings of generated code, from the descriptions in the spec."""

from __future__ import annotations

from textwrap import TextWrapper, indent

from openapi_python_client.strings import safe_for_docstring

LINE_CHARACTERS = 116


def docstring(text: object, indentation: int) -> str:
    """A docstring `indentation` deep, with its quotes; empty where there is no text."""
    if not text:
        return ""
    filled = paragraphs(text, indentation)
    end = "\n" + " " * indentation if "\n" in filled else " " if filled.endswith('"') else ""
    return f'"""{filled}{end}"""'


def paragraphs(text: object, indentation: int) -> str:
    """The text as paragraphs of filled lines, all but the first line `indentation` deep. Lists keep their lines."""
    parts = safe_for_docstring(text).strip().split("\n\n")
    filled = "\n\n".join(part if _is_list(part) else _fill(part, LINE_CHARACTERS - indentation) for part in parts)
    return indent(filled, " " * indentation).strip()


def _is_list(paragraph: str) -> bool:
    return paragraph.startswith("- ") or "\n- " in paragraph


def _fill(paragraph: str, width: int) -> str:
    return TextWrapper(width, break_long_words=False, break_on_hyphens=False).fill(" ".join(paragraph.split()))
