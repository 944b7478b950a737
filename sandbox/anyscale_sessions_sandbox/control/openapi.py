"""The OpenAPI document of the control API."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from anyscale_sessions.states import TRANSITIONS

from ..engine.transition_rules import TransitionRule
from ..faults.fault import KINDS, PHASES, Fault
from ..journal.journal import MAX_ENTRIES
from ..spec import JSON_TYPE, Document

OPEN_OBJECT: Document = {"type": "object"}
COUNT: Document = {"type": "integer", "minimum": 0}
ANY: Document = {}

# The schemas of the fields of faults and transition rules that are not strings.
TYPES: Document = {
    "kind": {"type": "string", "enum": list(KINDS)},
    "phase": {"type": "string", "enum": list(PHASES), "default": "before"},
    "nth": {"type": "integer", "minimum": 1, "default": 1},
    "times": {"type": ["integer", "null"], "minimum": 1},
    "probability": {"type": "number", "minimum": 0, "maximum": 1},
    "seed": {"type": "integer"},
    "status": {"type": "integer", "minimum": 200, "maximum": 599},
    "body": ANY,
    "value": ANY,
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "retry_after": COUNT,
    "as_date": {"type": "boolean"},
    "keep_bytes": COUNT,
    "seconds": {"type": "number", "minimum": 0},
    "from_state": {"type": "string", "enum": list(TRANSITIONS)},
    "to_state": {"type": "string", "enum": list(TRANSITIONS)},
    "after_s": {"type": "number", "minimum": 0},
    "after_reads": COUNT,
}


def document() -> Document:
    """The document, OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Control API of a Sessions API sandbox", "version": "1"},
        "servers": [{"url": "/_sandbox"}],
        "security": [{"cookie": []}, {"bearer": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "cli_token"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "schemas": _schemas(),
        },
    }


def _paths() -> Document:
    fault_id = _parameter("fault_id", "path", {"type": "integer"})
    session_id = _parameter("session_id", "path", {"type": "string"})
    command_id = _parameter("command_id", "path", {"type": "string"})
    operation = _parameter("operation", "query", {"type": "string"})
    last = _parameter("last", "query", {"type": "integer", "minimum": 1, "default": MAX_ENTRIES})
    return {
        "/openapi.json": {"get": _operation("get_document", "Get this document.", response=OPEN_OBJECT)},
        "/clock": {"get": _operation("get_clock", "Get the time of the sandbox.", response=_ref("Time"))},
        "/clock/advance": {
            "post": _operation(
                "advance_clock",
                "Advance the clock. The response comes after everything that was due has happened.",
                body=_ref("Duration"),
                response=_ref("Time"),
            )
        },
        "/faults": {
            "get": _operation("list_faults", "List all faults with their counts.", response=_results("CountedFault")),
            "post": _operation("add_fault", "Add a fault.", body=_ref("Fault"), response=_ref("CountedFault")),
            "delete": _operation("clear_faults", "Remove all faults."),
        },
        "/faults/{fault_id}": {"delete": _operation("remove_fault", "Remove a fault.", parameters=[fault_id])},
        "/transition-rules": {
            "get": _operation(
                "list_transition_rules", "List all transition rules.", response=_results("TransitionRule")
            ),
            "post": _operation(
                "add_transition_rule",
                "Add a transition rule.",
                body=_ref("TransitionRule"),
                response=_ref("TransitionRule"),
            ),
            "delete": _operation("clear_transition_rules", "Remove all transition rules."),
        },
        "/sessions/{session_id}/transition": {
            "post": _operation(
                "transition_session",
                "Change the state of a session.",
                body=_ref("Transition"),
                parameters=[session_id],
            )
        },
        "/commands/{command_id}/logs": {
            "get": _operation(
                "get_command_logs", "Get the output of a command.", response=_ref("Logs"), parameters=[command_id]
            )
        },
        "/reset": {"post": _operation("reset", "Reset everything except the time.")},
        "/seed": {"post": _operation("seed", "Add everything in a seed, or nothing.", body=_ref("Seed"))},
        "/snapshot": {
            "get": _operation("get_snapshot", "Get all data, including secrets.", response=OPEN_OBJECT),
            "put": _operation("restore_snapshot", "Restore a snapshot.", body=OPEN_OBJECT),
        },
        "/journal": {
            "get": _operation(
                "get_journal",
                "Get the recorded requests, oldest first, with secrets redacted.",
                response=_results("Entry"),
                parameters=[operation, last],
            ),
            "delete": _operation("clear_journal", "Delete all entries of the journal."),
        },
        "/journal/har": {"get": _operation("get_journal_archive", "Get the journal as HAR 1.2.", response=OPEN_OBJECT)},
    }


