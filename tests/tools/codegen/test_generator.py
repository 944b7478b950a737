"""tools/codegen/generator.py: any message of the generator or of a hook is a problem."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from codegen.generator import generate, main
from codegen.generator_input import for_the_generator

Spec = dict[str, Any]


@pytest.fixture
def written(spec: Spec, tmp_path: Path) -> Path:
    """The spec in a file, as the generator reads it."""
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(for_the_generator(spec)), encoding="utf-8")
    return path


def settings_with(tmp_path: Path, *hooks: str) -> Path:
    """Settings of the generator with these hooks."""
    path = tmp_path / "settings.yml"
    path.write_text(json.dumps({"package_name_override": "some_api", "post_hooks": hooks}), encoding="utf-8")
    return path


def test_a_package_is_written_without_problems(written: Path, tmp_path: Path, repository: Path) -> None:
    """The project's spec, settings and templates give a package without the modules that the templates leave empty."""
    package = tmp_path / "some_api"
    assert main(written, repository / "generator-config.yml", repository / "templates", package) == 0
    names = {path.relative_to(package).as_posix() for path in package.rglob("*.py")}
    assert {"client.py", "dates.py", "pages.py", "types.py", "models/create_session.py"} <= names
    assert "errors.py" not in names


@pytest.mark.parametrize(
    ("hook", "problem"),
    [
        ("python -c \"import sys; sys.exit('broken')\"", "broken"),
        ('python -c "print(5); exit(1)"', "5"),
        ("python -c \"import sys; print('a warning', file=sys.stderr)\"", "a warning"),
        ('python -c "print(5)"', "5"),
    ],
)
def test_what_a_hook_reports_is_a_problem(
    written: Path, tmp_path: Path, repository: Path, hook: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hook that fails, or that succeeds with any message, is a problem with its command."""
    settings = settings_with(tmp_path, 'python -c ""', hook)
    assert main(written, settings, repository / "templates", tmp_path / "some_api") == 1
    assert capsys.readouterr().err.splitlines() == [f"{hook} failed:", problem]


def test_what_the_generator_drops_is_a_problem(written: Path, tmp_path: Path, repository: Path) -> None:
    """A schema that the generator only warns about is a problem with its place and its content."""
    document = json.loads(written.read_text(encoding="utf-8"))
    document["components"]["schemas"]["Brand"] = {"type": "array"}
    document["components"]["schemas"]["UpdateSession"]["properties"]["tags"] = {"type": "array"}
    written.write_text(json.dumps(document), encoding="utf-8")
    problems = list(generate(written, settings_with(tmp_path), repository / "templates", tmp_path / "some_api"))
    assert any("/components/schemas/UpdateSession" in line for line in problems)
    assert "type array must have items or prefixItems defined" in "\n".join(problems)
    assert not any("\n" in line for line in problems)


def test_a_document_that_is_no_spec_is_a_problem(tmp_path: Path, repository: Path) -> None:
    """A document that the generator cannot parse at all is a problem, and nothing is written."""
    path = tmp_path / "spec.json"
    path.write_text("{}", encoding="utf-8")
    problems = list(generate(path, settings_with(tmp_path), repository / "templates", tmp_path / "some_api"))
    assert problems[0].startswith("Failed to parse OpenAPI document: ")
    assert not (tmp_path / "some_api").exists()


def test_an_existing_folder_is_a_problem(written: Path, tmp_path: Path, repository: Path) -> None:
    """The generator does not write into a folder that exists."""
    shutil.copytree(repository / "generated" / "anyscale_sessions_api", tmp_path / "some_api")
    problems = list(generate(written, settings_with(tmp_path), repository / "templates", tmp_path / "some_api"))
    reason = "Directory already exists. Delete it or use the --overwrite option."
    assert f"Unable to generate the client: {reason}" in problems
