"""What the templates of operations and clients lay out: parameters, types and documentation of each operation."""

from __future__ import annotations

from typing import NamedTuple

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Property
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import in_double_quote_literal

from codegen.docstrings import paragraphs
from codegen.property_types import PropertyTypes, optional

MAPPING = "Mapping[str, Any]"


class Parameter(NamedTuple):
    """A parameter of an operation.

    Attributes:
        name: its name in Python; for a query parameter, also its name on the wire.
        type: its type, without the `None` that an optional one admits.
        is_required: whether it must be given.
        is_keyword: whether it can only be given by name.
        text: its description.
        accepts_mapping: whether a mapping can be given instead.
    """

    name: str
    type: str
    is_required: bool
    is_keyword: bool
    text: UntrustedString | str
    accepts_mapping: bool = False

    @property
    def declaration(self) -> str:
        """The parameter as a function declares it."""
        kind = f"{self.type} | {MAPPING}" if self.accepts_mapping else self.type
        return f"{self.name}: {kind}" if self.is_required else f"{self.name}: {optional(kind)} = None"


class OperationView(NamedTuple):
    """An operation.

    Attributes:
        name: its operationId.
        name_in_api: its name in the package of all operations, where the tags have names as well.
        method: the HTTP method, in capitals.
        path: the path, as the inside of a string literal.
        path_parameters: its path parameters.
        body: its body as a parameter, if it has one.
        query_parameters: its query parameters.
        response_type: the type of the whole response.
        envelope: the field of the response that holds the result: `result`, `results`, or nothing.
        result_type: the type of what the caller gets; for a page of a list, of one item.
        imports: the imports of the classes that these types name.
        summary: what it does, in a sentence.
        description: what else there is to say.
    """

    name: str
    name_in_api: str
    method: str
    path: str
    path_parameters: list[Parameter]
    body: Parameter | None
    query_parameters: list[Parameter]
    response_type: str
    envelope: str
    result_type: str
    imports: list[str]
    summary: UntrustedString | str
    description: UntrustedString | str

    @property
    def is_page(self) -> bool:
        """Whether the operation lists something."""
        return self.envelope == "results"

    @property
    def parameters(self) -> list[Parameter]:
        """All parameters in the order of the function's: path, body, required query, then those given by name."""
        query = sorted(self.query_parameters, key=lambda parameter: parameter.is_keyword)
        return [*self.path_parameters, *([self.body] if self.body else []), *query]

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
        documented = [*self.path_parameters, *([self.body] if self.body else []), *self.query_parameters]
        lines += [f"{margin}    {part.name}: {paragraphs(part.text, indentation + 8)}" for part in documented]
        return "\n".join([*lines, f'{margin}"""'])


def operation_view(endpoint: Endpoint, types: PropertyTypes, tags: set[str]) -> OperationView:
    """The view of an operation; its types are named as `types` names them."""
    response, result = _response(endpoint, types)
    envelope = in_double_quote_literal(result.name) if response is not result and result is not None else ""
    item = result.inner_property if envelope == "results" and isinstance(result, ListProperty) else result
    result_type = types.type_of(item) if item is not None else "None"
    if item is not None and item is result and not item.required:
        result_type = optional(result_type)
    bodies = [body.prop for body in endpoint.bodies]
    named: list[Property] = [*endpoint.path_parameters, *endpoint.query_parameters, *bodies]
    named += [part for part in (response, result) if part is not None]
    name = str(endpoint.name)
    return OperationView(
        name=name,
        name_in_api=f"{name}_" if name in tags else name,
        method=endpoint.method.upper(),
        path=in_double_quote_literal(endpoint.path),
        path_parameters=[_path_parameter(part, types) for part in endpoint.path_parameters],
        body=_body_parameter(bodies[0], types) if bodies else None,
        query_parameters=[_query_parameter(part, types) for part in endpoint.query_parameters],
        response_type=types.type_of(response) if response is not None else "None",
        envelope=envelope,
        result_type=result_type,
        imports=[line for lines in types.imports_of(named) for line in lines],
        summary=endpoint.summary or name,
        description=endpoint.description,
    )


def _path_parameter(part: Property, types: PropertyTypes) -> Parameter:
    text = part.description or "see the API."
    return Parameter(part.python_name, types.type_of(part), is_required=True, is_keyword=False, text=text)


def _body_parameter(part: Property, types: PropertyTypes) -> Parameter:
    """The body, a model or a mapping of its fields. It may be left out where each of its fields has a default."""
    is_required = any(field.required for field in types.fields_of(part))
    text = "What to send." if is_required else "What to send; without it, every field takes its default."
    return Parameter("body", types.type_of(part), is_required, is_keyword=False, text=text, accepts_mapping=True)


def _query_parameter(part: Property, types: PropertyTypes) -> Parameter:
    name, text = in_double_quote_literal(part.name), part.description or "see the API."
    return Parameter(name, types.type_of(part), part.required, is_keyword=not part.required, text=text)


def _response(endpoint: Endpoint, types: PropertyTypes) -> tuple[Property | None, Property | None]:
    """The property of the JSON response to success, and the property inside of its envelope, or the same one."""
    for response in endpoint.responses.patterns:
        is_success = response.status_code.range is not None and response.status_code.range[0] // 100 == 2
        if is_success and response.source["attribute"] == "response.json()":
            return response.prop, _enveloped(types.fields_of(response.prop)) or response.prop
    return None, None


def _enveloped(fields: list[Property]) -> Property | None:
    """The field that holds the result: `result` alone, or `results` beside `metadata`."""
    names = {in_double_quote_literal(field.name) for field in fields}
    for field in fields:
        name = in_double_quote_literal(field.name)
        is_alone = len(fields) == 1 or [other for other in fields if other.required] == [field]
        if name == "result" and is_alone:
            return field
        if name == "results" and field.required and isinstance(field, ListProperty) and "metadata" in names:
            return field
    return None
