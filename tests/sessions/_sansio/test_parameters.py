"""_sansio/parameters.py: each parameter becomes a text by its type and its style, or a problem."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from anyscale_sessions import InvalidRequestError
from anyscale_sessions._sansio.request import Request, prepare
from anyscale_sessions._validation import query
from anyscale_sessions_api import models
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import Operation


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], dict[str, Any]]:
    """The parameters that the spec declares for the operation `do`, by place and name."""
    parameters: dict[tuple[str, str], dict[str, Any]] = {}
    monkeypatch.setattr(query, "_parameters_by_operation", lambda: {"do": parameters})
    return parameters


def declare(
    declared: dict[tuple[str, str], dict[str, Any]],
    place: str,
    name: str = "value",
    *,
    required: bool = True,
    **more: Any,
) -> None:
    """Declare one parameter."""
    declared[place, name] = {"required": required, "schema": more, "is_id": False}


def sent(place: str, value: object, kind: Any, style: str = "plain", **more: Any) -> Request:
    """The request of an operation with one parameter."""
    path = "/do/{value}" if place == "path" else "/do"
    argument = {"path": "path_values", "query": "query", "header": "headers", "cookie": "cookies"}[place]
    styles = {} if style == "plain" and place != "path" else {"value": style}
    values: dict[str, Any] = {argument: {"value": value}, "styles": styles, "types": {"value": kind}} | more
    return prepare(Operation(id="do", method="GET", path=path, **values))


def problems(place: str, value: object, kind: Any, style: str = "plain", **more: Any) -> list[str]:
    """The problems of an operation with one parameter."""
    with pytest.raises(InvalidRequestError) as caught:
        sent(place, value, kind, style, **more)
    return [problem.rule for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (7, int, "7"),
        (True, bool, "true"),
        (0.5, float, "0.5"),
        (date(2026, 1, 31), date, "2026-01-31"),
        (datetime(2026, 1, 31, tzinfo=UTC), datetime, "2026-01-31T00%3A00%3A00%2B00%3A00"),
        (UUID(int=1), UUID, "00000000-0000-0000-0000-000000000001"),
        (SessionState.RUNNING, SessionState, "Running"),
        ("Running", SessionState, "Running"),
        ("a b/ü?#.txt", str, "a%20b%2F%C3%BC%3F%23.txt"),
        ("arn:aws:x", str, "arn%3Aaws%3Ax"),
    ],
)
def test_a_path_parameter_is_encoded_by_its_type(
    declared: dict[tuple[str, str], dict[str, Any]], value: object, kind: Any, text: str
) -> None:
    """A path parameter that is no id is written as its type says, as one segment of the path."""
    declare(declared, "path")
    assert sent("path", value, kind).target == f"/do/{text}"


def test_a_list_in_a_path_is_joined_by_commas(declared: dict[tuple[str, str], dict[str, Any]]) -> None:
    """The items of a list in a path are separated by commas, and encoded one by one."""
    declare(declared, "path")
    assert sent("path", ["a", "b c"], list[str], "comma").target == "/do/a,b%20c"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_parameter_never_leads_to_another_path(
    declared: dict[tuple[str, str], dict[str, Any]], value: str
) -> None:
    """A path parameter that is empty or only dots is refused."""
    declare(declared, "path")
    assert problems("path", value, str) == ["must not be empty, . or ..: that is another path"]


def test_a_path_parameter_of_another_type_is_refused(declared: dict[tuple[str, str], dict[str, Any]]) -> None:
    """A path parameter that has another type than the spec says, or breaks a limit, is a problem."""
    declare(declared, "path", minimum=1)
    assert problems("path", "7", int) == ["must be a whole number (int), not str"]
    assert problems("path", 0, int) == ["must be a whole number (int) >= 1"]
    assert problems("path", None, int) == ["must be given"]


@pytest.mark.parametrize(
    ("value", "kind", "style", "encoded"),
    [
        (["a", "b c"], list[str], "plain", "value=a&value=b+c"),
        (["a", "b c"], list[str], "comma", "value=a,b+c"),
        (["a", "b"], list[str], "space", "value=a%20b"),
        (["a", "b"], list[str], "pipe", "value=a%7Cb"),
        ([], list[str], "comma", ""),
        ({"a": "x", "b": 1}, dict[str, Any], "deepObject", "value%5Ba%5D=x&value%5Bb%5D=1"),
        ({"a": "x", "b": None}, dict[str, Any], "object", "a=x"),
        ({"a": "x", "b": 1}, dict[str, Any], "comma", "value=a,x,b,1"),
        ({"a": ["x"]}, dict[str, Any], "json", "value=%7B%22a%22%3A%5B%22x%22%5D%7D"),
        (models.PageQuery(count=5), models.PageQuery, "deepObject", "value%5Bcount%5D=5"),
        ({"count": 5}, models.PageQuery, "deepObject", "value%5Bcount%5D=5"),
    ],
)
def test_a_query_parameter_is_written_in_its_style(
    declared: dict[tuple[str, str], dict[str, Any]], value: object, kind: Any, style: str, encoded: str
) -> None:
    """A list or an object in a query is written in the style that the spec gives it."""
    declare(declared, "query")
    assert sent("query", value, kind, style).target == (f"/do?{encoded}" if encoded else "/do")


@pytest.mark.parametrize(
    ("value", "kind", "style", "rule"),
    [
        (["a,b"], list[str], "comma", "must not contain ',', which separates the items on the wire"),
        ({"a": ["x"]}, dict[str, Any], "deepObject", "must be a plain value: a query has no structure"),
        ({"cuont": 5}, models.PageQuery, "deepObject", "unknown field"),
        ("a\nb", str, "plain", "must not contain control characters"),
        (5, str, "plain", "must be text (str), not int"),
    ],
)
def test_a_query_parameter_that_cannot_be_written_is_refused(
    declared: dict[tuple[str, str], dict[str, Any]], value: object, kind: Any, style: str, rule: str
) -> None:
    """A value that would be read as another one is refused, and so is one of another type."""
    declare(declared, "query")
    assert problems("query", value, kind, style) == [rule]


def test_a_parameter_has_its_name_on_the_wire(declared: dict[tuple[str, str], dict[str, Any]]) -> None:
    """A parameter whose name Python cannot have is sent under its name on the wire."""
    declare(declared, "query", "filter[x]")
    assert sent("query", "a", str, names={"value": "filter[x]"}).target == "/do?filter%5Bx%5D=a"


def test_a_query_in_the_path_is_continued(declared: dict[tuple[str, str], dict[str, Any]]) -> None:
    """The query parameters follow a query that the path has already."""
    declare(declared, "query")
    operation = Operation[None](id="do", method="GET", path="/do?kind=a", query={"value": "b"}, types={"value": str})
    assert prepare(operation).target == "/do?kind=a&value=b"


@pytest.mark.parametrize(
    ("value", "kind", "style", "text"),
    [
        (3, int, "plain", "3"),
        (["a", "b"], list[str], "comma", "a,b"),
        ("a b", str, "plain", "a b"),
        ("", str, "plain", ""),
    ],
)
def test_a_header_parameter_is_written(
    declared: dict[tuple[str, str], dict[str, Any]], value: object, kind: Any, style: str, text: str
) -> None:
    """A header parameter is sent in a header of its name."""
    declare(declared, "header", "X-Value")
    assert sent("header", value, kind, style, names={"value": "X-Value"}).headers == (("x-value", text),)


@pytest.mark.parametrize("value", ["é", " a", "a "])
def test_a_header_carries_only_ascii(declared: dict[tuple[str, str], dict[str, Any]], value: str) -> None:
    """A header parameter that no header can carry is refused."""
    declare(declared, "header")
    (rule,) = problems("header", value, str)
    assert rule == "must be printable ASCII without blanks at its ends, because a header carries it"


def test_cookie_parameters_are_sent_in_one_header(declared: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Cookie parameters are sent as cookies."""
    declare(declared, "cookie")
    assert sent("cookie", "dark", str).headers == (("cookie", "value=dark"),)


@pytest.mark.parametrize("value", ["a b", "a;b", "é", '"'])
def test_a_cookie_carries_only_its_characters(declared: dict[tuple[str, str], dict[str, Any]], value: str) -> None:
    """A cookie parameter that no cookie can carry is refused."""
    declare(declared, "cookie")
    (rule,) = problems("cookie", value, str)
    assert rule.endswith("because a cookie carries it")


def test_a_parameter_that_is_not_given_is_not_sent(declared: dict[tuple[str, str], dict[str, Any]]) -> None:
    """An optional parameter that is `None` is left out."""
    declare(declared, "header", required=False)
    assert sent("header", None, str).headers == ()
