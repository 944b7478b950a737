"""tools/regenerate.py: the package is what the spec gives, the same everywhere; a failure changes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import regenerate
from codegen import atomic_replace

Project = Any
Spec = dict[str, Any]


def regenerated(project: Project, *arguments: str) -> int:
    """Run the command line in this process."""
    return regenerate.main(["--root", str(project.root), *arguments])


UP_TO_DATE = "generated/anyscale_sessions_api is what {}/openapi.yaml gives"


TIMES = re.compile(r"generated in \d+\.\d s of CPU, checked in \d+\.\d s")


def without_times(said: str) -> list[str]:
    """The lines of a successful run, which must give its CPU times in one of them, without this one."""
    lines = said.splitlines()
    times = [line for line in lines if TIMES.fullmatch(line)]
    assert len(times) == 1
    return [line for line in lines if line not in times]


def leftovers(project: Project) -> list[str]:
    """What stands beside what is generated, and should not."""
    return sorted({path.name for path in project.package.parent.iterdir()} - {project.package.name})


def test_repository_is_clean() -> None:
    """The committed package is what the committed spec, settings and templates give."""
    assert regenerate.main(["--check"]) == 0


def test_check_of_a_clean_copy_says_so_and_changes_nothing(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A check of a clean project exits 0, says so, and leaves every file as it is. Python's caches do not matter."""
    (project.package / "__pycache__").mkdir()
    (project.package / "__pycache__" / "types.cpython-311.pyc").write_bytes(b"x")
    before = project.files()
    assert regenerated(project, "--check") == 0
    assert without_times(capsys.readouterr().out) == [UP_TO_DATE.format(project.root.name)]
    assert project.files() == before


def hand_edit(project: Project) -> None:
    """Change a generated line by hand."""
    path = project.package / "models" / "session.py"
    path.write_text(path.read_text(encoding="utf-8").replace("    id: str\n", "    id: int\n"), encoding="utf-8")


def extra_file(project: Project) -> None:
    """Add a file."""
    (project.package / "models" / "extra.py").write_text("EXTRA = 1\n", encoding="utf-8")


def extra_empty_file(project: Project) -> None:
    """Add an empty file."""
    (project.package / "empty.py").touch()


def other_line_ends(project: Project) -> None:
    """Rewrite a file with the line ends of another system."""
    path = project.package / "models" / "page_query.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def not_text(project: Project) -> None:
    """Put bytes that are no text into a file."""
    (project.package / "types.py").write_bytes(b"\xff\xfe\x00")


def deleted_file(project: Project) -> None:
    """Delete a file."""
    (project.package / "models" / "session.py").unlink()


def deleted_package(project: Project) -> None:
    """Delete the package."""
    shutil.rmtree(project.package.parent)


def changed_inputs(project: Project) -> None:
    """Change the spec and a template."""
    path = project.root / "openapi.yaml"
    text = path.read_text(encoding="utf-8").replace("Name of the session.", "What the session is called.")
    path.write_text(text, encoding="utf-8")
    (project.root / "templates" / "header.jinja").write_text("# Another header.\n", encoding="utf-8")


CHECKED = [
    (
        hand_edit,
        ["--- committed/models/session.py", "+++ expected/models/session.py", "-    id: int", "+    id: str"],
    ),
    (
        changed_inputs,
        [
            '-    """Name of the session."""',
            '+    """What the session is called."""',
            "+# Another header.",
            "--- committed/provenance.json",
        ],
    ),
]
COMPARED = [
    (extra_file, ["--- committed/models/extra.py", "-EXTRA = 1"]),
    (extra_empty_file, ["--- empty.py: differs in its line endings, or one of the files is empty"]),
    (other_line_ends, ["--- models/page_query.py: differs in its line endings, or one of the files is empty"]),
    (not_text, ["--- committed/types.py", "-\\xff\\xfe\x00"]),
    (deleted_file, ["--- committed/models/session.py", "+class Session(Model):"]),
    (deleted_package, ["--- committed/models/session.py", "--- committed/provenance.json"]),
]


@pytest.mark.parametrize(("change", "said"), CHECKED)
def test_check_shows_what_differs(
    project: Project, capsys: pytest.CaptureFixture[str], change: Callable[[Project], None], said: list[str]
) -> None:
    """A hand edit, or an input that was changed alone, fails the check with a diff, and nothing is written."""
    change(project)
    before = project.files()
    assert regenerated(project, "--check") == 1
    shown = capsys.readouterr()
    assert set(said) <= set(shown.out.splitlines())
    assert shown.err.splitlines() == [
        "regenerate: not what the spec gives: generated/anyscale_sessions_api; run: python tools/regenerate.py"
    ]
    assert project.files() == before


@pytest.mark.parametrize(("change", "said"), COMPARED)
def test_every_difference_is_shown(
    project: Project, repository: Path, change: Callable[[Project], None], said: list[str]
) -> None:
    """A file too many, too few, or other in a single byte shows in the comparison, and is readable."""
    change(project)
    lines = atomic_replace.compare(project.package, repository / "generated" / "anyscale_sessions_api")
    assert set(said) <= set(lines)


