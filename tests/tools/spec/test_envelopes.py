"""tools/spec/envelopes.py: what is taken out of its envelope, and which lists are paged through."""

from __future__ import annotations

from typing import Any

import pytest

from spec.envelopes import Envelope, envelopes, notices

TEXT = {"type": "string"}
PAGE_META = {"type": "object", "properties": {"next_paging_token": TEXT}}
PAGE_QUERY = {"type": "object", "properties": {"paging_token": TEXT}}
NAMES = {
    "result": "result",
    "items": "results",
    "metadata": "metadata",
    "next_token": "next_paging_token",
    "token": "paging_token",
    "paging": "paging",
}
METADATA = {"$ref": "#/components/schemas/Meta"}
TOKEN = [{"name": "paging_token", "in": "query", "schema": TEXT}]
BODY = {"content": {"application/json": {"schema": {"properties": {"paging": {"$ref": "#/components/schemas/Query"}}}}}}


def listing(required: list[str], fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An operation whose response has these fields."""
    schema = {"type": "object", "required": required, "properties": fields}
    content = {"application/json": {"schema": schema}}
    return {"operationId": "do_it", "responses": {"200": {"content": content}}, **more}


def spec_of(*operations: dict[str, Any]) -> dict[str, Any]:
    """A spec with these operations."""
    schemas = {"Meta": PAGE_META, "Other": PAGE_META, "Query": PAGE_QUERY, "Query2": PAGE_QUERY}
    paths = {f"/{number}": {"post": operation} for number, operation in enumerate(operations)}
    return {"paths": paths, "components": {"schemas": schemas}, "x-envelope": NAMES}


ITEMS = {"results": {"type": "array", "items": TEXT}}
PAGE = ITEMS | {"metadata": METADATA}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (listing(["result"], {"result": TEXT}), Envelope("result")),
        (listing([], {"result": TEXT}), Envelope("result")),
        (listing(["result"], {"result": TEXT, "trace": TEXT}), Envelope("result")),
        (listing(["result", "trace"], {"result": TEXT, "trace": TEXT}), Envelope("")),
        (listing(["results"], PAGE, parameters=TOKEN), Envelope("results", is_page=True)),
        (listing(["results"], PAGE, requestBody=BODY), Envelope("results", is_page=True)),
        (listing(["results"], {"results": TEXT}), Envelope("")),
        ({"operationId": "do_it", "responses": {"204": {}}}, Envelope("")),
    ],
)
def test_an_envelope_is_known_by_its_fields(operation: dict[str, Any], expected: Envelope) -> None:
    """A result stands alone or is the only required field; a page has items and a token that an argument takes."""
    assert envelopes(spec_of(operation))[0]["do_it"] == expected


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (listing([], PAGE, parameters=TOKEN), "results is not required"),
        (listing(["results"], ITEMS, parameters=TOKEN), "it has no metadata.next_paging_token"),
        (listing(["results"], ITEMS | {"metadata": {"type": "object"}}), "it has no metadata.next_paging_token"),
        (listing(["results"], PAGE), "no optional text paging_token in its query, or in paging of its body"),
        (
            listing(["results"], PAGE, parameters=[{**TOKEN[0], "required": True}]),
            "no optional text paging_token in its query",
        ),
        (
            listing(["results"], PAGE, requestBody={"content": {"application/json": {"schema": TEXT}}}),
            "no optional text paging_token in its query",
        ),
        (
            listing(
                ["results"],
                PAGE,
                requestBody={
                    "content": {
                        "application/json": {
                            "schema": {
                                "required": ["paging"],
                                "properties": {"paging": {"$ref": "#/components/schemas/Query"}},
                            }
                        }
                    }
                },
            ),
            "no optional text paging_token in its query",
        ),
    ],
)
def test_a_list_of_an_unknown_shape_is_a_plain_response(operation: dict[str, Any], reason: str) -> None:
    """A list that the client cannot page through is returned as it is, and regeneration says why."""
    spec = spec_of(operation)
    assert not envelopes(spec)[0]["do_it"].is_page
    (line,) = notices(spec)
    assert line.startswith(f"paths./0.post: do_it returns the whole response, not a page: {reason}")


def test_all_pages_share_their_classes() -> None:
    """Another class of metadata, or of paging, than that of the first list makes a list a plain response."""
    other = {"anyOf": [{"$ref": "#/components/schemas/Other"}, {"type": "null"}]}
    body = {
        "content": {"application/json": {"schema": {"properties": {"paging": {"$ref": "#/components/schemas/Query2"}}}}}
    }
    spec = spec_of(
        listing(["results"], PAGE, requestBody=BODY),
        listing(["results"], ITEMS | {"metadata": other}, parameters=TOKEN) | {"operationId": "other_metadata"},
        listing(["results"], PAGE, requestBody=body) | {"operationId": "other_paging"},
    )
    found, shared = envelopes(spec)
    assert [name for name, envelope in found.items() if envelope.is_page] == ["do_it"]
    assert shared == ("Meta", "Query")
    assert [line.rpartition(": ")[2] for line in notices(spec)] == [
        "metadata is Other, and Meta in other lists",
        "paging is Query2, and Query in other lists",
    ]
