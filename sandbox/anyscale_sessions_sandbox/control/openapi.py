"""The OpenAPI document of the control API."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from anyscale_sessions.states import TRANSITIONS

from ..engine.transition_rules import TransitionRule
from ..faults.fault import KINDS, PHASES, Fault
from ..journal.journal import MOST_ENTRIES
from ..spec import JSON_TYPE, Document

OPEN_OBJECT: Document = {"type": "object"}
COUNT: Document = {"type": "integer", "minimum": 0}
ANY: Document = {}

# What the fields of rules hold, where it is not text.
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
        "info": {"title": "Control of a sandbox of the Sessions API", "version": "1"},
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
    last = _parameter("last", "query", {"type": "integer", "minimum": 1, "default": MOST_ENTRIES})
    return {
        "/openapi.json": {"get": _operation("get_document", "This document.", response=OPEN_OBJECT)},
        "/clock": {"get": _operation("get_clock", "The sandbox's time.", response=_ref("Time"))},
        "/clock/advance": {
            "post": _operation(
                "advance_clock",
                "Push the clock ahead; answered once all that came due has happened.",
                body=_ref("Span"),
                response=_ref("Time"),
            )
        },
        "/faults": {
            "get": _operation("list_faults", "All faults, with their counts.", response=_results("CountedFault")),
            "post": _operation("add_fault", "Add a fault.", body=_ref("Fault"), response=_ref("CountedFault")),
            "delete": _operation("clear_faults", "Take all faults back."),
        },
        "/faults/{fault_id}": {"delete": _operation("remove_fault", "Take a fault back.", parameters=[fault_id])},
        "/moves": {
            "get": _operation("list_moves", "All rules for how sessions go on.", response=_results("TransitionRule")),
            "post": _operation("add_move", "Add a rule.", body=_ref("TransitionRule"), response=_ref("TransitionRule")),
            "delete": _operation("clear_moves", "Drop all rules."),
        },
        "/sessions/{session_id}/move": {
            "post": _operation("move_session", "Move a session by hand.", body=_ref("Arrival"), parameters=[session_id])
        },
        "/commands/{command_id}/logs": {
            "get": _operation(
                "get_command_logs", "What a command has written.", response=_ref("Logs"), parameters=[command_id]
            )
        },
        "/reset": {"post": _operation("reset", "Be as new, but for the time.")},
        "/seed": {"post": _operation("seed", "Add sessions, faults and moves, or nothing.", body=_ref("Seed"))},
        "/snapshot": {
            "get": _operation("get_snapshot", "Everything there is, secrets as well.", response=OPEN_OBJECT),
            "put": _operation("restore_snapshot", "Be as when the snapshot was made.", body=OPEN_OBJECT),
        },
        "/journal": {
            "get": _operation(
                "get_journal",
                "What was asked and answered, oldest first, with secrets masked.",
                response=_results("Entry"),
                parameters=[operation, last],
            ),
            "delete": _operation("clear_journal", "Forget it."),
        },
        "/journal/har": {"get": _operation("get_journal_archive", "The journal as HAR 1.2.", response=OPEN_OBJECT)},
    }


def _schemas() -> Document:
    spans = {name: {"type": "number", "minimum": 0} for name in ("seconds", "minutes", "hours")}
    fault, move = _fields_of(Fault), _fields_of(TransitionRule)
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
    seed = {name: {"type": "array", "items": OPEN_OBJECT} for name in ("sessions", "faults", "moves")}
    arrival = {"to_state": TYPES["to_state"], "message": text}
    return {
        "Time": _object({"now": {"type": "string", "format": "date-time"}}, ["now"]),
        "Span": _object(spans, closed=True),
        "Fault": _object(fault, ["kind"], closed=True),
        "CountedFault": _object(counted, ["id", "kind", "phase", "seen", "used"]),
        "TransitionRule": _object(move, ["from_state"], closed=True),
        "Arrival": _object(arrival, ["to_state"], closed=True),
        "Logs": _object({"stdout": text, "stderr": text}, ["stdout", "stderr"]),
        "Seed": _object(seed, closed=True),
        "Entry": _object(entry, list(entry)),
        "Refusal": _object({"error": _object({"detail": text}, ["detail"])}, ["error"]),
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
    refusals = {
        **dict.fromkeys(("401", "403"), _answer("The token is missing or wrong.", _ref("Refusal"))),
        **dict.fromkeys(("404", "409"), _answer("There is no such thing, or its state is another.", _ref("Refusal"))),
        "422": _answer("The request is not valid.", _ref("Problems")),
    }
    done = {"200": _answer("Done.", response)} if response is not None else {"204": {"description": "Done."}}
    operation: dict[str, Any] = {"operationId": name, "summary": summary, "responses": done | refusals}
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
