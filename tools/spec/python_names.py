"""Names of the wire as names in Python: what Python cannot have, or has already, gets an alias.

The key `x-python-name` in a schema chooses the alias.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

from spec.navigate import Node, mapping

ALIAS_KEY = "x-python-name"
# Modules of the package import these; a class, a field or an argument of the same name would take their place.
TAKEN_NAMES = frozenset(
    {"ABC", "ABSENT", "Annotated", "Any", "AsyncApi", "AsyncPage", "Date", "DateTime", "Final", "Literal", "Meta"}
    | {"Model", "NULL", "Null", "Nullable", "OpenEnum", "OpenIntEnum", "Operation", "Page", "Promised", "Required"}
    | {"Struct", "SyncApi", "T", "TaggedUnion", "TypeAlias", "TypedDict", "UUID", "Wire"}
)
# A model inherits these, and its annotations are evaluated where a field of the same name would hide the type.
TAKEN_FIELD_NAMES = TAKEN_NAMES | frozenset(
    {"to_dict", "from_dict", "to_json", "from_json", "self", "field", "define", "redacted_repr"}
    | {"str", "int", "float", "bool", "bytes", "list", "dict", "frozenset", "encode", "lru_cache", "re"}
)

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def python_name(name: str, taken: Collection[str] = TAKEN_FIELD_NAMES) -> str:
    """A name of the wire as an identifier in snake_case that is not among those taken."""
    is_plain = name.isascii() and name.isidentifier() and name == name.lower() and not name.startswith("_")
    made = name if is_plain else _snake(name)
    return f"{made}_" if keyword.iskeyword(made) or made in taken else made


def _snake(name: str) -> str:
    words = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", _CAMEL.sub("_", name))).lower()
    made = unicodedata.normalize("NFKC", re.sub(r"__+", "_", words)).strip("_")
    made = made if not made or made[0].isalpha() else f"field_{made}"
    return made if made.isidentifier() else re.sub(r"[^a-z0-9_]", "", f"field_{made}").rstrip("_")


def field_aliases(fields: Node) -> dict[str, str]:
    """The name in Python of each field, by its name on the wire; two can be the same."""
    return {name: str(mapping(schema).get(ALIAS_KEY) or python_name(name)) for name, schema in fields.items()}


def class_aliases(named: Node) -> dict[str, str]:
    """The name of the class of each named schema; two can be the same."""
    return {name: str(mapping(schema).get(ALIAS_KEY) or class_name(name)) for name, schema in named.items()}


def class_name(name: str) -> str:
    """A name of the wire as the name of a class that the package does not use itself."""
    from openapi_python_client.strings import ClassName

    words = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", name))
    made = ClassName(words, "Model_")
    return f"{made}Model" if made in TAKEN_NAMES else made


def module_name(class_: str) -> str:
    """The name of the module of a class, as the generator spells it."""
    from openapi_python_client.strings import PythonIdentifier

    return PythonIdentifier(class_, "")


def clashes(aliases: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
    """Each name whose alias an earlier one has: the earlier name, the name, the alias."""
    first: dict[str, str] = {}
    for name, alias in aliases.items():
        if alias in first:
            yield first[alias], name, alias
        first.setdefault(alias, name)
