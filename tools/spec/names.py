"""Python names for names of the spec: what Python cannot have gets an alias."""

from __future__ import annotations

import keyword
import re

# Generated functions use these names themselves.
TAKEN_ARGUMENTS = frozenset({"self", "body", "operation"})


def argument_name(name: str) -> str:
    """The name of an argument: in snake_case, and with `_` at its end if Python or the generated code uses the name.

    It is empty for a name that has neither a letter nor a digit.
    """
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z])([A-Z][a-z])", r"\1_\2", name))
    found = re.sub(r"\W+", "_", words).strip("_").lower()
    if found[:1].isdigit():
        found = f"value_{found}"
    return f"{found}_" if keyword.iskeyword(found) or found in TAKEN_ARGUMENTS else found


def operation_name(operation_id: str) -> str:
    """The name of the method of an operation, as the generator makes it; empty without a letter or a digit."""
    from openapi_python_client.strings import PythonIdentifier

    if not re.search(r"[^\W_]", operation_id):
        return ""
    return str(PythonIdentifier(operation_id, "operation_"))
