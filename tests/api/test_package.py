"""The generated package as a whole: cheap to import, marked as generated, and telling what it was made from."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import anyscale_sessions_api
from anyscale_sessions_api import api, client, models

PACKAGE = Path(str(anyscale_sessions_api.__file__)).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
HEADER = (
    "# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py"
)
REPOSITORY = Path(__file__).resolve().parents[2]


def modules_after(code: str) -> set[str]:
    """The modules that a fresh Python has after running some code."""
    program = f"{code}\nimport sys\nprint(*sys.modules)"
    # Unmeasured, as coverage imports modules of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    return set(finished.stdout.split())


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_says_that_it_is_generated(module: Path) -> None:
    """Each module begins with the line that says where it comes from and how to make it anew."""
    assert module.read_text(encoding="utf-8").splitlines()[0] == HEADER


def test_package_is_typed_and_carries_its_spec() -> None:
    """The package has py.typed, the spec and the provenance."""
    for name in ("py.typed", "openapi.json", "provenance.json"):
        assert (files("anyscale_sessions_api") / name).is_file()


def test_nothing_else_is_in_the_package() -> None:
    """The package holds modules, the spec, the provenance and the marker for type checkers, and nothing else."""
    others = {
        path.name
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    assert others == {"py.typed", "openapi.json", "provenance.json"}


def test_importing_the_package_imports_no_model() -> None:
    """`import anyscale_sessions_api.models` imports no model, nor what only models need."""
    loaded = modules_after("import anyscale_sessions_api.models")
    assert not {name for name in loaded if name.startswith("anyscale_sessions_api.models.")}
    assert not {"attrs", "attr", "msgspec"} & loaded


def test_models_are_imported_when_they_are_asked_for() -> None:
    """Asking for one model imports it and what it names, and no other."""
    loaded = modules_after("from anyscale_sessions_api.models import PageQuery")
    assert {name for name in loaded if name.startswith("anyscale_sessions_api.models.")} == {
        "anyscale_sessions_api.models.page_query"
    }


def test_operations_are_imported_when_they_are_asked_for() -> None:
    """The classes of methods import no operation; calling one imports it and its models, and no other."""
    operations, models = "anyscale_sessions_api.api.sessions.", "anyscale_sessions_api.models."
    loaded = modules_after("from anyscale_sessions_api import client")
    assert not {name for name in loaded if name.startswith((operations, models))}
    code = """
from anyscale_sessions_api import client
client.SyncApi.__abstractmethods__ = frozenset()
client.SyncApi._send = lambda self, operation: print(end="")
client.SyncApi().delete_session("ses_1")
"""
    loaded = modules_after(code)
    assert {name for name in loaded if name.startswith((operations, models))} == {f"{operations}delete_session"}


def test_lazy_operations_are_all_there() -> None:
    """Every operation can be had from `api`, is listed by dir, and a wrong one is an ordinary AttributeError."""
    assert dir(api) == sorted(client.OPERATION_IDS)
    for name in dir(api):
        assert getattr(api, name).__name__ == name
        assert getattr(api, name) is getattr(api, name)
    with pytest.raises(AttributeError, match=r"module 'anyscale_sessions_api.api' has no attribute 'get_sesion'"):
        _ = api.get_sesion  # type: ignore[attr-defined]


def test_nothing_here_imports_a_transport() -> None:
    """Neither models nor operations, nor reading a response, import httpx, dateutil or anything else that is slow."""
    code = (
        "from anyscale_sessions_api import client, models\n"
        "[getattr(models, name) for name in models.__all__]\n"
        'models.Session.from_json(b\'{"id": "a", "created_at": "2024-01-01T00:00:00Z"}\').to_json()\n'
    )
    loaded = modules_after(code)
    assert "anyscale_sessions_api.models.session" in loaded
    assert not {"httpx", "httpcore", "dateutil", "asyncio", "ssl", "socket", "dataclasses_json", "pydantic"} & loaded


def test_dateutil_is_imported_for_odd_dates_only() -> None:
    """What fromisoformat reads needs no dateutil; what it does not read does."""
    read = "from anyscale_sessions_api.models import SessionEvent\nSessionEvent.from_dict({'id': 'a', 'timestamp': %r})"
    assert "dateutil" not in modules_after(read % "2024-01-01T00:00:00")
    assert "dateutil" in modules_after(read % "2024-01-01T24:00:00Z")


def test_lazy_names_are_all_there() -> None:
    """Every public name can be imported, is listed by dir, and a wrong one is an ordinary AttributeError."""
    assert list(models.__all__) == sorted(models.__all__)
    assert dir(models) == list(models.__all__)
    for name in models.__all__:
        assert getattr(models, name).__name__ == name
        assert getattr(models, name) is getattr(models, name)
    with pytest.raises(AttributeError, match=r"module 'anyscale_sessions_api.models' has no attribute 'Sesion'"):
        _ = models.Sesion  # type: ignore[attr-defined]


def test_any_model_can_be_imported_first() -> None:
    """The modules of models can be imported in any order, although models name each other."""
    code = "import importlib, sys\n" + "\n".join(
        "[sys.modules.pop(name) for name in list(sys.modules) if name.startswith('anyscale')]\n"
        f"importlib.import_module('anyscale_sessions_api.models.{path.stem}')"
        for path in sorted((PACKAGE / "models").glob("[a-z]*.py"))
    )
    modules_after(code)


@pytest.fixture(scope="module")
def provenance() -> dict[str, Any]:
    """The provenance that the package carries."""
    content: dict[str, Any] = json.loads((files("anyscale_sessions_api") / "provenance.json").read_text("utf-8"))
    return content


def test_provenance_tells_what_the_package_was_made_from(provenance: dict[str, Any], spec: dict[str, Any]) -> None:
    """The provenance has a hash for the spec, the settings and each template, and the version of each tool."""
    hashes = [provenance["spec"]["sha256"], provenance["config"]["sha256"], *provenance["templates"].values()]
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in hashes)
    assert provenance["spec"]["version"] == spec["info"]["version"]
    assert provenance["tools"].keys() == {"openapi-python-client", "ruff"}
    assert str(distribution("anyscale-sessions").metadata["Name"]) == "anyscale-sessions"


def test_provenance_fits_the_repository(provenance: dict[str, Any]) -> None:
    """The hashes are those of the files in the repository, which this test belongs to."""
    assert provenance["spec"]["sha256"] == hashlib.sha256((REPOSITORY / "openapi.yaml").read_bytes()).hexdigest()
    for name, value in provenance["templates"].items():
        assert value == hashlib.sha256((REPOSITORY / "templates" / name).read_bytes()).hexdigest()
