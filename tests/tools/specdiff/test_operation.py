"""tools/specdiff/operation.py: the operations of a spec are listed with their places."""

from __future__ import annotations

from specdiff.operation import operations_of

SPEC = {
    "paths": {
        "/a/{id}": {"get": {"operationId": "get_a"}, "post": {}},
        "/b/{other}": {"$ref": "#/components/pathItems/B"},
    },
    "components": {"pathItems": {"B": {"get": {"operationId": "get_b"}}}},
}


def test_operations_are_listed_in_order() -> None:
    """An operation has its id, or else its method and path, as its name; a path item may be a reference."""
    assert [(operation.name, operation.place.pointer) for operation in operations_of(SPEC)] == [
        ("get_a", "#/paths/~1a~1{id}/get"),
        ("POST /a/{id}", "#/paths/~1a~1{id}/post"),
        ("get_b", "#/components/pathItems/B/get"),
    ]


def test_names_of_path_parameters_do_not_change_the_address() -> None:
    """Two operations are addressed alike if only the names of their path parameters differ."""
    (one, _, _) = operations_of(SPEC)
    assert one.way == ("get", "/a/{}")
