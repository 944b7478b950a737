"""tools/sbom.py: the bill of materials in the wheel lists the requirements and the tools of this version."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from sbom import DOCUMENT, VENDORED, VENDORED_SHA256, document_of, main


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


def test_document_names_the_package_its_requirements_and_its_tools(project: Path) -> None:
    """Each requirement is a component with its extra, the package depends on all of them, and the tools are named."""
    tables = (project / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.")
    about = """
        [project]
        name = "a-b"
        license = "MIT"
        dependencies = ["c>=1.5"]
        [project.optional-dependencies]
        more = ["d.e[f]>=2; python_version > '3'"]
        most = ["c>=1.7"]
    """
    (project / "pyproject.toml").write_text(dedent(about) + tables[1] + tables[2], encoding="utf-8")
    version_file = project / "overrides" / "anyscale_sessions" / "version.py"
    version_file.write_text('"""The version."""\n\n__version__ = "1.2.3"\n', encoding="utf-8")
    bill = json.loads(document_of(project))
    package = bill["metadata"]["component"]
    assert package["purl"] == package["bom-ref"] == "pkg:pypi/a-b@1.2.3"
    assert package["licenses"] == [{"license": {"id": "MIT"}}]
    assert [(part["bom-ref"], part["purl"], part["scope"]) for part in bill["components"]] == [
        ("pkg:pypi/c", "pkg:pypi/c", "required"),
        ("pkg:pypi/c[most]", "pkg:pypi/c", "optional"),
        ("pkg:pypi/d.e[more]", "pkg:pypi/d.e", "optional"),
        ("pkg:npm/htm@3.1.1", "pkg:npm/htm@3.1.1", "optional"),
        ("pkg:npm/preact", "pkg:npm/preact", "optional"),
    ]
    assert bill["components"][2]["properties"] == [
        {"name": "python:requirement", "value": 'd.e[f]>=2; python_version > "3"'}
    ]
    graph = {node["ref"]: node.get("dependsOn", []) for node in bill["dependencies"]}
    vendored = ["pkg:npm/htm@3.1.1", "pkg:npm/preact"]
    assert graph.pop(package["bom-ref"]) == [*vendored, "pkg:pypi/c", "pkg:pypi/c[most]", "pkg:pypi/d.e[more]"]
    assert not any(graph.values())
    tools = {tool["name"] for tool in bill["metadata"]["tools"]["components"]}
    assert tools == {"openapi-python-client", "ruff"}


def test_document_names_what_is_vendored(repository: Path) -> None:
    """The libraries in the page have their licences, which that of the package includes, and the hash of their file."""
    bill = json.loads(document_of(repository))
    vendored = {part["name"]: part for part in bill["components"] if part["purl"].startswith("pkg:npm/")}
    licences = {name: part["licenses"][0]["license"]["id"] for name, part in vendored.items()}
    assert licences == {"htm": "Apache-2.0", "preact": "MIT"}
    assert bill["metadata"]["component"]["licenses"] == [{"expression": "Apache-2.0 AND MIT"}]
    assert {part["hashes"][0]["content"] for part in vendored.values()} == {VENDORED_SHA256}
    assert hashlib.sha256((repository / VENDORED).read_bytes()).hexdigest() == VENDORED_SHA256


def test_document_is_reproducible_and_holds_no_address_of_a_registry(project: Path) -> None:
    """The same input gives the same bytes, without a serial number, a timestamp or an address of a package index."""
    text = document_of(project)
    assert text == document_of(project)
    assert set(json.loads(text)) == {
        "$schema", "bomFormat", "components", "dependencies", "metadata", "specVersion", "version"
    }  # fmt: skip
    assert "timestamp" not in text
    assert re.findall('https?://[^"]*', text) == ["http://cyclonedx.org/schema/bom-1.6.schema.json"]


def test_check_accepts_only_the_document_that_was_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing document and an edited one fail the check with the command that writes it, and stay as they are."""
    monkeypatch.setattr("sbom.ROOT", project)
    with pytest.raises(SystemExit, match=r"run: python tools/sbom\.py"):
        main(["--check"])
    main([])
    main(["--check"])
    document = project / DOCUMENT
    document.write_text("{}", encoding="utf-8")
    with pytest.raises(SystemExit, match="is out of date"):
        main(["--check"])
    assert document.read_text(encoding="utf-8") == "{}"


def test_committed_document_is_up_to_date(repository: Path) -> None:
    """Run as a program, the check accepts the document in the repository."""
    subprocess.run([sys.executable, repository / "tools" / "sbom.py", "--check"], check=True)
