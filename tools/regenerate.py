"""Regenerate `generated/anyscale_sessions_api` from `openapi.yaml`, or `--check` that it is up to date.

Everything is made in a temporary folder, and the hand-written modules are checked against it. Only then does it replace
the old package: a failure changes nothing. The output depends on the spec, the settings, the templates and two pinned
tools, and on nothing else. At the end, the program reports what changed for users.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

from codegen.atomic_replace import compare, recover
from codegen.atomic_replace import replace as replace_package
from codegen.generator_input import for_the_generator
from codegen.stopwatch import Stopwatch
from contracts.contract import broken_requirements
from contracts.decisions import undecided
from contracts.type_check import type_problems
from spec.envelopes import notices
from spec.lint import opening_problems, problems_of
from spec.navigate import Node, mapping, with_path_items
from spec.openapi_30 import in_31
from spec.settings import PACKAGE, ROOT
from spec.shape import shape_problems
from spec.whole_numbers import with_range
from spec.yaml_file import RegenerationError, read_yaml
from specdiff.for_users import changes_for_users

TOOLS = ("openapi-python-client", "ruff")
COMMAND = "python tools/regenerate.py"
# The one key in generator-config.yml that is ours: the name of the API in docstrings.
TITLE_KEY = "title"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when the package is (or now is) what the spec gives, 1 otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail where something differs")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder (default: this one)")
    options = parser.parse_args(arguments)
    root: Path = options.root.resolve()
    target = root / "generated" / PACKAGE
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")  # the terminal may know fewer letters
    watch = Stopwatch()
    try:
        said = check(root, target, watch) if options.check else replace(root, target, watch)
    except RegenerationError as error:
        print(*(f"regenerate: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
        return 1
    ending = f"generated/{PACKAGE} is what {root.name}/openapi.yaml gives"
    print(*filter(None, [said, watch, ending]), sep="\n")
    return 0


def check(root: Path, target: Path, watch: Stopwatch) -> str:
    """Print how the package differs from what the spec gives, and raise if it does."""
    with tempfile.TemporaryDirectory() as aside:
        lines = compare(target, make(root, Path(aside), watch))
    if lines:
        print(*lines, sep="\n")
        raise RegenerationError(f"not what the spec gives: generated/{PACKAGE}; run: {COMMAND}")
    return ""


def make(root: Path, aside: Path, watch: Stopwatch) -> Path:
    """Make the package in the empty folder `aside`, check that it works, and return where it is."""
    package = generate(root, aside, check_tools(root), watch)
    with watch.checking():
        check_overrides(root, package)
    return package


def generate(root: Path, aside: Path, tools: dict[str, str], watch: Stopwatch) -> Path:
    """Generate the package with tools of these versions into the empty folder `aside` and return its place there."""
    check_settings(root)
    spec = read_spec(root)
    with watch.checking():
        check_requirements(root, spec)
    package = aside / PACKAGE
    readable = aside / "openapi.json"
    readable.write_text(json.dumps(for_the_generator(spec), ensure_ascii=False), encoding="utf-8")
    run_generator(root, readable, package)
    (package / "py.typed").touch()
    # A server has no use for the models: the sandbox reads the spec from here.
    published = json.dumps(with_range(spec), indent=1, ensure_ascii=False)
    (package / "openapi.json").write_text(f"{published}\n", encoding="utf-8")
    with watch.checking():
        check_package(package)
    (package / "provenance.json").write_text(
        json.dumps(provenance(root, spec, tools), indent=2) + "\n", encoding="utf-8"
    )
    return package


def check_tools(root: Path) -> dict[str, str]:
    """The generator's and ruff's versions, which must be the ones that pyproject.toml pins."""
    with (root / "pyproject.toml").open("rb") as file:
        pins = dict(pin.split("==") for pin in tomllib.load(file)["dependency-groups"]["generate"] if "==" in pin)
    for tool, pinned in pins.items():
        try:
            installed = version(tool)
        except PackageNotFoundError:
            installed = "none"
        if installed != pinned:
            raise RegenerationError(f"{tool} {pinned} is needed, found {installed}; run: pip install {tool}=={pinned}")
    return {tool: pins[tool] for tool in TOOLS}


def check_settings(root: Path) -> None:
    """Refuse a key in generator-config.yml that the generator does not know: it would be ignored without a word."""
    from openapi_python_client.config import ConfigFile

    settings = read_yaml(root / "generator-config.yml")
    unknown = sorted(set(settings) - {TITLE_KEY, *ConfigFile.model_fields})
    if unknown:
        known = ", ".join(sorted(ConfigFile.model_fields))
        raise RegenerationError(f"generator-config.yml: unknown key {', '.join(unknown)}; the generator knows {known}")


def read_spec(root: Path) -> dict[str, Any]:
    """The spec as plain data, refused where the templates could not turn it into right output."""
    written, problems = in_31(read_yaml(root / "openapi.yaml"))
    raise_for(list(opening_problems(written)) or list(shape_problems(written)) or problems)
    spec = with_path_items(written)
    raise_for(problems_of(spec))
    return spec


def check_requirements(root: Path, spec: dict[str, Any]) -> None:
    """The spec must have what the hand-written modules state that they require."""
    before = root / "generated" / PACKAGE / "openapi.json"
    raise_for(broken_requirements(root, spec, known(before)))


def raise_for(problems: Sequence[str]) -> None:
    """Raise where there are problems, with a line for each."""
    if problems:
        raise RegenerationError("\n".join(f"openapi.yaml: {problem}" for problem in problems))


def known(path: Path) -> Node:
    """A spec in JSON as far as it can be read; an empty one where it cannot."""
    try:
        return mapping(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def run_generator(root: Path, spec: Path, package: Path) -> None:
    """Generate the package; see tools/codegen/generator.py. Any message of it is a failure."""
    finished = run_module("codegen.generator", spec, root / "generator-config.yml", root / "templates", package)
    if finished.returncode:
        reported = [line.strip() for line in finished.stderr.splitlines() if line.strip()]
        raise RegenerationError("\n".join(["the generator failed:", *reported]))


def run_module(module: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    """Run one of our modules as a program."""
    tools = Path(__file__).parent
    return subprocess.run(
        [sys.executable, "-m", module, *(str(path.resolve()) for path in paths)],
        cwd=tools.parent,
        env={**os.environ, "PYTHONPATH": str(tools), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def check_package(package: Path) -> None:
    """The package must say the same as the spec, and must work; see tools/codegen/package_check.py."""
    run_check("package_check", package)


def check_overrides(root: Path, package: Path) -> None:
    """The hand-written modules must fit the package's types, and be usable with it."""
    raise_for(type_problems(root, package))
    run_check("override_check", package, root / "overrides")


