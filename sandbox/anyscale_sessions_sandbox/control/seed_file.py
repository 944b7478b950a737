"""Seed files: a mapping in YAML or JSON, of limited size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, cast

from ..errors import SandboxError
from .seed import SeedError

# A larger seed can be JSON, which is parsed faster and has no aliases.
MAX_JSON_BYTES = 256 * 1024 * 1024
MAX_YAML_BYTES = 16 * 1024 * 1024
# The size of a YAML file in which each alias is replaced by what it stands for.
MAX_EXPANDED_CHARACTERS = 16 * 1024 * 1024
IN_PROGRESS = -1
# What an error of the YAML parser quotes, except names of its grammar such as '<block end>'.
QUOTED = re.compile(r"""(['"])[^<'"][^'"]+\1""")


def read_seed(path: Path) -> Mapping[str, Any]:
    """The mapping in a YAML or JSON file. Raises SandboxError if it cannot be read, and SeedError if it is invalid."""
    is_json = path.suffix == ".json"
    text = _text_of(path, MAX_JSON_BYTES if is_json else MAX_YAML_BYTES)
    try:
        seed = json.loads(text) if is_json else _parse_yaml(text)
    except ModuleNotFoundError:
        raise SandboxError(f"reading YAML from {path} needs pyyaml: pip install 'anyscale-sessions[cli]'") from None
    except Exception as error:  # noqa: BLE001 - parsers raise many kinds of errors for invalid texts
        raise SeedError([f"{path} is not valid YAML or JSON: {' '.join(str(error).split())}"]) from None
    if not isinstance(seed, dict):
        raise SeedError([f"{path} does not contain a mapping"])
    return cast("dict[str, Any]", seed)


def _text_of(path: Path, max_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise SeedError([f"{path} is larger than {max_bytes // 1024**2} MiB"])
        return content.decode()
    except UnicodeDecodeError:
        raise SeedError([f"{path} is not UTF-8"]) from None
    except OSError as error:
        raise SandboxError(f"{path} cannot be read: {error.strerror}") from None


def _parse_yaml(text: str) -> object:
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
