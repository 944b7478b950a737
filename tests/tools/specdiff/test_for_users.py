"""tools/specdiff/for_users.py: the report of a regeneration has what the spec and the Python names changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specdiff.for_users import changes_for_users

Spec = dict[str, Any]
SPEC: Spec = {"openapi": "3.1.0", "info": {"title": "T", "version": "1.0.0"}, "paths": {}}
CLIENT = "class SyncApi:\n    def list_things(self, project: str, kind: str) -> list[str]: ...\n"
OVERRIDES = (
    "from anyscale_sessions_api.client import SyncApi\n\nfrom .client import Client as Client\n",
    "from anyscale_sessions_api.client import SyncApi\n\n\nclass Client(SyncApi):\n    pass\n",
)
Write = Callable[..., Path]


@pytest.fixture
def overrides(tmp_path: Path) -> Path:
    """Overrides with a client of their own."""
    package = tmp_path / "overrides" / "anyscale_sessions"
    package.mkdir(parents=True)
    for name, text in zip(("__init__", "client"), OVERRIDES, strict=True):
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    return package.parent


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a generated package into a folder of its own."""

    def write(name: str, spec: Spec | str = SPEC, client: str = CLIENT) -> Path:
        package = tmp_path / name / "anyscale_sessions_api"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text('"""Generated."""\n', encoding="utf-8")
        (package / "client.py").write_text(client, encoding="utf-8")
        text = spec if isinstance(spec, str) else json.dumps(spec)
        (package / "openapi.json").write_text(text, encoding="utf-8")
        return package

    return write


def test_nothing_changed(write: Write, overrides: Path) -> None:
    """Where neither the spec nor a name changed, the report says so."""
    assert changes_for_users(write("old"), write("new"), overrides) == "nothing changed for users"


def test_missing_package(write: Write, overrides: Path, tmp_path: Path) -> None:
    """Without an old package, everything is new."""
    assert changes_for_users(tmp_path / "none", write("new"), overrides) == "everything is new for users"


@pytest.mark.parametrize(
    ("spec", "reason"),
    [("{", "Expecting property name"), ("[]", "not an OpenAPI document")],
)
def test_unusable_package(write: Write, overrides: Path, spec: str, reason: str) -> None:
    """An old package whose spec cannot be read, or is none, cannot be compared."""
    said = changes_for_users(write("old", spec), write("new"), overrides)
    assert said.startswith(f"what changed for users is unknown: openapi.json of the old package: {reason}")


def test_change_of_the_spec_is_reported(write: Write, overrides: Path) -> None:
    """A change of the spec is reported with its advice."""
    said = changes_for_users(write("old"), write("new", {**SPEC, "tags": [{"name": "t"}]}), overrides)
    assert said.splitlines()[1] == "#/tags: tags changed"
    assert (
        said.endswith("1 finding, 0 breaking. Advice: patch: after 1.0.0 comes 1.0.1 or higher.")
        or "2 findings" in said
    )


def test_change_of_the_python_names_decides_the_advice(write: Write, overrides: Path) -> None:
    """Arguments that change places break callers, whatever the spec's differences say."""
    swapped = CLIENT.replace("project: str, kind: str", "kind: str, project: str")
    said = changes_for_users(write("old"), write("new", client=swapped), overrides)
    assert "BREAKING for callers; python; major" in said
    assert "anyscale_sessions_api.client.SyncApi.list_things: Positional parameter was moved" in said
    assert said.endswith("Advice: major: after 1.0.0 comes 2.0.0 or higher.")
