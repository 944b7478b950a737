"""Plain records: frozen, compared by value, and silent about what may be secret."""

from __future__ import annotations

import copy
import pickle

import pytest

from anyscale_sessions import Problem, UserService
from anyscale_sessions._utils.records import Record

PROBLEM = Problem("name", "must be given", "pass name")
SERVICE = UserService("https://service.example", {"Authorization": "Bearer secret"})


def test_it_shows_its_values() -> None:
    """`repr` reads like the call that makes the record."""
    assert repr(PROBLEM) == "Problem(field='name', rule='must be given', remedy='pass name')"


@pytest.mark.parametrize("shown", [repr(SERVICE), str(SERVICE), str(SERVICE.__rich_repr__())])
def test_it_keeps_secrets_to_itself(shown: str) -> None:
    """What may be secret is shown neither by `repr` nor to a library that prints objects in colour."""
    assert "https://service.example" in shown
    assert "secret" not in shown
    assert "headers" not in shown


@pytest.mark.parametrize("record", [PROBLEM, SERVICE])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))])
def test_it_is_compared_by_value(record: Record, copied: object) -> None:
    """A copy, also one from another process, is equal; another class or value is not."""
    assert callable(copied)
    assert copied(record) == record
    assert record != Problem("name", "must be given", "pass it")
    assert record != "name"


def test_it_is_frozen() -> None:
    """A record cannot be changed."""
    with pytest.raises(AttributeError):
        PROBLEM.field = "other"  # type: ignore[misc]
