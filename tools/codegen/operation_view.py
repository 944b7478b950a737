"""What the templates of operations and clients lay out: parameters, types and documentation of each operation."""

from __future__ import annotations

from typing import NamedTuple

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import in_double_quote_literal

from codegen.docstrings import paragraphs
from codegen.property_types import PropertyTypes, optional
from spec.navigate import JSON, Node, mapping
from spec.python_names import python_name

MAPPING = "Mapping[str, Any]"
BODY_TYPES = {"text": "str", "bytes": "bytes"}
RESPONSE_TYPES = BODY_TYPES
# What is sent where the spec leaves the media type open.
DEFAULT_TYPES = {"*/*": "application/octet-stream", "text/*": "text/plain"}


class Parameter(NamedTuple):
    """A parameter of an operation.

    Attributes:
        name: its name in Python.
        type: its type, without the `None` that an optional one admits.
        is_required: whether it must be given.
        is_keyword: whether it can only be given by name.
        text: its description.
        accepts_mapping: whether a mapping can be given instead.
        default: what is sent if it is not given, as code; empty where nothing is sent then.
        wire_name: its name on the wire.
        style: how it is written; see `spec.wire`.
    """

    name: str
    type: str
    is_required: bool
    is_keyword: bool
    text: UntrustedString | str
    accepts_mapping: bool = False
    default: str = ""
    wire_name: str = ""
    style: str = "plain"

    @property
    def kind(self) -> str:
        """The type of what is sent: with `None` if nothing can be sent."""
        return self.type if self.is_required or self.default else optional(self.type)

    @property
    def declaration(self) -> str:
        """The parameter as a function declares it."""
        kind = f"{self.type} | {MAPPING}" if self.accepts_mapping else self.type
        return f"{self.name}: {kind}" if self.is_required else f"{self.name}: {optional(kind)} = None"


class OperationView(NamedTuple):
    """An operation.

    Attributes:
        name: the name of its method.
        operation_id: its operationId, as the inside of a string literal.
        name_in_api: its name in the package of all operations, where the tags have names as well.
        method: the HTTP method, in capitals.
        path: the path, as the inside of a string literal.
        by_place: its parameters by their place: `path`, `query`, `header` and `cookie`.
        body: its body as a parameter, if it has one.
        options: further arguments of its `Operation` as code, by name.
        response_type: the type of the whole response.
        envelope: the field of the response that holds the result or the items of a page; empty if it has none.
        is_page: whether it lists something, page by page.
        result_type: the type of what the caller gets; for a page of a list, of one item.
        imports: the imports of the classes that these types name.
        summary: what it does, in a sentence.
        description: what else there is to say.
    """

    name: str
    operation_id: str
    name_in_api: str
    method: str
    path: str
    by_place: dict[str, list[Parameter]]
    body: Parameter | None
    options: dict[str, str]
    response_type: str
    envelope: str
    is_page: bool
    result_type: str
    imports: list[str]
    summary: UntrustedString | str
    description: UntrustedString | str

    @property
    def named(self) -> list[Parameter]:
        """The parameters apart from the body."""
        return [parameter for parameters in self.by_place.values() for parameter in parameters]

    @property
    def parameters(self) -> list[Parameter]:
        """All parameters in the order of the function's: path, body, other required ones, then those given by name."""
        others = [parameter for parameter in self.named if parameter not in self.by_place["path"]]
        others.sort(key=lambda parameter: parameter.is_keyword)
        body = [self.body] if self.body else []
        # A body that may be left out cannot come before what must be given.
        if self.body and not self.body.is_required and any(not other.is_keyword for other in others):
            required = [other for other in others if not other.is_keyword]
            return [*self.by_place["path"], *required, *body, *others[len(required) :]]
        return [*self.by_place["path"], *body, *others]

    @property
    def signature(self) -> str:
        """The parameters as a function declares them."""
        positional = [parameter.declaration for parameter in self.parameters if not parameter.is_keyword]
        keyword = [parameter.declaration for parameter in self.parameters if parameter.is_keyword]
        return ", ".join([*positional, *(["*", *keyword] if keyword else [])])

    @property
    def arguments(self) -> str:
        """The parameters as another function passes them on."""
        return ", ".join(f"{part.name}={part.name}" if part.is_keyword else part.name for part in self.parameters)

    def docstring(self, indentation: int) -> str:
        """The documentation, `indentation` deep, with its quotes."""
        margin = " " * indentation
        summary = paragraphs(self.summary, indentation)
        lines = [f'"""{summary}' if summary[-1:] in ".!?" else f'"""{summary}.']
        if self.description:
            lines += ["", f"{margin}{paragraphs(self.description, indentation)}"]
        if self.parameters:
            lines += ["", f"{margin}Args:"]
        path = self.by_place["path"]
        documented = [*path, *([self.body] if self.body else []), *self.named[len(path) :]]
        lines += [f"{margin}    {part.name}: {paragraphs(part.text, indentation + 8)}" for part in documented]
        return "\n".join([*lines, f'{margin}"""'])


