"""The parts that the OpenAPI documents of the sandbox's own APIs are made of."""

from __future__ import annotations

from ..spec import JSON_TYPE, Document

OPEN_OBJECT: Document = {"type": "object"}
COUNT: Document = {"type": "integer", "minimum": 0}
ANY: Document = {}


def whole_document(title: str, paths: Document, schemas: Document) -> Document:
    """A document, OpenAPI 3.1, of operations below `/_sandbox` that need the token."""
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "servers": [{"url": "/_sandbox"}],
        "security": [{"cookie": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "cli_token"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "schemas": schemas | ERRORS,
        },
    }


def object_schema(properties: Document, required: list[str] | None = None, *, closed: bool = False) -> Document:
    """The schema of an object."""
    schema: Document = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if closed:
        schema["additionalProperties"] = False
    return schema


def operation(
    name: str,
    summary: str,
    *,
    body: Document | None = None,
    response: Document | None = None,
    parameters: list[Document] | None = None,
) -> Document:
    """An operation; without a schema of the response, it answers 204."""
    errors = {
        **dict.fromkeys(("401", "403"), _answer("The token is missing or wrong.", ref("Error"))),
        **dict.fromkeys(
            ("404", "409"), _answer("There is no such resource, or its state does not allow it.", ref("Error"))
        ),
        "422": _answer("The request is not valid.", ref("Problems")),
    }
    done = {"200": _answer("Done.", response)} if response is not None else {"204": {"description": "Done."}}
    described: Document = {"operationId": name, "summary": summary, "responses": done | errors}
    if body is not None:
        described["requestBody"] = {"required": True, "content": {JSON_TYPE: {"schema": body}}}
    if parameters:
        described["parameters"] = parameters
    return described


def _answer(description: str, schema: Document) -> Document:
    return {"description": description, "content": {JSON_TYPE: {"schema": schema}}}


def parameter(name: str, place: str, schema: Document) -> Document:
    """A parameter of the path or the query."""
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def results(schema: str) -> Document:
    """The schema of a list of objects."""
    return object_schema({"results": {"type": "array", "items": ref(schema)}}, ["results"])


def ref(schema: str) -> Document:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{schema}"}


ERRORS: Document = {
    "Error": object_schema({"error": object_schema({"detail": {"type": "string"}}, ["detail"])}, ["error"]),
    "Problems": object_schema({"detail": {"type": "array", "items": OPEN_OBJECT}}, ["detail"]),
}
