"""YAML from users: parsed with safe types only, limited in size, and with errors that do not quote the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import Any, cast

# The size of a YAML text in which each alias is replaced by what it stands for.
MAX_EXPANDED_CHARACTERS = 16 * 1024 * 1024
IN_PROGRESS = -1
# What an error of the YAML parser quotes, except names of its grammar such as '<block end>'.
QUOTED = re.compile(r"""(['"])[^<'"][^'"]+\1""")


def parse_yaml(text: str) -> object:
    """The value of a YAML text. Raises ModuleNotFoundError without pyyaml, and many other errors for invalid text."""
    import yaml

    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        # It is checked before the values are built, because merged mappings are copied then.
        if _size_of(node, {}) > MAX_EXPANDED_CHARACTERS:
            raise ValueError(f"with its aliases it has more than {MAX_EXPANDED_CHARACTERS // 1024**2} MiB")
        return cast("Any", loader).construct_document(node)
    except yaml.MarkedYAMLError as error:
        # The rest of its message quotes the text, which can have secrets in it.
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ValueError(f"{QUOTED.sub('...', str(error.problem))}{line}") from None
    finally:
        loader.dispose()


def _size_of(node: Any, sizes: dict[int, int]) -> int:
    """The number of values and characters of a node, with those of an alias for each time that it is used."""
    known = sizes.get(id(node))
    if known == IN_PROGRESS:
        raise ValueError("an alias stands for a value that contains the alias")
    if known is None:
        sizes[id(node)] = IN_PROGRESS
        known = 1 + (len(node.value) if node.id == "scalar" else sum(_size_of(part, sizes) for part in _parts_of(node)))
        sizes[id(node)] = known
    return known


def _parts_of(node: Any) -> Iterable[Any]:
    """The items of a sequence, or the names and values of a mapping."""
    parts: Iterable[Any] = node.value if node.id == "sequence" else chain.from_iterable(node.value)
    return parts