def test_regenerating_restores_the_package(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Regenerating brings back what the spec gives, without leftovers, and says what it did."""
    committed = project.files()
    for change in (hand_edit, extra_file, other_line_ends):
        change(project)
    assert regenerated(project) == 0
    assert project.files() == committed
    assert leftovers(project) == []
    said = without_times(capsys.readouterr().out)
    assert "anyscale_sessions_api.models.session.Session.id: the type changed from int to str" in said
    assert said[-1] == UP_TO_DATE.format(project.root.name)


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "LANG": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
        {
            "LC_ALL": "C.UTF-8",
            "TZ": "America/St_Johns",
            "PYTHONHASHSEED": "4242",
            "PYTHONUTF8": "0",
            "FORCE_COLOR": "1",
        },
    ],
)
def test_output_is_the_same_everywhere(project: Project, tmp_path: Path, environment: dict[str, str]) -> None:
    """The output is the same, byte for byte, in any folder, locale and time zone, and nothing else is left behind."""
    committed = project.files()
    shutil.rmtree(project.package)
    elsewhere = tmp_path / "another folder"
    elsewhere.mkdir()
    (elsewhere / "ruff.toml").write_text("line-length = 40\n", encoding="utf-8")
    before = {path.name for path in project.root.rglob("*")}
    finished = project.run(cwd=elsewhere, env={**os.environ, **environment})
    assert finished.returncode == 0, finished.stderr
    assert project.files() == committed
    after = {path.name for path in project.root.rglob("*") if project.package not in [path, *path.parents]}
    assert after == before
    assert not [path for path in project.package.rglob("*") if "cache" in path.name]


# What makes a run fail, and what it says.


def refuse(project: Project, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run it; it must fail in lines, not in a stack trace, and change nothing."""
    before = project.files()
    assert regenerated(project) == 1
    shown = capsys.readouterr()
    assert not shown.out
    assert project.files() == before
    assert leftovers(project) == []
    lines = shown.err.splitlines()
    assert all(line.startswith("regenerate: ") for line in lines)
    return [line.removeprefix("regenerate: ") for line in lines]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"openapi: [", "openapi.yaml: not YAML: expected the node content, but found '<stream end>' (line 1)"),
        (b"a: 1\na: 2\n", 'openapi.yaml: not YAML: found duplicate key "a"'),
        (b"\x00", "openapi.yaml: not YAML"),
        (b"a: \xff", "openapi.yaml: not UTF-8 (byte 3)"),
        (b"- a", "openapi.yaml: a mapping is needed, found list"),
        (b"", "openapi.yaml: a mapping is needed, found NoneType"),
        (b"a: !!python/name:os.system x", "openapi.yaml: not YAML"),
        (b"openapi: 3.1.0\npaths: &a {b: *a}", "openapi.yaml: nested too deeply, or in a ring of aliases"),
        (b"swagger: '2.0'", "openapi.yaml: not an OpenAPI document: the key `openapi` is missing"),
        (
            b"{openapi: 3.0.3, info: {title: T, version: '1'}, paths: {}, components: {schemas: {A: {const: 1}}}}",
            "openapi.yaml: components.schemas.A.const: is of OpenAPI 3.1, and 3.0 is declared",
        ),
    ],
)
def test_file_that_is_no_spec(project: Project, capsys: pytest.CaptureFixture[str], content: bytes, said: str) -> None:
    """A file that is no spec is refused with one line that says why and where."""
    (project.root / "openapi.yaml").write_bytes(content)
    lines = refuse(project, capsys)
    assert lines[0].startswith(said)


