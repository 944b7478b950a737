"""What an operation looks like on the wire: its parameters, its body and its response, worked out from the spec.

The generator drops some of this. Therefore it only makes types; the templates take all else from here.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from spec.media import Form, bare, form_of
from spec.navigate import JSON, Node, mapping, options_of, resolve, sequence
from spec.python_names import ALIAS_KEY, python_name

TAKEN_ARGUMENTS = frozenset({"self", "body", "operation"})
"""Names that generated functions use themselves."""
PLACES = ("path", "query", "header", "cookie")
RESOURCE_ID = "#/components/schemas/ResourceId"
"""The schema of ids that are one plain segment of a path; the client checks them by a strict rule."""

# OpenAPI describes these headers elsewhere, and says that parameters of these names are ignored.
IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
JOINED = {"form": "comma", "simple": "comma", "spaceDelimited": "space", "pipeDelimited": "pipe"}
STRUCTURED = ("array", "object")
# What is taken where the spec offers several.
PREFERRED_BODIES = (Form.JSON, Form.FORM, Form.MULTIPART, Form.TEXT, Form.BYTES)
PREFERRED_RESPONSES = (Form.JSON, Form.TEXT, Form.BYTES)


class WireParameter(NamedTuple):
    """A parameter.

    Attributes:
        name: the name of the argument.
        wire_name: the name on the wire.
        place: `path`, `query`, `header` or `cookie`.
        style: how the value is written: `id` and `plain`; joined by `comma`, `space` or `pipe`; `deepObject`,
            `object` (each property is a key of its own), or `json`. Other styles are those of the spec, and refused.
        is_required: whether it must be given.
        node: the parameter in the spec.
    """

    name: str
    wire_name: str
    place: str
    style: str
    is_required: bool
    node: Node

    @property
    def schema(self) -> Any:
        """The schema of the value."""
        content = mapping(self.node.get("content"))
        return mapping(content[next(iter(content))]).get("schema") if content else self.node.get("schema")


class WireBody(NamedTuple):
    """A request body: its media type, its form, its schema, and whether it must be sent."""

    media_type: str
    form: Form
    schema: Any
    is_required: bool
    encoding: Node


class WireResponse(NamedTuple):
    """The response to success: its media types, its form, its schema, and whether it can be empty."""

    status: str
    accept: str
    form: Form
    schema: Any
    can_be_empty: bool


def operation_name(operation: Node) -> str:
    """The name of the method of an operation, as the generator spells it; empty without a letter or a digit.

    What separates the words of an operationId, such as a slash, separates those of the name.
    """
    from openapi_python_client.strings import PythonIdentifier

    operation_id = re.sub(r"\W+", "_", str(operation.get("operationId", "")))
    return str(PythonIdentifier(operation_id, "operation_")) if re.search(r"[^\W_]", operation_id) else ""


def tag_of(operation: Node) -> str:
    """The tag whose package an operation is in: its first."""
    return str((sequence(operation.get("tags")) or ["default"])[0])


def parameters_of(spec: Node, operation: Node) -> list[WireParameter]:
    """The parameters of an operation: first those of the path, in its order, then query, headers and cookies.

    An argument whose name is taken by another place gets the name of its own place as well.
    """
    nodes = [resolve(spec, declared) for declared in operation["parameters"]]
    nodes = [node for node in nodes if not _is_ignored(node)]
    names: dict[str, str] = {}
    found: list[WireParameter] = []
    for node in sorted(nodes, key=lambda node: _rank(node.get("in"))):
        wire_name, place = str(node.get("name")), str(node.get("in"))
        name = str(node.get(ALIAS_KEY) or python_name(wire_name, TAKEN_ARGUMENTS))
        if names.setdefault(name, place) != place:
            name = f"{name}_{place}"
        is_required = place == "path" or node.get("required") is True
        found.append(WireParameter(name, wire_name, place, _style(spec, node), is_required, node))
    return found


def _is_ignored(node: Node) -> bool:
    return node.get("in") == "header" and str(node.get("name")).lower() in IGNORED_HEADERS


def _rank(place: object) -> int:
    return PLACES.index(str(place)) if place in PLACES else len(PLACES)


def _style(spec: Node, node: Node) -> str:
    """The style of a parameter; that of the spec as it stands there where none of ours is the same."""
    if "content" in node:
        return "json" if [bare(name) for name in mapping(node["content"])] == [JSON] else "content"
    place, schema = node.get("in"), node.get("schema")
    default = "form" if place in ("query", "cookie") else "simple"
    style = str(node.get("style", default))
    explode = node.get("explode", style == "form") is True
    kinds = kinds_of(spec, schema)
    if style == "deepObject":
        return style if place == "query" else f"deepObject in {place}"
    if style not in ((default,) if place != "query" else ("form", "spaceDelimited", "pipeDelimited")):
        return style
    if not kinds & set(STRUCTURED):
        return "id" if place in ("path", "query") and is_resource_id(spec, schema) else "plain"
    if place == "query" and explode:
        return "object" if "object" in kinds else "plain"
    return JOINED[style] if place != "cookie" else "joined in cookie"


def kinds_of(spec: Node, schema: object) -> set[str]:
    """The types of JSON that a value can have, apart from null."""
    found: set[str] = set()
    for option in options_of(spec, schema):
        kinds = option.get("type")
        found |= {str(kind) for kind in (sequence(kinds) or [kinds]) if kind}
        if not kinds and "properties" in option:
            found.add("object")
    return found - {"null"}


def is_resource_id(spec: Node, schema: object) -> bool:
    """Whether a schema is `ResourceId`, or a reference to it with words beside it."""
    node = mapping(schema)
    parts = [*sequence(node.get("allOf")), *sequence(node.get("anyOf"))]
    return node.get("$ref") == RESOURCE_ID or any(is_resource_id(spec, part) for part in parts)


def body_of(spec: Node, operation: Node) -> WireBody | None:
    """The body of an operation in the form that is sent; `None` if it has none, or no media type that can be sent."""
    node = resolve(spec, operation.get("requestBody"))
    offers: list[WireBody] = []
    for media_type, medium in mapping(node.get("content")).items():
        schema, encoding = mapping(medium).get("schema"), mapping(mapping(medium).get("encoding"))
        form = form_of(spec, str(media_type), schema)
        offers.append(WireBody(str(media_type), form, schema, node.get("required") is True, encoding))
    return next((offer for form in PREFERRED_BODIES for offer in offers if offer.form is form), None)


def responses_of(spec: Node, operation: Node, method: str) -> list[WireResponse | None]:
    """Each response to success in the form that is read; `None` for one without content."""
    declared = mapping(operation.get("responses"))
    found: list[WireResponse | None] = []
    for status, response in declared.items():
        if str(status).startswith("2"):
            content = mapping(resolve(spec, response).get("content"))
            found.append(_response(spec, str(status), content) if content and method != "head" else None)
    return found


def _response(spec: Node, status: str, content: Node) -> WireResponse:
    offers = [
        WireResponse(status, str(media_type), form_of(spec, str(media_type), schema), schema, can_be_empty=False)
        for media_type, schema in ((name, mapping(medium).get("schema")) for name, medium in content.items())
    ]
    offers.sort(key=lambda offer: bare(offer.accept) != JSON)
    chosen = next((offer for form in PREFERRED_RESPONSES for offer in offers if offer.form is form), offers[0])
    if chosen.form in (Form.TEXT, Form.BYTES):
        accepted = [offer.accept for offer in offers if offer.form is chosen.form]
        return chosen._replace(accept=", ".join(accepted), schema=None)
    return chosen


def response_of(spec: Node, operation: Node, method: str) -> WireResponse | None:
    """The one response to success that a method returns; `None` if it has no content."""
    found = responses_of(spec, operation, method)
    read = [response for response in found if response is not None]
    return read[0]._replace(can_be_empty=len(read) < len(found)) if read else None


def path_of(path: str, parameters: list[WireParameter]) -> str:
    """A path with the arguments in the place of the names on the wire, and all else as a URL has it."""
    from urllib.parse import quote

    names = {parameter.wire_name: parameter.name for parameter in parameters if parameter.place == "path"}
    parts = re.split(r"(\{[^{}]*\})", path)
    return "".join(
        f"{{{names.get(part[1:-1], part[1:-1])}}}" if part[:1] == "{" else quote(part, safe="/?&=:@!$'()*+,;%-._~")
        for part in parts
    )