def operation_view(endpoint: Endpoint, types: PropertyTypes, tags: set[str], wires: dict[str, Node]) -> OperationView:
    """The view of an operation; its types are named as `types` names them."""
    wire = wires[endpoint.name]
    response = _response(endpoint)
    result = _enveloped(response, wire, types)
    item = result.inner_property if wire["is_page"] and isinstance(result, ListProperty) else result
    bodies = [body.prop for body in endpoint.bodies]
    named: list[Property] = [*endpoint.path_parameters, *endpoint.query_parameters, *bodies]
    named += [part for part in (response, result) if part is not None]
    name = str(endpoint.name)
    return OperationView(
        name=name,
        operation_id=in_double_quote_literal(UntrustedString(wire["operation_id"])),
        name_in_api=f"{name}_" if name in tags else name,
        method=endpoint.method.upper(),
        path=in_double_quote_literal(endpoint.path),
        by_place=_by_place(endpoint, wire, types),
        body=_body_parameter(bodies[0] if bodies else None, wire["body"], types),
        options=_options(wire),
        response_type=_response_type(response, wire, types),
        envelope=in_double_quote_literal(result.name) if result is not None and result is not response else "",
        is_page=wire["is_page"],
        result_type=_result_type(item, result, wire, types),
        imports=[line for lines in types.imports_of(named) for line in lines],
        summary=endpoint.summary or name,
        description=endpoint.description,
    )


def _by_place(endpoint: Endpoint, wire: Node, types: PropertyTypes) -> dict[str, list[Parameter]]:
    properties = {str(in_double_quote_literal(part.name)): part for part in endpoint.query_parameters}
    properties |= {str(in_double_quote_literal(part.name)): part for part in endpoint.path_parameters}
    places: dict[str, list[Parameter]] = {"path": [], "query": [], "header": [], "cookie": []}
    for name, wire_name, place, style in wire["parameters"]:
        part = properties[name]
        is_keyword = place != "path" and not part.required
        text = part.description or "see the API."
        places[place].append(
            Parameter(name, types.type_of(part), not is_keyword, is_keyword, text, wire_name=wire_name, style=style)
        )
    order = [str(in_double_quote_literal(part.name)) for part in endpoint.path_parameters]
    places["path"].sort(key=lambda parameter: order.index(parameter.name))
    return places


def _body_parameter(part: Property | None, wire: Node | None, types: PropertyTypes) -> Parameter | None:
    """The body. A model can be given as a mapping of its fields, and left out where each of them has a default."""
    if wire is None:
        return None
    is_sent = bool(wire["is_required"])
    fields = types.fields_of(part) if part is not None else []
    has_class = isinstance(part, ModelProperty) and bool(fields)
    kind = types.type_of(part) if part is not None else BODY_TYPES[wire["form"]]
    has_default = is_sent and has_class and not any(field.required for field in fields)
    if has_default:
        text = "What to send; without it, every field takes its default."
    else:
        text = "What to send." if is_sent else "What to send; without it, nothing is sent."
    default = f"{kind}()" if has_default else ""
    return Parameter(
        "body",
        kind,
        is_sent and not has_default,
        is_keyword=False,
        text=text,
        accepts_mapping=has_class,
        default=default,
    )


def _options(wire: Node) -> dict[str, str]:
    """The arguments of an `Operation` that most operations do not have, as code."""
    parameters, body, response = wire["parameters"], mapping(wire["body"]), mapping(wire["response"])
    names = {name: wire_name for name, wire_name, *_ in parameters if name != wire_name}
    styles = {
        name: style for name, _, place, style in parameters if style != ("id" if place == "path" else "plain")
    } | {f"body.{name}": media_type for name, media_type in wire["encoding"].items()}
    styles = {name: style for name, style in styles.items() if style != "id"}
    options = {"names": _code(names), "styles": _code(styles)}
    media_type = str(body.get("media_type", JSON))
    options["content_type"] = "" if media_type == JSON else _code(str(DEFAULT_TYPES.get(media_type, media_type)))
    form, accept = response.get("form", "json"), str(response.get("accept", JSON))
    options["accept"] = "" if accept in (JSON, "*/*", "application/*") else _code(accept)
    options["media"] = "" if form == "json" else _code(str(form))
    options["may_be_empty"] = "True" if response.get("can_be_empty") else ""
    options["is_public"] = "True" if wire["is_public"] else ""
    return {name: code for name, code in options.items() if code}


def _code(value: object) -> str:
    """A text or a mapping of texts as code; empty for an empty one."""
    return ascii(value) if value else ""


def _response(endpoint: Endpoint) -> Property | None:
    """The property of the JSON response to success."""
    for response in endpoint.responses.patterns:
        if response.source["attribute"] == "response.json()":
            return response.prop
    return None


def _enveloped(response: Property | None, wire: Node, types: PropertyTypes) -> Property | None:
    """The property of the result: the field that the envelope has, or the whole response."""
    if response is None or not wire["envelope"]:
        return response
    names = (wire["envelope"], python_name(wire["envelope"]))
    return next(field for field in types.fields_of(response) if in_double_quote_literal(field.name) in names)


def _response_type(response: Property | None, wire: Node, types: PropertyTypes) -> str:
    if response is not None:
        return types.type_of(response)
    return RESPONSE_TYPES[wire["response"]["form"]] if wire["response"] else "None"


def _result_type(item: Property | None, result: Property | None, wire: Node, types: PropertyTypes) -> str:
    if item is None:
        kind = _response_type(None, wire, types)
    else:
        kind = types.type_of(item)
        kind = optional(kind) if item is result and not item.required else kind
    can_be_empty = wire["response"] is not None and wire["response"]["can_be_empty"]
    return optional(kind) if can_be_empty and kind != "Any" else kind
