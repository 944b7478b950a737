"""Write `sbom.cdx.json`, the bill of materials that travels in the wheel (PEP 770), or `--check` that it is up to date.

The wheel bundles nothing; the document names what it declares (requirements, by extra) and what its generated part was
made with. Its form is CycloneDX 1.6. It has no time and no serial number, so that the same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = "sbom.cdx.json"
COMMAND = "python tools/sbom.py"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when the document is (or now is) what pyproject.toml says, 1 otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail where something differs")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder (default: this one)")
    options = parser.parse_args(arguments)
    path: Path = options.root / DOCUMENT
    text = json.dumps(bill_of(options.root), indent=2) + "\n"
    if not options.check:
        path.write_text(text, encoding="utf-8")
    elif not path.is_file() or path.read_text(encoding="utf-8") != text:
        print(f"sbom: {DOCUMENT} is not what pyproject.toml says; run: {COMMAND}", file=sys.stderr)
        return 1
    print(f"{DOCUMENT} is what pyproject.toml says")
    return 0


def bill_of(root: Path) -> dict[str, Any]:
    """The document for the project in this folder."""
    with (root / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    about = project["project"]
    package = f"pkg:pypi/{about['name']}@{_version(root / project['tool']['hatch']['version']['path'])}"
    parts = [_component(requirement, "required") for requirement in about["dependencies"]]
    for extra, requirements in about["optional-dependencies"].items():
        parts += [_component(requirement, "optional", extra) for requirement in requirements]
    provenance = json.loads((root / "generated" / "anyscale_sessions_api" / "provenance.json").read_text("utf-8"))
    tools = [{"type": "application", "name": name, "version": version} for name, version in provenance["tools"].items()]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "pre-build"}],
            "tools": {"components": tools},
            "component": {
                "type": "library",
                "bom-ref": package,
                "name": about["name"],
                "version": package.rpartition("@")[2],
                "licenses": [{"license": {"id": about["license"]}}],
                "purl": package,
            },
        },
        "components": parts,
        "dependencies": [{"ref": package, "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def _component(requirement: str, scope: str, extra: str = "") -> dict[str, Any]:
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
    properties = [{"name": "python:requirement", "value": requirement}]
    if extra:
        properties.append({"name": "python:extra", "value": extra})
    purl = f"pkg:pypi/{name}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "scope": scope,
        "purl": purl,
        "properties": properties,
    }


def _version(path: Path) -> str:
    return path.read_text(encoding="utf-8").rpartition('__version__ = "')[2].partition('"')[0]


if __name__ == "__main__":
    sys.exit(main())
