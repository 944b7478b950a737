"""tools/specdiff/python_calls.py: what Python callers notice of an operation; spec_diff_cases.yaml has more cases."""

from __future__ import annotations

from typing import Any

import pytest

from spec_diff import differences

Spec = dict[str, Any]

ENVELOPE = {"result": "result", "items": "results", "metadata": "metadata", "next_token": "next_paging_token"}


def spec_with(schema: Spec | None, *parameters: Spec) -> Spec:
    """A spec of one operation with this response and these parameters."""
    content = {} if schema is None else {"content": {"application/json": {"schema": schema}}}
    operation = {"operationId": "get_a", "parameters": list(parameters), "responses": {"200": content}}
    info = {"title": "A", "version": "1.0.0"}
    return {"openapi": "3.1.0", "info": info, "x-envelope": ENVELOPE, "paths": {"/a": {"get": operation}}}


def query(name: str, *, required: bool) -> Spec:
    """A query parameter."""
    return {"name": name, "in": "query", "required": required, "schema": {"type": "string"}}


def kinds(old: Spec, new: Spec) -> set[tuple[str, bool]]:
    """The kinds of the findings that concern Python callers, each with whether it breaks."""
    ours = {"argument-by-name", "arguments-moved", "result-type"}
    return {(finding.kind, finding.breaking) for finding in differences(old, new) if finding.kind in ours}


def test_arguments_that_change_places_break_callers() -> None:
    """Two required query parameters that change places break callers who give them by position."""
    one, other = query("a", required=True), query("b", required=True)
    assert kinds(spec_with(None, one, other), spec_with(None, other, one)) == {("arguments-moved", True)}


def test_optional_arguments_may_change_places() -> None:
    """Optional parameters are given by name, so that their order does not matter."""
    one, other = query("a", required=False), query("b", required=False)
    assert kinds(spec_with(None, one, other), spec_with(None, other, one)) == set()


def test_argument_that_becomes_optional_is_given_by_name() -> None:
    """A required parameter that becomes optional breaks callers who give it by position."""
    old, new = spec_with(None, query("a", required=True)), spec_with(None, query("a", required=False))
    assert kinds(old, new) == {("argument-by-name", True)}
    assert kinds(new, old) == set()


RESULT: Spec = {"type": "object", "required": ["result"], "properties": {"result": {"type": "string"}}}
LIST: Spec = {"type": "object", "required": ["results"], "properties": {"results": {"type": "array", "items": {}}}}
META: Spec = {"metadata": {"type": "object"}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (RESULT, {**RESULT, "required": ["result", "b"], "properties": {**RESULT["properties"], "b": {}}}),
        (LIST, {**LIST, "properties": {**LIST["properties"], **META}}),
    ],
)
def test_other_result_breaks_readers(old: Spec, new: Spec) -> None:
    """A method that returns another part of the response than before breaks readers, in both directions."""
    assert kinds(spec_with(old), spec_with(new)) == {("result-type", True)}
    assert kinds(spec_with(new), spec_with(old)) == {("result-type", True)}


@pytest.mark.parametrize("schema", [RESULT, LIST, None])
def test_same_result_is_no_finding(schema: Spec | None) -> None:
    """A method that returns the same part of the response as before is no finding."""
    assert kinds(spec_with(schema), spec_with(schema)) == set()


def test_optional_field_beside_the_result_changes_nothing() -> None:
    """An optional field beside `result` leaves the result as it is."""
    new = {**RESULT, "properties": {**RESULT["properties"], "note": {}}}
    assert kinds(spec_with(RESULT), spec_with(new)) == set()