def run_check(tool: str, *folders: Path) -> None:
    """Run one of our own checks, in a process of its own because it imports what it checks."""
    finished = run_module(f"codegen.{tool}", *folders)
    if finished.returncode:
        raise_for((finished.stdout or finished.stderr).splitlines())


def provenance(root: Path, spec: dict[str, Any], tools: dict[str, str]) -> dict[str, Any]:
    """What the package was made from: a hash for each input and the version of each tool."""
    return {
        "spec": {"version": spec["info"]["version"], "sha256": sha256(root / "openapi.yaml")},
        "config": {"sha256": sha256(root / "generator-config.yml")},
        "templates": {
            path.relative_to(root / "templates").as_posix(): sha256(path)
            for path in sorted((root / "templates").rglob("*.jinja"))
        },
        "tools": tools,
    }


def sha256(path: Path) -> str:
    """The hash of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def replace(root: Path, target: Path, watch: Stopwatch) -> str:
    """Make the package anew, put it in its place, and return what that changes for users."""
    recover(target)
    with tempfile.TemporaryDirectory() as aside:
        made = make(root, Path(aside), watch)
        with watch.checking():
            said = changes_for_users(target, made, root / "overrides")
        replace_package(target, made)
    spec = known(target / "openapi.json")
    return "\n".join([said, *notices(spec), *decisions(root, spec)])


def decisions(root: Path, spec: Node) -> list[str]:
    """What a person must decide, with a heading; nothing where all is decided."""
    lines = list(undecided(root, spec))
    return ["to decide, with what holds until then:", *lines] if lines else []


if __name__ == "__main__":
    sys.exit(main())