def _schemas() -> Document:
    spans = {name: {"type": "number", "minimum": 0} for name in ("seconds", "minutes", "hours")}
    fault, rule = _fields_of(Fault), _fields_of(TransitionRule)
    counted = fault | {"id": COUNT, "seen": COUNT, "used": COUNT}
    text_or_null: Document = {"type": ["string", "null"]}
    text: Document = {"type": "string"}
    entry = {
        **dict.fromkeys(("time", "method", "target", "body", "response"), text),
        **dict.fromkeys(("number", "body_bytes", "response_bytes"), COUNT),
        **dict.fromkeys(("operation", "fault"), text_or_null),
        **dict.fromkeys(("request_headers", "response_headers"), OPEN_OBJECT),
        "status": {"type": ["integer", "null"]},
        "duration_s": {"type": ["number", "null"]},
    }
    seed = {
        **{name: {"type": "array", "items": OPEN_OBJECT} for name in ("sessions", "faults", "transition_rules")},
        **dict.fromkeys(("builds", "compute_templates", "instance_types"), OPEN_OBJECT),
    }
    transition = {"to_state": TYPES["to_state"], "message": text}
    return {
        "Time": _object({"now": {"type": "string", "format": "date-time"}}, ["now"]),
        "Duration": _object(spans, closed=True),
        "Fault": _object(fault, ["kind"], closed=True),
        "CountedFault": _object(counted, ["id", "kind", "phase", "seen", "used"]),
        "TransitionRule": _object(rule, ["from_state"], closed=True),
        "Transition": _object(transition, ["to_state"], closed=True),
        "Logs": _object({"stdout": text, "stderr": text}, ["stdout", "stderr"]),
        "Seed": _object(seed, closed=True),
        "Entry": _object(entry, list(entry)),
        "Error": _object({"error": _object({"detail": text}, ["detail"])}, ["error"]),
        "Problems": _object({"detail": {"type": "array", "items": OPEN_OBJECT}}, ["detail"]),
    }


def _fields_of(rule: type[Fault | TransitionRule]) -> Document:
    return {field.name: TYPES.get(field.name, {"type": "string"}) for field in fields(rule)}


def _object(properties: Document, required: list[str] | None = None, *, closed: bool = False) -> Document:
    schema: Document = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if closed:
        schema["additionalProperties"] = False
    return schema


def _operation(
    name: str,
    summary: str,
    *,
    body: Document | None = None,
    response: Document | None = None,
    parameters: list[Document] | None = None,
) -> Document:
    errors = {
        **dict.fromkeys(("401", "403"), _answer("The token is missing or wrong.", _ref("Error"))),
        **dict.fromkeys(
            ("404", "409"), _answer("There is no such resource, or its state does not allow it.", _ref("Error"))
        ),
        "422": _answer("The request is not valid.", _ref("Problems")),
    }
    done = {"200": _answer("Done.", response)} if response is not None else {"204": {"description": "Done."}}
    operation: dict[str, Any] = {"operationId": name, "summary": summary, "responses": done | errors}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON_TYPE: {"schema": body}}}
    if parameters:
        operation["parameters"] = parameters
    return operation


def _answer(description: str, schema: Document) -> Document:
    return {"description": description, "content": {JSON_TYPE: {"schema": schema}}}


def _parameter(name: str, place: str, schema: Document) -> Document:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _results(schema: str) -> Document:
    return _object({"results": {"type": "array", "items": _ref(schema)}}, ["results"])


def _ref(schema: str) -> Document:
    return {"$ref": f"#/components/schemas/{schema}"}
