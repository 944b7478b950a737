"""tools/contracts/type_check.py: overrides that do not fit the types of a new package are found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts import type_check
from contracts.type_check import type_problems
from spec.yaml_file import RegenerationError

Project = Any
Spec = dict[str, Any]


def drop_operation(spec: Spec) -> None:
    """Drop an operation that a module calls."""
    del spec["paths"]["/session_events/"]


def require_parameter(spec: Spec) -> None:
    """Require another argument of an operation that the command line calls."""
    parameter = {"name": "tenant", "in": "query", "required": True, "schema": {"type": "string"}}
    spec["paths"]["/sessions/"]["get"]["parameters"].append(parameter)


def drop_field(spec: Spec) -> None:
    """Drop a field of responses."""
    session = spec["components"]["schemas"]["Session"]
    del session["properties"]["pending_state"]
    session["required"] = [name for name in session["required"] if name != "pending_state"]


def drop_value(spec: Spec) -> None:
    """Drop a value of an enum."""
    spec["components"]["schemas"]["SessionState"]["enum"].remove("Terminating")


BREAKING: dict[str, tuple[Callable[[Spec], None], str, str]] = {
    "an operation is gone": (drop_operation, "_sansio/waiters.py", '"get_session_event_log"'),
    "an argument is required": (require_parameter, "cli/demo.py", '"tenant"'),
    "a field is gone": (drop_field, "_sansio/waiters.py", '"pending_state"'),
    "a value is gone": (drop_value, "_sansio/probes.py", '"TERMINATING"'),
}


@pytest.mark.parametrize("breakage", BREAKING)
def test_breaking_change_of_the_spec_names_module_and_field(project: Project, spec: Spec, breakage: str) -> None:
    """A spec without something that an override uses is refused with the module, the name and what to do."""
    change, module, name = BREAKING[breakage]
    change(spec)
    project.write_spec(spec)
    before = project.files()
    finished = project.run()
    assert finished.returncode == 1
    lines = finished.stderr.splitlines()
    place = f"regenerate: openapi.yaml: overrides/anyscale_sessions/{module} (line "
    assert any(line.startswith(place) and name in line and line.endswith(type_check.ADAPT) for line in lines), lines
    assert project.files() == before


def test_committed_overrides_fit_the_committed_package(repository: Path) -> None:
    """The types of this project's overrides fit its generated package."""
    assert type_problems(repository, repository / "generated" / "anyscale_sessions_api") == []


def test_failure_of_mypy_is_no_problem_of_the_spec(tmp_path: Path) -> None:
    """Where mypy itself cannot run, regeneration fails with what mypy says."""
    with pytest.raises(RegenerationError, match="mypy failed: "):
        type_problems(tmp_path, tmp_path / "anyscale_sessions_api")
