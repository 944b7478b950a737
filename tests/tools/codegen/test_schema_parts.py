"""tools/codegen/schema_parts.py: names that no other schema has."""

from __future__ import annotations

from codegen.schema_parts import free_name


def test_a_taken_name_gets_a_number() -> None:
    """A schema gets the first free name, and keeps the name under which the same schema is known."""
    taken = {"A": {"type": "string"}, "A2": {"type": "integer"}}
    assert free_name("A", {"type": "string"}, taken) == "A"
    assert free_name("A", {"type": "integer"}, taken) == "A2"
    assert free_name("A", {"type": "boolean"}, taken) == "A3"
