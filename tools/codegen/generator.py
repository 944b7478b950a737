"""Run the generator: `python -m codegen.generator SPEC SETTINGS TEMPLATES PACKAGE`.

The templates only lay out what the views in this folder have worked out. It runs in a process of its own, because the
generator prints what it does. Any message of the generator or of a hook is a failure, because the generator drops what
it does not understand.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import attrs
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

from codegen.docstrings import docstring
from codegen.imports import with_used_imports
from codegen.model_view import model_view
from codegen.operation_view import operation_view
from codegen.property_types import PropertyTypes, extra_of
from spec.yaml_file import read_yaml

# The key in the settings that names the API in docstrings; all others are the generator's.
TITLE_KEY = "title"
MAX_LINE_CHARACTERS = 500
# Modules that the generator has no template for.
OWN_TEMPLATES = (
    "codec.py",
    "dates.py",
    "open_enum.py",
    "pages.py",
    "pydantic_schema.py",
    "secret.py",
    "service.py",
    "wire.py",
)


def main(spec: Path, settings: Path, templates: Path, package: Path) -> int:
    """Print a line for each problem; 1 where there is one."""
    problems = list(generate(spec, settings, templates, package))
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


def generate(spec: Path, settings: Path, templates: Path, package: Path) -> Iterator[str]:
    """Write the package, and yield a line for each problem."""
    config = Config.from_sources(
        ConfigFile.load_from_path(settings), MetaType.NONE, spec, "utf-8", overwrite=False, output_path=package
    )
    document: dict[str, Any] = json.loads(spec.read_text(encoding="utf-8"))
    parsed = GeneratorData.from_dict(document, config=config)
    if isinstance(parsed, GeneratorError):
        yield from _lines(parsed)
        return
    # The hooks run here, after our own modules were written, and what they print counts.
    project = Project(openapi=parsed, config=attrs.evolve(config, post_hooks=[]), custom_template_path=templates)
    project.env.globals.update(_views(parsed, document, read_yaml(settings).get(TITLE_KEY, document["info"]["title"])))
    for error in project.build():
        yield from _lines(error)
    for name in OWN_TEMPLATES:
        text = project.env.get_template(f"{name}.jinja").render()
        (package / name).write_text(text, encoding="utf-8")
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if text.strip():
            path.write_text(with_used_imports(text), encoding="utf-8")
        else:  # A template says "not this module" by writing nothing.
            path.unlink()
    for command in config.post_hooks:
        yield from _hook_problems(command, package)


def _views(openapi: GeneratorData, document: dict[str, Any], title: str) -> dict[str, Any]:
    """What the templates see beside the generator's own data."""
    collections = openapi.endpoint_collections_by_tag
    tags = {str(tag) for tag in collections}
    model_types, function_types = PropertyTypes(openapi, root=".."), PropertyTypes(openapi, root="...")
    method_types = PropertyTypes(openapi, root=".", qualifier="models.")
    wires = {node["operationId"]: node["x-wire"] for item in document["paths"].values() for node in item.values()}
    secret: set[str] = set()
    for extra in map(extra_of, openapi.models):
        names: dict[str, str] = extra.get("x-wire-names", {})  # a repr shows the name in Python, and JSON the other
        fields: list[str] = extra.get("x-secret", [])
        secret |= {each for name in fields for each in (name, names.get(name, name))}
    return {
        **document["x-package"],
        "title": title,
        "docstring": docstring,
        "secret_names": sorted(json.dumps(name, ensure_ascii=False) for name in secret),
        "models_by_name": sorted(
            (str(part.class_info.name), f".{part.class_info.module_name}")
            for part in (*filter(model_types.has_class, openapi.models), *openapi.enums)
        ),
        "model_view": partial(model_view, types=model_types),
        "operation_view": partial(operation_view, types=function_types, tags=tags, wires=wires),
        "operations_by_tag": {
            str(tag): [operation_view(endpoint, method_types, tags, wires) for endpoint in collection.endpoints]
            for tag, collection in collections.items()
        },
    }


def _lines(error: GeneratorError) -> Iterator[str]:
    """The error in one line."""
    detail = " ".join((error.detail or "").split())
    yield ": ".join(filter(None, [" ".join(error.header.split()).rstrip(":"), detail]))[:MAX_LINE_CHARACTERS]


def _hook_problems(command: str, package: Path) -> Iterator[str]:
    """What a hook reports. Any message is a problem, even where the hook succeeds: the hooks run with --quiet."""
    tools = str(Path(sys.executable).parent)  # Its ruff is our ruff.
    environment = {**os.environ, "PATH": os.pathsep.join([tools, os.environ.get("PATH", "")]), "NO_COLOR": "1"}
    finished = subprocess.run(
        shlex.split(command), cwd=package, env=environment, capture_output=True, text=True, check=False
    )
    said = [line for line in (finished.stderr + finished.stdout).splitlines() if line.strip()]
    if finished.returncode or said:
        yield f"{command} failed:"
        yield from said


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
