"""Tests for `cli/operation_arguments.py`: values of any declared type from texts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import click
import msgspec
import pytest

from anyscale_sessions import SessionState
from anyscale_sessions.cli.operation_arguments import OperationArguments
from anyscale_sessions_api import api
from anyscale_sessions_api.types import Operation


def arguments_of(kind: Any, *, is_body: bool = False) -> OperationArguments:
    """Return the arguments of an operation with one argument of this type."""

    def with_parameter(x: Any) -> Operation[Any]:
        return Operation(id="a", method="GET", path="/", query={"x": x}, types={"x": kind})

    def with_body(body: Any) -> Operation[Any]:
        return Operation(id="a", method="POST", path="/", body=body, types={"body": kind})

    return OperationArguments(with_body if is_body else with_parameter)


@pytest.mark.parametrize(
    ("kind", "texts", "value"),
    [
        (str, ["5"], "5"),
        (str, ["true"], "true"),
        (str | None, ["null"], "null"),
        (int, ["5"], 5),
        (int, ["five"], "five"),
        (Annotated[int, msgspec.Meta(ge=0)] | None, ["5"], 5),
        (bool, ["true"], True),
        (bool, ["True"], "True"),
        (float, ["0.5"], 0.5),
        (int | str, ["5"], "5"),
        (SessionState, ["Running"], "Running"),
        (datetime, ["2026-01-02T03:04:05Z"], "2026-01-02T03:04:05Z"),
        (list[str], ["a", "b"], ["a", "b"]),
        (list[int] | None, ["1", "2"], [1, 2]),
        (list[int], ["[1, 2]"], [1, 2]),
        (dict[str, Any], ['{"a": 1}'], {"a": 1}),
        (Any, ["1"], 1),
        (list, ["[1]"], [1]),
        (Literal["1", "a"], ["1"], "1"),
        (Literal[1, 2], ["1"], 1),
    ],
)
def test_text_becomes_a_value_of_the_declared_type(kind: Any, texts: list[str], value: object) -> None:
    """A text becomes a value of the declared type, or stays text, which the client then refuses."""
    assert arguments_of(kind).values([f"x={text}" for text in texts]) == {"x": value}


def test_value_can_contain_an_equals_sign() -> None:
    """Only the first equals sign separates the name from the value."""
    assert arguments_of(str).values(["x=a=b"]) == {"x": "a=b"}


def test_body_is_passed_as_it_is() -> None:
    """A body that is not an object is passed as it was read from its file, and must be given."""
    arguments = arguments_of(list[int], is_body=True)
    assert arguments.values([], [1, 2]) == {"body": [1, 2]}
    with pytest.raises(click.UsageError, match="--body"):
        arguments.values([])


def test_required_names_come_first() -> None:
    """The required arguments come first, then the others and the fields of the body."""
    arguments = OperationArguments(api.create_session)
    assert arguments.names()[:2] == ["name", "project_id"]
    assert OperationArguments(api.get_session_event_log).required_names() == ["session_id"]


def test_field_is_not_both_in_the_file_and_an_argument() -> None:
    """A field that is in the file and an argument is refused, because they contradict each other."""
    with pytest.raises(click.UsageError, match="also in the file of --body"):
        OperationArguments(api.update_session).values(["session_id=a", "idle_timeout=5"], {"idle_timeout": 6})


def test_optional_body_is_left_out() -> None:
    """A body that need not be given is left out if no field is given."""
    assert OperationArguments(api.start_session).values(["session_id=a"]) == {"session_id": "a"}


@pytest.mark.parametrize("texts", [["x=[1", "x=2"], ["x=1", "x=[2]"]])
def test_list_that_is_given_in_two_ways_is_refused(texts: list[str]) -> None:
    """A list that is given both as a whole and by its items is refused."""
    with pytest.raises(click.UsageError, match="'x' is given twice"):
        arguments_of(list[int]).values(texts)


def test_object_that_is_given_in_two_ways_is_refused() -> None:
    """An object that is given both as a text and by its fields is refused."""
    with pytest.raises(click.UsageError, match="'name' is given twice"):
        OperationArguments(api.search_sessions).values(["project_id=p", "name=x", "name.contains=y"])


def test_choices_are_those_of_the_declared_type() -> None:
    """The known values of an argument are those of its enum, its list of enums or its literals."""
    assert arguments_of(Literal["a", "b"]).choices("x") == ["a", "b"]
    assert arguments_of(list[SessionState]).choices("x")[:2] == ["Stopped", "Terminated"]
    assert arguments_of(int).choices("x") == []
    assert arguments_of(int).choices("y") == []


def test_parameter_has_its_name_in_the_spec() -> None:
    """A parameter whose name Python cannot have is given by its name in the spec."""

    def with_alias(class_: str) -> Operation[Any]:
        values, names = {"class_": class_}, {"class_": "class"}
        return Operation(id="a", method="GET", path="/", query=values, types={"class_": str}, names=names)

    arguments = OperationArguments(with_alias)
    assert arguments.names() == ["class"]
    assert arguments.values(["class=a"]) == {"class_": "a"}
    with pytest.raises(click.UsageError, match="Missing class=VALUE"):
        arguments.values([])
