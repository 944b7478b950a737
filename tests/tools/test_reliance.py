"""tools/reliance.py: a name that an override relies on and the spec does not have is one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reliance import broken_reliances

Spec = dict[str, Any]

CASES = {
    'RELIES_ON = {"Session": ("id", "state")}': [],
    'RELIES_ON = {"Session": ("id", "status_quo")}': ["Session.status_quo"],
    'RELIES_ON = {"SessionState": ("Running", "Walking")}': ["SessionState.Walking"],
    'RELIES_ON = {"Sesion": ("id",)}': ["Sesion"],
    'RELIES_ON = {"operations": ("get_session", "get_sesion")}': ["operations.get_sesion"],
    'RELIES_ON = {"Session": ("a", "b"), "operations": ("c",)}': ["Session.a", "Session.b", "operations.c"],
    'OTHER = {"Session": ("a",)}': [],
    "x = y = 1": [],
    "": [],
}


@pytest.mark.parametrize("code", CASES)
def test_missing_names_are_told(tmp_path: Path, spec: Spec, code: str) -> None:
    """Each name that a module relies on in vain is told with the module."""
    module = tmp_path / "overrides" / "client" / "module.py"
    module.parent.mkdir(parents=True)
    module.write_text(f"{code}\n", encoding="utf-8")
    assert broken_reliances(tmp_path, spec) == [
        f"overrides/client/module.py relies on {name}, which is not in the spec" for name in CASES[code]
    ]


def test_no_overrides_rely_on_nothing(tmp_path: Path, spec: Spec) -> None:
    """A project without overrides relies on nothing."""
    assert broken_reliances(tmp_path, spec) == []


def test_our_overrides_rely_on_what_there_is(repository: Path, spec: Spec) -> None:
    """Every name that our own overrides rely on is in the spec; CreateSession states the fields of its rule."""
    assert broken_reliances(repository, spec) == []
    del spec["components"]["schemas"]["CreateSession"]["properties"]["build_id"]
    broken = broken_reliances(repository, spec)
    assert any("create_session.py relies on CreateSession.build_id" in line for line in broken)
