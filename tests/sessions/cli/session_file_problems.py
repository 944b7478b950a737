"""A valid session file, and helpers that return the problems of an invalid one."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from anyscale_sessions.cli.session_files import FileProblem, InvalidSessionFileError, read_session_file

APP_CONFIG: dict[str, Any] = {
    "name": "nightly",
    "project_id": "prj_1",
    "uses_app_config": True,
    "build_id": "bld_1",
    "compute_template_id": "cpt_1",
}
APP_CONFIG_YAML = yaml.safe_dump(APP_CONFIG, sort_keys=False)
LINES_OF_APP_CONFIG = len(APP_CONFIG)


def problems_of(file: str) -> list[tuple[int | None, str, str, str]]:
    """Return the line, field, rule and remedy of each problem of a file."""
    with pytest.raises(InvalidSessionFileError) as caught:
        read_session_file(file)
    problems = [problem for problem in caught.value.problems if isinstance(problem, FileProblem)]
    assert len(problems) == len(caught.value.problems)
    assert {problem.file for problem in problems} == {file}
    assert str(caught.value).startswith(f"{file}: {len(problems)} problem")
    assert all(str(problem) in str(caught.value) for problem in problems)
    return [(problem.line, problem.field, problem.rule, problem.remedy) for problem in problems]


def lone_problem_of(file: str) -> tuple[int | None, str, str, str]:
    """Return the line, field, rule and remedy of the only problem of a file."""
    (problem,) = problems_of(file)
    return problem
