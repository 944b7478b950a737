"""Regenerate `generated/anyscale_sessions_api` from `openapi.yaml`, or `--check` that it is what the spec gives.

The package is generated aside and takes the old one's place only when everything went well: on any failure `generated/`
is as it was. The output depends on the spec, the settings, the templates and two pinned tools, and on nothing else.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from generator_input import for_the_generator
from reliance import broken_reliances
from spec_rules import problems_of
from spec_tree import mapping

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "anyscale_sessions_api"
GENERATOR = "openapi-python-client"
COMMAND = "python tools/regenerate.py"
# What the generator prints around the problem: a boxed stack trace, and lines that are always the same.
NOISE = ("╭", "│", "╰", "Generating ", "Warning(s) encountered", "If you believe this was a mistake")


class RegenerationError(Exception):
    """Regeneration cannot go on; the message is for the person who ran it, a line for each problem."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when the package is (or now is) what the spec gives, 1 otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail where the package differs")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder (default: this one)")
    options = parser.parse_args(arguments)
    root: Path = options.root.resolve()
    target = root / "generated" / PACKAGE
    try:
        if options.check:
            check(target, root)
        else:
            replace(target, root)
    except RegenerationError as error:
        print(*(f"regenerate: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
        return 1
    print(f"{target.relative_to(root)} is what {root.name}/openapi.yaml gives")
    return 0


def check(target: Path, root: Path) -> None:
    """Print how the package differs from what the spec gives, and raise where it does."""
    with tempfile.TemporaryDirectory() as aside:
        differences = compare(target, generate(root, Path(aside)))
    if differences:
        print("\n".join(differences))
        raise RegenerationError(f"{target.relative_to(root)} is not what the spec gives; run: {COMMAND}")


def generate(root: Path, aside: Path) -> Path:
    """Generate the package into the empty folder `aside` and return its place there."""
    tools = check_tools(root)
    check_settings(root)
    spec = read_spec(root)
    package = aside / PACKAGE
    readable = aside / "openapi.json"
    readable.write_text(json.dumps(for_the_generator(spec), ensure_ascii=False), encoding="utf-8")
    run_generator(root, readable, package)
    for path in package.rglob("*.py"):
        if not path.read_text(encoding="utf-8").strip():  # A template says "not this module" by writing nothing.
            path.unlink()
    (package / "py.typed").touch()
    # A server has no use for the models: the sandbox reads the spec from here.
    (package / "openapi.json").write_text(json.dumps(spec, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
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
    return {tool: pins[tool] for tool in (GENERATOR, "ruff")}


def check_settings(root: Path) -> None:
    """Refuse a key in generator-config.yml that the generator does not know: it would be ignored without a word."""
    from openapi_python_client.config import ConfigFile

    settings = read_yaml(root / "generator-config.yml")
    unknown = sorted(set(settings) - set(ConfigFile.model_fields))
    if unknown:
        known = ", ".join(sorted(ConfigFile.model_fields))
        raise RegenerationError(f"generator-config.yml: unknown key {', '.join(unknown)}; the generator knows {known}")


def read_spec(root: Path) -> dict[str, Any]:
    """The spec as plain data, refused where the templates could not turn it into right output."""
    spec = read_yaml(root / "openapi.yaml")
    problems = problems_of(spec) or broken_reliances(root, spec)
    if problems:
        raise RegenerationError("\n".join(f"openapi.yaml: {problem}" for problem in problems))
    return spec


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file."""
    try:
        content: object = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))  # pyright: ignore[reportUnknownMemberType]
    except OSError as error:
        raise RegenerationError(f"{path.name}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RegenerationError(f"{path.name}: not UTF-8 (byte {error.start})") from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise RegenerationError(f"{path.name}: not YAML: {getattr(error, 'problem', None) or error}{where}") from error
    if not isinstance(content, dict):
        raise RegenerationError(f"{path.name}: a mapping is needed, found {type(content).__name__}")
    return mapping(content)  # pyright: ignore[reportUnknownArgumentType]


def run_generator(root: Path, spec: Path, package: Path) -> None:
    """Run the generator, for which a warning is a failure: it drops what it does not understand and goes on."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),  # its ruff is our ruff
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"]
    command += ["--path", str(spec), "--config", str(root / "generator-config.yml")]
    command += ["--custom-template-path", str(root / "templates"), "--output-path", str(package)]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    if finished.returncode:
        printed = (finished.stdout + finished.stderr).splitlines()
        said = [line.strip() for line in printed if line.strip() and not line.startswith(NOISE)]
        raise RegenerationError("\n".join(["the generator failed:", *said]))


def check_package(package: Path) -> None:
    """What the generator made of the spec must say the same as the spec, and must work; see tools/package_check.py."""
    command = [sys.executable, str(Path(__file__).with_name("package_check.py")), str(package)]
    finished = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if finished.returncode:
        problems = (finished.stdout or finished.stderr).splitlines()
        raise RegenerationError("\n".join(f"openapi.yaml: {problem}" for problem in problems))


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


def compare(committed: Path, expected: Path) -> list[str]:
    """A unified diff from what is committed to what the spec gives; empty where they are the same, byte for byte."""
    lines: list[str] = []
    for name in sorted(files_of(committed) | files_of(expected)):
        old, new = (folder / name for folder in (committed, expected))
        old_lines, new_lines = (
            file.read_text(encoding="utf-8", errors="backslashreplace").splitlines() if file.is_file() else []
            for file in (old, new)
        )
        if not old.is_file() or not new.is_file() or old.read_bytes() != new.read_bytes():
            labels = (f"committed/{name}", f"expected/{name}")
            lines += list(difflib.unified_diff(old_lines, new_lines, *labels, lineterm="")) or [
                f"--- {name}: differs in a way that no line shows (empty, or other line ends)"
            ]
    return lines


def files_of(folder: Path) -> set[str]:
    """The files below a folder, without Python's caches."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def replace(target: Path, root: Path) -> None:
    """Generate beside the target and swap the two; a run that was killed half way is cleaned up by the next one."""
    new, old = (target.with_name(f".{target.name}.{suffix}") for suffix in ("new", "old"))
    target.parent.mkdir(exist_ok=True)
    if not target.exists() and old.exists():
        old.rename(target)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory() as aside:
        shutil.copytree(generate(root, Path(aside)), new)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
