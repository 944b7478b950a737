"""Which responses are wrapped in an envelope, and which lists the client can page through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from spec.media import Form
from spec.navigate import Node, operations, options_of, properties_of, required_of
from spec.service import envelope_of
from spec.wire import body_of, kinds_of, parameters_of, response_of


class Envelope(NamedTuple):
    """The field that holds the result of an operation; empty where the whole response is the result.

    Attributes:
        field: its name on the wire.
        is_page: whether it is the items of a page.
        notice: why a list is returned as a plain response; empty for all else.
    """

    field: str
    is_page: bool = False
    notice: str = ""


class Paging(NamedTuple):
    """The schemas that all pages share: that of their metadata, and that of the paging in a request body."""

    metadata: str
    paging: str


NO_ENVELOPE = Envelope("")


def envelopes(spec: Node) -> tuple[dict[str, Envelope], Paging]:
    """The envelope of each operation, by operationId, and what the pages of all lists share."""
    names, found, shared = envelope_of(spec), dict[str, Envelope](), Paging("", "")
    for _, _, method, operation in operations(spec):
        response = response_of(spec, operation, method)
        envelope = NO_ENVELOPE
        if response is not None and response.form is Form.JSON:
            envelope, shared = _envelope(spec, names, operation, response.schema, shared)
        found[str(operation.get("operationId"))] = envelope
    return found, shared


def notices(spec: Node) -> Iterator[str]:
    """A line for each list that the client cannot page through."""
    found, _ = envelopes(spec)
    for place, *_, operation in operations(spec):
        if notice := found[str(operation.get("operationId"))].notice:
            yield f"{place}: {operation.get('operationId')} returns the whole response, not a page: {notice}"


def _envelope(
    spec: Node, names: dict[str, str], operation: Node, schema: Any, shared: Paging
) -> tuple[Envelope, Paging]:
    fields, required = properties_of(spec, schema), required_of(spec, schema)
    result, items = names["result"], names["items"]
    if result in fields and (len(fields) == 1 or required == [result]):
        return Envelope(result), shared
    if items not in fields or kinds_of(spec, fields[items]) != {"array"}:
        return NO_ENVELOPE, shared
    metadata = _schema_with(spec, fields.get(names["metadata"]), names["next_token"])
    paging = _paging_in_body(spec, names, operation)
    if items not in required:
        reason = f"{items} is not required"
    elif not metadata:
        reason = f"it has no {names['metadata']}.{names['next_token']}, the token of the next page"
    elif not paging and not _has_token(spec, names, operation):
        reason = (
            f"no optional text {names['token']} in its query, or in {names['paging']} of its body, says where to go on"
        )
    elif shared.metadata not in ("", metadata):
        reason = f"{names['metadata']} is {metadata}, and {shared.metadata} in other lists"
    elif paging and shared.paging not in ("", paging):
        reason = f"{names['paging']} is {paging}, and {shared.paging} in other lists"
    else:
        return Envelope(items, is_page=True), Paging(metadata, paging or shared.paging)
    return Envelope("", notice=reason), shared


def _schema_with(spec: Node, declared: Any, field: str) -> str:
    """The name of the schema that a field refers to, if it has this text field; empty if it has not."""
    references = [part for part in _parts(declared) if part.get("$ref")]
    if len(references) != 1:
        return ""
    schema = properties_of(spec, references[0]).get(field)
    name = str(references[0]["$ref"]).removeprefix("#/components/schemas/")
    return name if kinds_of(spec, schema) == {"string"} and "/" not in name else ""


def _parts(declared: Any) -> list[Node]:
    if not isinstance(declared, dict):
        return []
    node: Node = declared  # pyright: ignore[reportUnknownVariableType]
    combined = [part for key in ("anyOf", "oneOf", "allOf") for part in node.get(key, ())]
    return [part for inner in combined for part in _parts(inner)] if combined else [node]


def _has_token(spec: Node, names: dict[str, str], operation: Node) -> bool:
    return any(
        parameter.place == "query"
        and parameter.wire_name == names["token"]
        and not parameter.is_required
        and kinds_of(spec, parameter.schema) == {"string"}
        for parameter in parameters_of(spec, operation)
    )


def _paging_in_body(spec: Node, names: dict[str, str], operation: Node) -> str:
    """The name of the schema of the paging in a JSON body; empty without one."""
    body = body_of(spec, operation)
    if body is None or body.form is not Form.JSON:
        return ""
    options = list(options_of(spec, body.schema))
    if len(options) != 1 or names["paging"] in required_of(spec, body.schema):
        return ""
    return _schema_with(spec, properties_of(spec, body.schema).get(names["paging"]), names["token"])
