"""The provenance: what the package was made from, as one value."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import attrs
import pytest

from anyscale_sessions import _provenance
from anyscale_sessions._provenance import Provenance, provenance

WRITTEN = json.loads(files("anyscale_sessions_api").joinpath("provenance.json").read_text(encoding="utf-8"))


def test_provenance_is_that_of_the_last_generation() -> None:
    """The provenance has the versions and hashes that regeneration wrote, and the distribution's version."""
    expected = {"name": "anyscale-sessions", "version": version("anyscale-sessions"), **WRITTEN}
    assert provenance.to_dict() == expected
    assert json.loads(json.dumps(provenance.to_dict())) == expected
    assert provenance.spec_version == WRITTEN["spec"]["version"]
    assert provenance.spec_sha256 == WRITTEN["spec"]["sha256"]
    assert provenance.config_sha256 == WRITTEN["config"]["sha256"]


def test_the_repr_is_short() -> None:
    """The repr has the versions and the hashes of the spec and the settings, without those of the templates."""
    assert repr(provenance) == (
        f"Provenance(version='{version('anyscale-sessions')}', spec_version='{WRITTEN['spec']['version']}', "
        f"spec_sha256='{WRITTEN['spec']['sha256']}', config_sha256='{WRITTEN['config']['sha256']}', "
        f"tools={WRITTEN['tools']})"
    )


def test_provenance_cannot_be_changed() -> None:
    """Neither the attributes of the provenance nor their contents can be changed."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        provenance.version = "2"  # type: ignore[misc]
    for mapping in (provenance.templates, provenance.tools):
        with pytest.raises(TypeError):
            mapping["ruff"] = "2"  # type: ignore[index]
    provenance.to_dict()["tools"]["ruff"] = "2"
    assert provenance.tools == WRITTEN["tools"]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_duplicates_are_equal(duplicate: Callable[[Any], Any]) -> None:
    """Copies and pickles of the provenance are equal to it, and another version is not."""
    assert duplicate(provenance) == provenance
    assert hash(duplicate(provenance)) == hash(provenance)
    assert Provenance.from_dict({**provenance.to_dict(), "version": "0.0.1"}) != provenance


def test_without_data_files_the_provenance_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without data files, as in a frozen application, the provenance has the version and "unknown" for the rest."""
    monkeypatch.setattr(_provenance, "files", lambda _: tmp_path)
    assert _provenance._read().to_dict() == {
        "name": "anyscale-sessions",
        "version": version("anyscale-sessions"),
        "spec": {"version": "unknown", "sha256": "unknown"},
        "config": {"sha256": "unknown"},
        "templates": {},
        "tools": {},
    }
