"""tools/sbom.py: the bill of materials in the wheel says what pyproject.toml and the provenance say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from sbom import DOCUMENT, bill_of, main


@pytest.fixture
def project(repository: Path, tmp_path: Path) -> Path:
    """A scratch copy of what the document is made from."""
    for name in (
        "pyproject.toml",
        "overrides/anyscale_sessions/version.py",
        "generated/anyscale_sessions_api/provenance.json",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository / name, tmp_path / name)
    return tmp_path


def test_it_names_the_package_its_requirements_and_its_tools(project: Path) -> None:
    """Each requirement is there once, with its extra; the generator and ruff are the tools."""
    tables = (project / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.")
    about = """
        [project]
        name = "a-b"
        license = "MIT"
        dependencies = ["c>=1.5"]
        [project.optional-dependencies]
        more = ["d.e[f]>=2; python_version > '3'"]
    """
    (project / "pyproject.toml").write_text(dedent(about) + tables[1] + tables[2], encoding="utf-8")
    bill = bill_of(project)
    assert bill["metadata"]["component"]["purl"] == "pkg:pypi/a-b@0.1.0"
    assert [(part["purl"], part["scope"]) for part in bill["components"]] == [
        ("pkg:pypi/c", "required"),
        ("pkg:pypi/d.e", "optional"),
    ]
    assert bill["components"][1]["properties"] == [
        {"name": "python:requirement", "value": "d.e[f]>=2; python_version > '3'"},
        {"name": "python:extra", "value": "more"},
    ]
    assert bill["dependencies"][0]["dependsOn"] == ["pkg:pypi/c", "pkg:pypi/d.e"]
    tools = {tool["name"] for tool in bill["metadata"]["tools"]["components"]}
    assert tools == {"openapi-python-client", "ruff"}


def test_writing_makes_the_check_content(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing document and one that says something else fail the check, with the command that mends it."""
    arguments = ["--root", str(project)]
    assert main(["--check", *arguments]) == 1
    assert "run: python tools/sbom.py" in capsys.readouterr().err
    assert main(arguments) == main(["--check", *arguments]) == 0
    document = project / DOCUMENT
    document.write_text(json.dumps(json.loads(document.read_text())), encoding="utf-8")
    assert main(["--check", *arguments]) == 1


def test_the_document_of_the_project_is_up_to_date(repository: Path) -> None:
    """What stands in the repository is what its pyproject.toml says, as the program finds."""
    subprocess.run([sys.executable, repository / "tools" / "sbom.py", "--check"], check=True)
