"""Plain records: frozen, compared by value, and silent about what may be secret."""

from __future__ import annotations

import copy
import pickle

import pytest

from anyscale_sessions import Problem, UserService
from anyscale_sessions._utils.records import Record

PROBLEM = Problem("name", "must be given", "pass name")
SERVICE = UserService("https://service.example", {"Authorization": "Bearer secret"})


def test_the_repr_shows_the_values() -> None:
    """The repr of a record reads like the call that makes it."""
    assert repr(PROBLEM) == "Problem(field='name', rule='must be given', remedy='pass name')"


@pytest.mark.parametrize("shown", [repr(SERVICE), str(SERVICE), str(SERVICE.__rich_repr__())])
def test_hidden_fields_are_not_shown(shown: str) -> None:
    """A hidden field is shown neither by the repr nor by rich."""
    assert "https://service.example" in shown
    assert "secret" not in shown
    assert "headers" not in shown


@pytest.mark.parametrize("record", [PROBLEM, SERVICE])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))])
def test_records_are_compared_by_value(record: Record, copied: object) -> None:
    """A copy or an unpickled record is equal, and one of another class or value is not."""
    assert callable(copied)
    assert copied(record) == record
    assert record != Problem("name", "must be given", "pass it")
    assert record != "name"


def test_records_are_frozen() -> None:
    """A record cannot be changed."""
    with pytest.raises(AttributeError):
        PROBLEM.field = "other"  # type: ignore[misc]
