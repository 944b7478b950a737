"""tools/spec/python_names.py: names of the wire as names in Python."""

from __future__ import annotations

import pytest

from spec.python_names import clashes, class_aliases, class_name, field_aliases, module_name, python_name


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("name", "name"), ("foo__bar", "foo__bar"), ("class", "class_"), ("list", "list_"), ("self", "self_"),
        ("node-count", "node_count"), ("filter[x]", "filter_x"), ("fooBar", "foo_bar"), ("HTTPServer", "http_server"),
        ("ID", "id"), ("_id", "id"), ("@type", "type"), ("1st", "field_1st"), ("", "field_"), ("é", "é"), ("ﬁ", "fi"),
        ("x²", "x2"), ("None", "none"), ("T", "t"), ("_²½", "field_2"),
    ],
)  # fmt: skip
def test_a_name_becomes_an_identifier(name: str, made: str) -> None:
    """A plain identifier stays; any other name becomes one in snake_case, and a taken one gets an underscore."""
    assert python_name(name).startswith(made)
    assert python_name(name).isidentifier()


@pytest.mark.parametrize(
    ("name", "made"),
    [("pet", "Pet"), ("a.b-c", "ABC"), ("List[Item]", "ListItem"), ("Page", "PageModel"), ("Session", "Session")],
)
def test_a_name_becomes_a_class(name: str, made: str) -> None:
    """A named schema becomes a class in one capitalised word that the package does not use itself."""
    assert class_name(name) in (made, f"{made}Model")
    assert module_name("NodeCount") == "node_count"


def test_a_chosen_name_wins() -> None:
    """The name under `x-python-name` is taken as it is, and a name that another has already is found."""
    aliases = field_aliases({"x": {}, "X": {"x-python-name": "y"}, "Y": {}})
    assert aliases == {"x": "x", "X": "y", "Y": "y"}
    assert list(clashes(aliases)) == [("X", "Y", "y")]
    assert class_aliases({"a": {"x-python-name": "B"}}) == {"a": "B"}
