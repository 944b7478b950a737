"""tools/codegen/operation_input.py: the operations as the generator reads them, and what the templates see of them."""

from __future__ import annotations

from typing import Any

from codegen.operation_input import package_data, paths_for_the_generator

TEXT = {"type": "string"}


def spec_with(operation: dict[str, Any], path: str = "/pets/{pet-id}", **more: Any) -> dict[str, Any]:
    """A spec with one operation."""
    return {"paths": {path: {"put": {"operationId": "putPet", **operation}}}, **more}


def made(operation: dict[str, Any], **more: Any) -> tuple[str, dict[str, Any]]:
    """The path and the operation as the generator gets them."""
    ((path, item),) = paths_for_the_generator(spec_with(operation, **more)).items()
    return path, item["put"]


def test_arguments_have_their_names_in_python() -> None:
    """A path and its parameters have names of Python, and the names on the wire stand beside them."""
    declared = [
        {"name": "pet-id", "in": "path", "required": True, "schema": TEXT, "description": "Which."},
        {"name": "X-Trace", "in": "header", "schema": TEXT},
    ]
    path, operation = made({"parameters": declared})
    assert path == "/pets/{pet_id}"
    assert [(each["name"], each["in"]) for each in operation["parameters"]] == [
        ("pet_id", "path"),
        ("x_trace", "query"),
    ]
    assert operation["parameters"][0]["schema"] == {**TEXT, "description": "Which."}
    wanted = [["pet_id", "pet-id", "path", "plain"], ["x_trace", "X-Trace", "header", "plain"]]
    assert operation["x-wire"]["parameters"] == wanted


def test_an_operation_has_one_tag_and_a_name_in_python() -> None:
    """The generator sees the first tag, or `default`, and the name of the method."""
    assert made({"tags": ["a", "b"]})[1]["tags"] == ["a"]
    _, operation = made({"parameters": []})
    assert (operation["operationId"], operation["tags"]) == ("put_pet", ["default"])
    assert operation["x-wire"]["operation_id"] == "putPet"


def test_a_form_is_a_model_for_the_generator() -> None:
    """The schema of a form is made a model, and its media type and encodings stand beside it."""
    form = {"schema": {"type": "object", "properties": {"a": TEXT}}, "encoding": {"a": {"contentType": "text/css"}}}
    _, operation = made({"requestBody": {"content": {"multipart/form-data": form}}})
    assert operation["requestBody"]["content"] == {"application/json": {"schema": form["schema"]}}
    assert operation["x-wire"]["body"] == {
        "media_type": "multipart/form-data",
        "form": "multipart",
        "is_required": False,
    }
    assert operation["x-wire"]["encoding"] == {"a": "text/css"}


def test_text_and_bytes_need_no_schema() -> None:
    """A response of text is none for the generator, which makes no type of it."""
    _, operation = made({"responses": {"200": {"content": {"text/plain": {"schema": TEXT}}}}})
    assert operation["responses"] == {"204": {"description": ""}}
    assert operation["x-wire"]["response"]["form"] == "text"


def test_an_operation_without_security_is_public_only_where_others_are_not() -> None:
    """`security: []` makes an operation public if the API authenticates."""
    schemes = {"components": {"securitySchemes": {"a": {"type": "http", "scheme": "bearer"}}}, "security": [{"a": []}]}
    assert made({"security": []}, **schemes)[1]["x-wire"]["is_public"] is True
    assert made({"security": []})[1]["x-wire"]["is_public"] is False
    assert made({}, **schemes)[1]["x-wire"]["is_public"] is False


def test_what_pages_share_follows_from_the_envelope() -> None:
    """Without lists, the package has the names of the envelope in Python, and no classes of pages."""
    data = package_data(
        {"paths": {}, "x-envelope": {"items": "data", "metadata": "pageInfo", "next_token": "end-cursor"}}
    )
    assert data["paging"] == {
        "result": "",
        "items": "data",
        "metadata": "page_info",
        "next_token": "end_cursor",
        "token": "",
        "paging": "",
        "metadata_class": "",
        "paging_class": "",
    }
