"""Calls with wrong arguments, told as `InvalidRequestError` by both clients, whatever the operation, and never sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from anyscale_sessions import InvalidRequestError
from anyscale_sessions.client.arguments import told_clearly
from anyscale_sessions_api.client import OPERATION_IDS

NOWHERE = "http://127.0.0.1:1"  # nothing listens there: what is sent fails otherwise than this


def problems(call: Callable[..., object], *arguments: Any, **named: Any) -> list[tuple[str, str, str]]:
    """What a call is refused for."""
    with pytest.raises(InvalidRequestError) as caught:
        call(*arguments, **named)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return [(problem.field, problem.rule, problem.remedy) for problem in caught.value.problems]


@pytest.mark.parametrize("operation_id", OPERATION_IDS)
def test_what_is_missing_is_named(face: Callable[..., Any], operation_id: str) -> None:
    """A call without arguments names each that must be given."""
    told = problems(getattr(face(NOWHERE), operation_id))
    assert told
    assert all((rule, remedy) == ("must be given", f"pass {field}") for field, rule, remedy in told)


@pytest.mark.parametrize("operation_id", OPERATION_IDS)
def test_unknown_arguments_are_named(face: Callable[..., Any], operation_id: str) -> None:
    """An argument that no operation has is told among the others, whatever else is wrong."""
    told = problems(getattr(face(NOWHERE), operation_id), **{"zzz": 1, "a\nb": 2})
    assert [(field, rule) for field, rule, _ in told[:2]] == [
        ("zzz", "is no argument of this operation"),
        ("a\nb", "is no argument of this operation"),
    ]


@pytest.mark.parametrize("operation_id", OPERATION_IDS)
def test_too_many_arguments_are_told(face: Callable[..., Any], operation_id: str) -> None:
    """Optional arguments are given by name."""
    told = problems(getattr(face(NOWHERE), operation_id), *["x"] * 9)
    assert [field for field, *_ in told] == ["arguments"]
    assert told[0][1].endswith("not 9, where they have no name")


def test_the_nearest_argument_is_suggested(face: Callable[..., Any]) -> None:
    """A misspelt argument is told with the one that was meant."""
    told = problems(face(NOWHERE).list_sessions, "prj_1", cuont=5)
    assert told == [("cuont", "is no argument of this operation", "did you mean count?")]


def test_an_argument_given_twice_is_told(face: Callable[..., Any]) -> None:
    """By place and by name is once too often."""
    assert problems(face(NOWHERE).get_session, "ses_1", session_id="ses_2") == [
        ("session_id", "must be given once", "pass it once")
    ]


class Failing:
    """Methods that fail in themselves, as a transport of somebody's own could."""

    def fails(self, word: str) -> None:
        """Fail."""
        raise TypeError(word)

    async def fails_async(self, word: str) -> None:
        """Fail."""
        raise TypeError(word)


def test_a_type_error_of_something_else_passes_through() -> None:
    """Only wrong arguments are told as such."""
    told_clearly(["fails", "fails_async"])(Failing)
    with pytest.raises(TypeError, match="inside"):
        Failing().fails("inside")
    with pytest.raises(TypeError, match="inside"):
        asyncio.run(Failing().fails_async("inside"))


def test_methods_stay_what_they_were() -> None:
    """Name, documentation and signature are those of the method."""
    decorated = told_clearly(["fails", "fails_async"])(Failing)
    assert (decorated.fails.__name__, decorated.fails_async.__doc__) == ("fails", "Fail.")
