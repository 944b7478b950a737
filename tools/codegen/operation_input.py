"""The operations of a spec as the generator reads them right: it only makes types of what is left.

Each operation keeps, under `x-wire`, what it looks like on the wire; the views take it from there.
"""

from __future__ import annotations

import copy
from typing import Any

from spec.envelopes import NO_ENVELOPE, Envelope, envelopes
from spec.media import Form
from spec.navigate import JSON, Node, mapping, operations, resolve
from spec.python_names import class_name, python_name
from spec.service import envelope_of, is_public, service_of
from spec.wire import WireParameter, body_of, operation_name, parameters_of, path_of, response_of, tag_of

WITH_SCHEMA = (Form.JSON, Form.FORM, Form.MULTIPART)
KEPT = ("summary", "description", "deprecated")


def paths_for_the_generator(spec: Node) -> Node:
    """The paths: each argument by its name in Python, bodies and responses as JSON, and one tag for each operation."""
    found: Node = {}
    wrapped, _ = envelopes(spec)
    for _, path, method, operation in operations(spec):
        parameters = parameters_of(spec, operation)
        envelope = wrapped.get(str(operation.get("operationId")), NO_ENVELOPE)
        made = _operation(spec, method, operation, parameters, envelope)
        found.setdefault(path_of(path, parameters), {})[method] = made
    return found


def package_data(spec: Node) -> Node:
    """What the templates of the package see of the spec: the service, and what all pages share."""
    (_, shared), names = envelopes(spec), envelope_of(spec)
    paging = {key: python_name(name) if name else "" for key, name in names.items()}
    paging |= {"paging": paging["paging"] if shared.paging else "", "token": names["token"]}
    paging |= {"metadata_class": class_of(shared.metadata), "paging_class": class_of(shared.paging)}
    return {"service": service_of(spec)._asdict(), "paging": paging}


def class_of(schema: str) -> str:
    """The name of the class of a named schema; empty for no schema."""
    return class_name(schema) if schema else ""


def _operation(spec: Node, method: str, operation: Node, parameters: list[WireParameter], envelope: Envelope) -> Node:
    body, response = body_of(spec, operation), response_of(spec, operation, method)
    made: Node = {key: operation[key] for key in KEPT if key in operation}
    made |= {
        "operationId": operation_name(operation),
        "tags": [tag_of(operation)],
        "parameters": [_parameter(spec, parameter) for parameter in parameters],
        "responses": {"204": {"description": ""}},
        "x-wire": {
            "operation_id": operation["operationId"],
            "parameters": [[each.name, each.wire_name, each.place, each.style] for each in parameters],
            "body": body and {"media_type": body.media_type, "form": body.form, "is_required": body.is_required},
            "encoding": {name: node["contentType"] for name, node in _encodings(body and body.encoding)},
            "response": response and response._replace(schema=None)._asdict(),
            "envelope": envelope.field,
            "is_page": envelope.is_page,
            "is_public": is_public(operation) and bool(spec.get("security")),
        },
    }
    if body is not None and body.form in WITH_SCHEMA:
        schema: Any = body.schema or {}
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if response is not None and response.form is Form.JSON:
        schema = response.schema or {}
        made["responses"] = {response.status: {"description": "", "content": {JSON: {"schema": schema}}}}
    return made


def _encodings(encoding: object) -> list[tuple[str, Node]]:
    return [(name, mapping(node)) for name, node in mapping(encoding).items() if "contentType" in mapping(node)]


def _parameter(spec: Node, parameter: WireParameter) -> dict[str, Any]:
    """A parameter by its name in Python, with its description where the generator looks for it: in the schema."""
    schema: Any = copy.deepcopy(parameter.schema)
    target = resolve(spec, schema)
    if "description" in parameter.node and not {"enum", "properties"} & set(target):  # those become classes
        schema = {**target, "description": parameter.node["description"]}
    place = "path" if parameter.place == "path" else "query"
    return {"name": parameter.name, "in": place, "required": parameter.is_required, "schema": schema}
