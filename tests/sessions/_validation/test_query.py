"""The types and limits of query parameters, read from the spec."""

from __future__ import annotations

from typing import Any, get_args

import attrs
import msgspec
import pytest

from anyscale_sessions._validation.query import query_shapes
from anyscale_sessions_api import api
from anyscale_sessions_api.types import Operation


def test_each_query_parameter_has_its_limits() -> None:
    """A query parameter has the type and the limits that the spec gives it."""
    shapes = query_shapes(api.list_sessions("prj_1"))
    assert set(shapes) == {"project_id", "paging_token", "count"}
    (meta,) = [part for part in get_args(shapes["count"].kind) if isinstance(part, msgspec.Meta)]
    assert meta.le is not None


@pytest.mark.parametrize(("name", "is_required"), [("project_id", True), ("count", False)])
def test_a_required_query_parameter_has_no_default(name: str, *, is_required: bool) -> None:
    """A query parameter is required exactly if the spec says so."""
    shape = query_shapes(api.list_sessions("prj_1"))[name]
    assert (shape.default is attrs.NOTHING) is is_required


def test_an_operation_that_is_not_in_the_spec_has_no_query() -> None:
    """An operation with an unknown id has no query parameters."""
    unknown: Operation[Any] = Operation(id="unknown", method="GET", path="/")
    assert query_shapes(unknown) == {}
