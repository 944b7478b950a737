"""The settings of a fleet and their rules."""

from __future__ import annotations

import copy
import pickle
from datetime import timedelta
from typing import Any

import pytest

from anyscale_sessions import InvalidRequestError
from anyscale_sessions.fleet import Fleet

from .conftest import PROJECT

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "Eval"),
        ("name", "eval--r7"),
        ("name", "eval_r7"),
        ("name", "a" * 61),
        ("name", None),
        ("project_id", ""),
        ("project_id", " "),
        ("project_id", "prj_1/sessions"),
        ("project_id", None),
        ("lifetime", timedelta(0)),
        ("lifetime", timedelta(seconds=-1)),
        ("lifetime", timedelta(days=366)),
        ("lifetime", None),
        ("lifetime", 3600),
        ("idle_timeout", -1),
        ("idle_timeout", 0),
        ("idle_timeout", True),
        ("idle_timeout", None),
        ("idle_timeout", 15.0),
        ("idle_timeout", 2**63),
    ],
)
def test_a_setting_that_breaks_its_rule_is_refused(field: str, value: Any) -> None:
    """Each setting outside its rule is refused when the fleet is made, and the error names it."""
    settings: dict[str, Any] = {"name": "refused", "project_id": PROJECT, "lifetime": HOUR, "idle_timeout": 15}
    with pytest.raises(InvalidRequestError) as caught:
        Fleet(**settings | {field: value})
    assert [problem.field for problem in caught.value.problems] == [field]


def test_everything_that_is_wrong_is_in_one_error() -> None:
    """A fleet with several unusable settings is refused with a problem for each."""
    with pytest.raises(InvalidRequestError) as caught:
        Fleet("A", "", timedelta(0), -1)
    assert [problem.field for problem in caught.value.problems] == ["name", "project_id", "lifetime", "idle_timeout"]


@pytest.mark.parametrize(
    "change",
    [{"project_id": "prj_2"}, {"lifetime": 2 * HOUR}, {"idle_timeout": 16}],
    ids=lambda change: next(iter(change)),
)
def test_a_name_that_is_used_with_other_settings_is_refused(fleet: Fleet, change: dict[str, Any]) -> None:
    """The name of a fleet of this process is refused with another project, lifetime or idle timeout."""
    settings = {"project_id": PROJECT, "lifetime": HOUR, "idle_timeout": 15}
    with pytest.raises(InvalidRequestError, match="is already used in this process"):
        Fleet(fleet.name, **settings | change)
    assert Fleet(fleet.name, **settings) == fleet


def test_a_fleet_can_be_pickled_and_copied(fleet: Fleet) -> None:
    """A fleet that was pickled or copied equals the original."""
    assert pickle.loads(pickle.dumps(fleet)) == fleet == copy.deepcopy(fleet)
