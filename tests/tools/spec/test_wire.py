"""tools/spec/wire.py: parameters, bodies and responses as they are on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from spec.media import Form
from spec.wire import (
    body_of,
    is_resource_id,
    kinds_of,
    operation_name,
    parameters_of,
    path_of,
    response_of,
    responses_of,
    tag_of,
)

TEXT, LIST, OBJECT = {"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "object"}
SPEC = {"components": {"schemas": {"ResourceId": TEXT, "Size": {"type": ["integer", "null"]}}}}


def parameters(*declared: dict[str, Any]) -> list[Any]:
    """The parameters of an operation that declares these."""
    return parameters_of(SPEC, {"parameters": [{"schema": TEXT, **each} for each in declared]})


@pytest.mark.parametrize(
    ("declared", "style"),
    [
        ({"in": "path"}, "plain"),
        ({"in": "path", "schema": {"$ref": "#/components/schemas/ResourceId"}}, "id"),
        ({"in": "header", "schema": {"$ref": "#/components/schemas/ResourceId"}}, "plain"),
        ({"in": "path", "schema": LIST}, "comma"),
        ({"in": "path", "style": "label"}, "label"),
        ({"in": "query", "schema": LIST}, "plain"),
        ({"in": "query", "schema": LIST, "explode": False}, "comma"),
        ({"in": "query", "schema": LIST, "style": "spaceDelimited"}, "space"),
        ({"in": "query", "schema": LIST, "style": "pipeDelimited"}, "pipe"),
        ({"in": "query", "schema": OBJECT}, "object"),
        ({"in": "query", "schema": OBJECT, "style": "deepObject"}, "deepObject"),
        ({"in": "header", "schema": OBJECT, "style": "deepObject"}, "deepObject in header"),
        ({"in": "cookie", "schema": LIST}, "joined in cookie"),
        ({"in": "query", "content": {"application/json": {"schema": OBJECT}}}, "json"),
        ({"in": "query", "content": {"text/plain": {"schema": TEXT}}}, "content"),
    ],
)
def test_a_parameter_has_the_style_of_its_place_and_type(declared: dict[str, Any], style: str) -> None:
    """The place, the type, `style` and `explode` decide how a parameter is written."""
    (parameter,) = parameters({"name": "a", **declared})
    assert parameter.style == style


def test_parameters_are_in_the_order_of_their_places() -> None:
    """Parameters of the path come first, then those of the query, of headers and of cookies."""
    declared = parameters(*({"name": place[0], "in": place} for place in ("cookie", "header", "query", "path")))
    assert [each.place for each in declared] == ["path", "query", "header", "cookie"]
    assert [each.is_required for each in declared] == [True, False, False, False]


def test_a_name_in_two_places_is_two_arguments() -> None:
    """The second argument of one name has the name of its place as well."""
    declared = parameters({"name": "id", "in": "query"}, {"name": "id", "in": "path"})
    assert [(each.name, each.wire_name) for each in declared] == [("id", "id"), ("id_query", "id")]


def test_headers_that_openapi_describes_elsewhere_are_no_arguments() -> None:
    """OpenAPI ignores parameters with the names Accept, Content-Type and Authorization."""
    assert parameters(*({"name": name, "in": "header"} for name in ("Accept", "Content-Type", "Authorization"))) == []


def test_a_parameter_with_content_has_its_schema() -> None:
    """The schema of a parameter stands in its content, if it has one."""
    (parameter,) = parameters({"name": "a", "in": "query", "content": {"application/json": {"schema": OBJECT}}})
    assert parameter.schema == OBJECT


def test_the_best_form_of_a_body_is_sent() -> None:
    """JSON is preferred to a form, and a form to bytes; XML cannot be sent."""
    content: dict[str, Any] = {"application/xml": {}, "application/pdf": {}, "multipart/form-data": {"schema": OBJECT}}
    body = body_of({}, {"requestBody": {"content": content}})
    assert body is not None
    assert (body.form, body.is_required) == (Form.MULTIPART, False)
    body = body_of({}, {"requestBody": {"required": True, "content": {**content, "application/json": {}}}})
    assert body is not None
    assert (body.form, body.is_required) == (Form.JSON, True)
    assert body_of({}, {"requestBody": {"content": {"application/xml": {}}}}) is None
    assert body_of({}, {}) is None


def test_json_is_read_before_text_and_text_before_bytes() -> None:
    """A response with several media types is read in the best form, and all types of that form are accepted."""
    content: dict[str, Any] = {"image/png": {}, "text/plain": {}, "text/csv": {}}
    responses: dict[str, Any] = {"200": {"content": content}}
    response = response_of({}, {"responses": responses}, "get")
    assert response is not None
    assert (response.form, response.accept, response.schema) == (Form.TEXT, "text/plain, text/csv", None)
    content["application/json"] = {"schema": OBJECT}
    response = response_of({}, {"responses": responses}, "get")
    assert response is not None
    assert (response.form, response.schema, response.can_be_empty) == (Form.JSON, OBJECT, False)


def test_a_response_without_content_makes_the_result_optional() -> None:
    """If one of several responses to success has no content, the result can be empty."""
    responses = {
        "200": {"content": {"application/json": {}}},
        "204": {"description": ""},
        "400": {"content": {"a/b": {}}},
    }
    response = response_of({}, {"responses": responses}, "get")
    assert response is not None
    assert response.can_be_empty
    assert responses_of({}, {"responses": responses}, "head") == [None, None]
    assert response_of({}, {"responses": {}}, "get") is None


def test_the_path_has_the_arguments_and_is_encoded() -> None:
    """A path has the names of the arguments in braces, and all other characters as a URL has them."""
    declared = parameters({"name": "pet-id", "in": "path"})
    assert path_of("/a b/{pet-id}/{other}?x=1", declared) == "/a%20b/{pet_id}/{other}?x=1"


def test_null_is_not_among_the_types_of_a_value() -> None:
    """The types of a value are those of all options, without null; properties make an object."""
    assert kinds_of(SPEC, {"anyOf": [{"$ref": "#/components/schemas/Size"}, {"properties": {}}]}) == {
        "integer",
        "object",
    }


def test_a_resource_id_is_found_with_words_beside_it() -> None:
    """A reference to `ResourceId` counts, also inside of `allOf` or `anyOf`."""
    reference = {"$ref": "#/components/schemas/ResourceId"}
    assert is_resource_id(SPEC, {"description": "Which.", "allOf": [reference]})
    assert is_resource_id(SPEC, {"anyOf": [reference, {"type": "null"}]})
    assert not is_resource_id(SPEC, TEXT)


def test_an_operation_has_a_name_and_a_tag() -> None:
    """A method has the operationId in snake_case, and is in the package of the first tag, or of `default`."""
    assert operation_name({"operationId": "listPets"}) == "list_pets"
    assert operation_name({"operationId": "issues/list-for-repo"}) == "issues_list_for_repo"
    assert operation_name({"operationId": "--"}) == ""
    assert (tag_of({"tags": ["a", "b"]}), tag_of({})) == ("a", "default")
