"""The OpenAPI document of what the page asks for."""

from __future__ import annotations

from ..control.document_parts import ANY, COUNT, OPEN_OBJECT, object_schema, operation, parameter, ref, whole_document
from ..spec import Document
from .links import LINKS

MAX_SEARCH_CHARACTERS = 1000


def document() -> Document:
    """The document, OpenAPI 3.1."""
    return whole_document("Data of the page of a Sessions API sandbox", _paths(), _schemas())


def _paths() -> Document:
    session_id = parameter("session_id", "path", {"type": "string"})
    command_id = parameter("command_id", "path", {"type": "string"})
    number = parameter("number", "path", COUNT)
    text: Document = {"type": "string"}
    wanted_schema = {**text, "minLength": 1, "maxLength": MAX_SEARCH_CHARACTERS}
    wanted = parameter("search", "query", wanted_schema) | {"required": True}
    position = [parameter("boot", "query", text), *_counts("generation", "since")]
    data = "/page-data"
    return {
        "/feed": {"get": _get("get_feed", "Get everything, and then what changes, as events.", *position)},
        f"{data}/sessions/{{session_id}}": {"get": _get("get_session_page", "Get all about a session.", session_id)},
        f"{data}/sessions/{{session_id}}/link": {
            "post": operation(
                "make_link",
                "Make a link that signs in.",
                body=ref("Link"),
                response=ref("Url"),
                parameters=[session_id],
            )
        },
        f"{data}/commands/{{command_id}}": {
            "get": _get(
                "get_command_page",
                "Get a command and its output, if `seen` is given when they differ from what was seen.",
                command_id,
                parameter("seen", "query", text),
            )
        },
        f"{data}/create-check": {
            "post": operation("check_create", "Check a request that creates a session.", body=ANY, response=OPEN_OBJECT)
        },
        f"{data}/journal": {"get": _get("search_journal", "Find entries that contain a text.", wanted)},
        f"{data}/journal/match": {
            "post": operation(
                "match_journal", "Find entries that meet conditions.", body=ref("Match"), response=OPEN_OBJECT
            )
        },
        f"{data}/journal/{{number}}": {"get": _get("get_entry_page", "Get all about an entry.", number)},
    }


def _counts(*names: str) -> list[Document]:
    return [parameter(name, "query", COUNT) for name in names]


def _get(name: str, summary: str, *parameters: Document) -> Document:
    return operation(name, summary, response=OPEN_OBJECT, parameters=list(parameters))


def _schemas() -> Document:
    text: Document = {"type": "string"}
    return {
        "Link": object_schema({"name": {"type": "string", "enum": list(LINKS)}}, ["name"], closed=True),
        "Url": object_schema({"url": text}, ["url"]),
        "Match": object_schema({"operation": {"type": ["string", "null"]}, "conditions": OPEN_OBJECT}, closed=True),
    }