@pytest.mark.parametrize("name", ["openapi.yaml", "generator-config.yml"])
def test_missing_file(project: Project, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """A file that is not there is refused by its name."""
    (project.root / name).unlink()
    assert refuse(project, capsys) == [f"{name}: cannot be read: No such file or directory"]


def test_misspelled_setting(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """A setting that the generator does not know, and would ignore, is refused with those that it knows."""
    path = project.root / "generator-config.yml"
    path.write_text(path.read_text(encoding="utf-8") + "literal_enum: true\n", encoding="utf-8")
    (line,) = refuse(project, capsys)
    assert line.startswith("generator-config.yml: unknown key literal_enum; the generator knows ")
    assert "literal_enums" in line


@pytest.mark.parametrize("tool", ["openapi-python-client", "ruff"])
def test_other_version_of_a_tool(project: Project, capsys: pytest.CaptureFixture[str], tool: str) -> None:
    """Another version of a tool than the pinned one is refused with what to install."""
    path = project.root / "pyproject.toml"
    pinned = f"{tool}=={version(tool)}"
    path.write_text(path.read_text(encoding="utf-8").replace(f'"{pinned}"', f'"{tool}==9.9.9"'), encoding="utf-8")
    assert refuse(project, capsys) == [f"{tool} 9.9.9 is needed, found {version(tool)}; run: pip install {tool}==9.9.9"]


def test_missing_tool(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """A tool that is not installed is refused with what to install."""
    path = project.root / "pyproject.toml"
    text = path.read_text(encoding="utf-8").replace("generate = [", 'generate = ["no-such-tool==1.0", ')
    path.write_text(text, encoding="utf-8")
    assert refuse(project, capsys) == ["no-such-tool 1.0 is needed, found none; run: pip install no-such-tool==1.0"]


def test_every_breach_is_reported_at_once(project: Project, spec: Spec, capsys: pytest.CaptureFixture[str]) -> None:
    """A spec with several breaches is refused with a line for each of them."""
    del spec["paths"]["/sessions/"]["get"]["operationId"]
    spec["components"]["schemas"]["Session"]["properties"]["extra"] = {"not": {"type": "null"}}
    project.write_spec(spec)
    field, operation = refuse(project, capsys)
    assert field.startswith("openapi.yaml: components.schemas.Session.properties.extra.not: ")
    assert operation.startswith("openapi.yaml: paths./sessions/.get: operationId is missing")


def test_broken_template_is_a_failure(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """A template that cannot be rendered fails with what is wrong with it, without a boxed stack trace."""
    (project.root / "templates" / "types.py.jinja").write_text("{% if %}", encoding="utf-8")
    lines = refuse(project, capsys)
    assert lines[0] == "the generator failed:"
    assert any("TemplateSyntaxError" in line for line in lines)


def test_package_that_cannot_work_is_a_failure(
    project: Project, spec: Spec, capsys: pytest.CaptureFixture[str]
) -> None:
    """A spec whose package could not read a response is refused, with the place and the reason."""
    reference = "#/components/schemas/"
    options = [{"$ref": f"{reference}Session"}, {"$ref": f"{reference}SessionEvent"}]
    spec["components"]["schemas"]["OperationResult"]["properties"]["session"] = {"oneOf": options}
    project.write_spec(spec)
    (line,) = refuse(project, capsys)
    assert line.startswith("openapi.yaml: components.schemas.OperationResult.properties.session.oneOf: nothing tells")
    assert "add a discriminator" in line


def test_leftovers_of_a_killed_run_are_removed(project: Project) -> None:
    """A run that was killed while it wrote, or cleaned up, leaves nothing that the next one does not clear away."""
    committed = project.files()
    (project.package.with_name(f".{project.package.name}.new") / "models").mkdir(parents=True)
    shutil.copytree(project.package, project.package.with_name(f".{project.package.name}.old"))
    assert regenerated(project) == 0
    assert project.files() == committed
    assert leftovers(project) == []


def test_failure_after_a_killed_run_brings_the_package_back(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that fails after one that was killed between two moves leaves the old package in its place."""
    committed = project.files()
    project.package.rename(project.package.with_name(f".{project.package.name}.old"))
    (project.root / "openapi.yaml").write_text("- a", encoding="utf-8")
    assert regenerated(project) == 1
    assert "a mapping is needed" in capsys.readouterr().err
    assert project.files() == committed


def test_requirement_that_is_not_met_stops_regeneration(
    project: Project, spec: Spec, capsys: pytest.CaptureFixture[str]
) -> None:
    """A spec change that renames a field which an override requires fails with the module and the field."""
    session = spec["components"]["schemas"]["CreateSession"]
    session["properties"]["cluster_build_id"] = session["properties"].pop("build_id")
    project.write_spec(spec)
    line = (
        "openapi.yaml: overrides/anyscale_sessions/_validation/session_rules.py:"
        ' requires CreateSession.build_id ("in the rule"),'
        " which the spec does not have; was it renamed to cluster_build_id?"
        " use the new name in the module and in _requires.py, or revert the change of the spec"
    )
    assert line in refuse(project, capsys)


def test_help_says_what_it_does(project: Project) -> None:
    """The command explains itself, and is refused with a usage line where it is misused."""
    helped = project.run("--help")
    assert helped.returncode == 0
    assert "--check" in helped.stdout
    assert project.run("--chekc").returncode == 2


def test_provenance_names_every_input(project: Project) -> None:
    """The provenance holds the hash of the spec, the settings and each template, and the version of each tool."""

    def hash_of(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    provenance = json.loads((project.package / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["spec"]["sha256"] == hash_of(project.root / "openapi.yaml")
    assert provenance["config"]["sha256"] == hash_of(project.root / "generator-config.yml")
    assert provenance["templates"] == {
        path.name: hash_of(path) for path in sorted((project.root / "templates").iterdir())
    }
    assert provenance["tools"] == {name: version(name) for name in ("openapi-python-client", "ruff")}


def test_interrupted_swap_leaves_a_whole_package(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the new package is whole, the old one stays where it is."""
    committed = project.files()

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        regenerated(project)
    assert project.files() == committed
