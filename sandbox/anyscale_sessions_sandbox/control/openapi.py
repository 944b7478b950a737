"""The OpenAPI document of the control API."""

from __future__ import annotations

from dataclasses import fields

from anyscale_sessions.states import TRANSITIONS

from ..clock import MAX_SPEED
from ..engine.transition_rules import TransitionRule
from ..faults.fault import KINDS, PHASES, Fault
from ..journal.journal import MAX_ENTRIES
from ..spec import Document
from .document_parts import ANY, COUNT, OPEN_OBJECT, object_schema, operation, parameter, ref, results, whole_document

SWITCH: Document = {"type": "boolean"}
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
    return whole_document("Control API of a Sessions API sandbox", _paths(), _schemas())


def _paths() -> Document:
    fault_id = parameter("fault_id", "path", {"type": "integer"})
    rule_id = parameter("rule_id", "path", {"type": "integer"})
    session_id = parameter("session_id", "path", {"type": "string"})
    command_id = parameter("command_id", "path", {"type": "string"})
    operation_id = parameter("operation", "query", {"type": "string"})
    last = parameter("last", "query", {"type": "integer", "minimum": 1, "default": MAX_ENTRIES})
    return {
        "/openapi.json": {"get": operation("get_document", "Get this document.", response=OPEN_OBJECT)},
        "/clock": {"get": operation("get_clock", "Get the time of the sandbox.", response=ref("Time"))},
        "/clock/advance": {
            "post": operation(
                "advance_clock",
                "Advance the clock. The response comes after everything that was due has happened.",
                body=ref("Duration"),
                response=ref("Time"),
            )
        },
        "/clock/advance-to-next": {
            "post": operation(
                "advance_clock_to_next", "Advance the clock until something is due.", response=ref("Time")
            )
        },
        "/clock/speed": {
            "put": operation(
                "set_clock_speed",
                "Set how fast the clock runs, compared to real time; 0 stops it.",
                body=ref("Speed"),
                response=ref("Time"),
            )
        },
        "/faults": {
            "get": operation("list_faults", "List all faults with their counts.", response=results("CountedFault")),
            "post": operation("add_fault", "Add a fault.", body=ref("Fault"), response=ref("CountedFault")),
            "delete": operation("clear_faults", "Remove all faults."),
        },
        "/faults/{fault_id}": {
            "delete": operation("remove_fault", "Remove a fault.", parameters=[fault_id]),
            "put": operation("switch_fault", "Switch a fault on or off.", body=ref("Switch"), parameters=[fault_id]),
        },
        "/transition-rules": {
            "get": operation(
                "list_transition_rules", "List all transition rules.", response=results("CountedTransitionRule")
            ),
            "post": operation(
                "add_transition_rule",
                "Add a transition rule.",
                body=ref("TransitionRule"),
                response=ref("CountedTransitionRule"),
            ),
            "delete": operation("clear_transition_rules", "Remove all transition rules."),
        },
        "/transition-rules/{rule_id}": {
            "delete": operation("remove_transition_rule", "Remove a transition rule.", parameters=[rule_id]),
            "put": operation(
                "switch_transition_rule",
                "Switch a transition rule on or off.",
                body=ref("Switch"),
                parameters=[rule_id],
            ),
        },
        "/sessions/{session_id}/transition": {
            "post": operation(
                "transition_session",
                "Change the state of a session.",
                body=ref("Transition"),
                parameters=[session_id],
            )
        },
        "/commands/{command_id}/logs": {
            "get": operation(
                "get_command_logs", "Get the output of a command.", response=ref("Logs"), parameters=[command_id]
            )
        },
        "/reset": {"post": operation("reset", "Reset everything except the time.")},
        "/seed": {"post": operation("seed", "Add everything in a seed, or nothing.", body=ref("Seed"))},
        "/snapshot": {
            "get": operation("get_snapshot", "Get all data, including secrets.", response=OPEN_OBJECT),
            "put": operation("restore_snapshot", "Restore a snapshot.", body=OPEN_OBJECT),
        },
        "/journal": {
            "get": operation(
                "get_journal",
                "Get the recorded requests, oldest first, with secrets redacted.",
                response=results("Entry"),
                parameters=[operation_id, last],
            ),
            "delete": operation("clear_journal", "Delete all entries of the journal."),
        },
        "/journal/har": {"get": operation("get_journal_archive", "Get the journal as HAR 1.2.", response=OPEN_OBJECT)},
    }


def _schemas() -> Document:
    spans = {name: {"type": "number", "minimum": 0} for name in ("seconds", "minutes", "hours")}
    fault, rule = _fields_of(Fault), _fields_of(TransitionRule)
    counts = {"id": COUNT, "used": COUNT, "on": SWITCH}
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
        "Time": object_schema({"now": {"type": "string", "format": "date-time"}}, ["now"]),
        "Duration": object_schema(spans, closed=True),
        "Speed": object_schema(
            {"speed": {"type": "number", "minimum": 0, "maximum": MAX_SPEED}}, ["speed"], closed=True
        ),
        "Fault": object_schema(fault, ["kind"], closed=True),
        "CountedFault": object_schema(fault | counts | {"seen": COUNT}, ["id", "kind", "phase", "seen", "used", "on"]),
        "TransitionRule": object_schema(rule, ["from_state"], closed=True),
        "CountedTransitionRule": object_schema(rule | counts, ["id", "from_state", "used", "on"]),
        "Switch": object_schema({"on": SWITCH}, ["on"], closed=True),
        "Transition": object_schema(transition, ["to_state"], closed=True),
        "Logs": object_schema({"stdout": text, "stderr": text}, ["stdout", "stderr"]),
        "Seed": object_schema(seed, closed=True),
        "Entry": object_schema(entry, list(entry)),
    }


def _fields_of(rule: type[Fault | TransitionRule]) -> Document:
    return {field.name: TYPES.get(field.name, {"type": "string"}) for field in fields(rule)}
