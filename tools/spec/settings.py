"""The names that generator-config.yml gives."""

from __future__ import annotations

from pathlib import Path

from spec.yaml_file import read_yaml

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = str(read_yaml(ROOT / "generator-config.yml")["package_name_override"])
"""The name of the generated package."""
