"""tools/mutants.py: each way to break a module or a schema, and nothing else."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from mutants import mutants_of_code, mutants_of_schema

CODE = {
    "x = a == b": ["a == b -> a != b"],
    "x = a < b": ["a < b -> a <= b", "a < b -> a >= b"],
    "x = a <= b > c": [f"a <= b > c -> a {operators} c" for operators in ("< b >", "> b >", "<= b >=", "<= b <=")],
    "x = a is not b": ["a is not b -> a is b"],
    "x = a in b": ["a in b -> a not in b"],
    "x = a and b": ["a and b -> a or b", "a and b -> b", "a and b -> a"],
    "x = a + b": ["a + b -> a - b"],
    "x = a << b": [],
    "x = not a": ["not a -> a"],
    "x = -a": ["-a -> a"],
    "x = True": ["True -> False"],
    "x = 5": ["5 -> 6"],
    "x = 'a'": ["'a' -> 'xa'"],
    "x = None": [],
    "x = f'{a:>5}b'": ["'b' -> 'xb'"],
    "if a:\n    x = b\nelse:\n    x = c": ["if a: -> if not a:"],
    "if a == b:\n    x = c": ["a == b -> a != b"],
    "while a:\n    break": ["while a: -> while not a:", "break -> continue"],
    "for a in b:\n    continue": ["continue -> break"],
    "x = a if b else c": ["a if b else c -> a if not b else c"],
    "x = [a for a in b if c if d]": ["for a in b if c if d -> for a in b if d", "-> for a in b if c"],
    "match a:\n    case b if c:\n        pass": ["case b if c: -> case b if not c:"],
    "a()": ["a() -> nothing"],
    "a(b=True)": ["a(b=True) -> nothing", "b=: True -> False"],
    "a += b": ["a += b -> nothing"],
    "del a": ["del a -> nothing"],
    "def f() -> 'int':\n    '''Text.'''\n    return a": ["f: return a -> return None"],
    "def f(a: int = 1):\n    return": ["f: 1 -> 2"],
    "def f():\n    return None": [],
    "def f():\n    raise a": ["f: raise a -> nothing"],
    "@cache(5)\nclass A:\n    def f(self):\n        yield a": ["A.f: yield a -> nothing"],
    "x = cast('int', 5)": ["5 -> 6"],
    "T = TypeVar('T')": [],
    "if TYPE_CHECKING:\n    x = 5\nelse:\n    y = 6": ["6 -> 7"],
    "x: int = 5": ["5 -> 6"],
    "'''Text.'''": [],
}


@pytest.mark.parametrize("source", CODE)
def test_code_is_broken_in_one_place_at_a_time(source: str) -> None:
    """Operators, conditions, constants, returns and statements; not what is for readers and type checkers alone."""
    mutants = list(mutants_of_code("a.py", source))
    assert len(mutants) == len(CODE[source])
    for mutant, change in zip(mutants, CODE[source], strict=True):
        assert mutant.change.endswith(change)
        assert mutant.name == f"a.py: {mutant.change}"
        assert ast.dump(ast.parse(mutant.text)) != ast.dump(ast.parse(source))
        assert mutant.line <= len(source.splitlines())
    assert len({mutant.text for mutant in mutants}) == len(mutants)


def test_a_mutant_is_told_by_its_function_and_not_by_its_line() -> None:
    """So that it keeps its name when other lines change."""
    (mutant,) = mutants_of_code("a.py", "\n\nclass A:\n    async def f(self):\n        return b\n")
    assert (mutant.line, mutant.name) == (5, "a.py: A.f: return b -> return None")


def test_each_rule_of_a_schema_is_left_out() -> None:
    """Keywords, each item of their lists, and each property; not what is no rule."""
    schema: dict[str, Any] = {
        "description": "A",
        "type": "object",
        "required": ["a", "type"],
        "properties": {"description": {"pattern": "x", "format": "date"}, "title": {"const": 1}},
        "if": {"properties": {"a": {"const": True}}},
        "allOf": [{"minimum": 1}],
    }
    document = {"components": {"schemas": {"A": schema, "B": {"type": "string"}}}}
    mutants = list(mutants_of_schema("a.json", document, ["A"]))
    assert [mutant.change for mutant in mutants] == [
        "without A/type",
        "without A/required",
        "without A/required/0 (a)",
        "without A/required/1 (type)",
        "without A/properties/description",
        "without A/properties/description/pattern",
        "without A/properties/title",
        "without A/properties/title/const",
        "without A/if",
        "without A/if/properties/a",
        "without A/if/properties/a/const",
        "without A/allOf",
        "without A/allOf/0 ({'minimum': 1})",
        "without A/allOf/0/minimum",
    ]
    assert json.loads(mutants[2].text)["components"]["schemas"]["A"]["required"] == ["type"]
    assert all(json.loads(mutant.text)["components"]["schemas"]["B"] == {"type": "string"} for mutant in mutants)
