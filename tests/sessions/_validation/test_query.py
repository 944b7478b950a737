"""The types and limits of query parameters, read from the spec."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import attrs
import msgspec
import pytest

from anyscale_sessions import InvalidRequestError
from anyscale_sessions._sansio.request import prepare
from anyscale_sessions._validation import query
from anyscale_sessions._validation.query import parameter_shapes
from anyscale_sessions_api import api
from anyscale_sessions_api.types import Operation


def test_each_query_parameter_has_its_limits() -> None:
    """A query parameter has the type and the limits that the spec gives it."""
    shapes = parameter_shapes(api.list_sessions("prj_1"), "query")
    assert set(shapes) == set(api.list_sessions("prj_1").types)
    assert set(shapes) >= {"project_id", "paging_token", "count"}
    (meta,) = [part for part in get_args(shapes["count"].kind) if isinstance(part, msgspec.Meta)]
    assert meta.le is not None


@pytest.mark.parametrize(("name", "is_required"), [("project_id", True), ("count", False)])
def test_a_required_query_parameter_has_no_default(name: str, *, is_required: bool) -> None:
    """A query parameter is required exactly if the spec says so."""
    shape = parameter_shapes(api.list_sessions("prj_1"), "query")[name]
    assert (shape.default is attrs.NOTHING) is is_required


def test_an_operation_that_is_not_in_the_spec_has_no_query() -> None:
    """An operation with an unknown id has no query parameters."""
    unknown: Operation[Any] = Operation(id="unknown", method="GET", path="/")
    assert parameter_shapes(unknown, "query") == {}


@pytest.fixture
def without_data_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package as a frozen application has it that leaves out data files."""
    monkeypatch.setattr(query, "files", lambda _: tmp_path)
    query._parameters_by_operation.cache_clear()
    yield
    query._parameters_by_operation.cache_clear()


@pytest.mark.usefixtures("without_data_files")
def test_without_the_spec_the_types_of_a_query_are_checked() -> None:
    """Without the file of the spec, a query is sent after its types were checked, and a wrong type is refused."""
    assert prepare(api.list_sessions("prj_1", count=999)).target == "/sessions/?project_id=prj_1&count=999"
    assert parameter_shapes(api.get_session("ses_1"), "query") == {}
    with pytest.raises(InvalidRequestError, match="count: must be a whole number"):
        prepare(api.list_sessions("prj_1", count="5"))  # type: ignore[arg-type]
