"""Seed files: a mapping in YAML or JSON, of limited size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from ..errors import SandboxError
from ..safe_yaml import parse_yaml
from .seed import SeedError

# A larger seed can be JSON, which is parsed faster and has no aliases.
MAX_JSON_BYTES = 256 * 1024 * 1024
MAX_YAML_BYTES = 16 * 1024 * 1024


def read_seed(path: Path) -> Mapping[str, Any]:
    """The mapping in a YAML or JSON file. Raises SandboxError if it cannot be read, and SeedError if it is invalid."""
    is_json = path.suffix == ".json"
    text = _text_of(path, MAX_JSON_BYTES if is_json else MAX_YAML_BYTES)
    try:
        seed = json.loads(text) if is_json else parse_yaml(text)
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
