"""What a difference between two operations is to Python callers: the order of arguments, and the type of the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from spec.locations import Place, follow
from spec.media import Form
from spec.navigate import sequence
from spec.service import envelope_of
from spec.wire import body_of
from specdiff.canonical import Schema
from specdiff.canonicalize import Document
from specdiff.change import Change
from specdiff.finding import Finding, finding_of
from specdiff.operation import Operation
from specdiff.read_media import read_media
from specdiff.schemas import Comparison


def call_findings(comparison: Comparison, pairs: list[tuple[Operation, Operation]]) -> Iterator[Finding]:
    """The differences between paired operations that only a Python caller notices."""
    for old, new in pairs:
        yield from _argument_findings(comparison, old, new)
        was, now = (_result(side, o) for side, o in ((comparison.old, old), (comparison.new, new)))
        # Where the fields themselves come or go, the responses are compared, and that is said there.
        if was.text != now.text and (was.fields == now.fields or was.form != now.form):
            what = f"{new.name} returned {was.text}, and returns {now.text}"
            change = Change(new.place.at("responses").pointer, "result-type", what, loosens=True)
            yield finding_of(change, "responses", new.name)


class _Result(NamedTuple):
    """What a method returns, the form of its response, and which fields of envelopes it has."""

    text: str
    form: Form | None
    fields: frozenset[str]


def _result(side: Document, operation: Operation) -> _Result:
    names = envelope_of(side.spec)
    result, items = names["result"], names["items"]
    responses = operation.place.at("responses")
    success = next((status for status in responses.keys if str(status).startswith("2")), None)
    media = read_media(side.spec, follow(side.spec, responses.at(success))) if success else None
    if media is None:
        return _Result("nothing", None, frozenset())
    if media.form is not Form.JSON:
        return _Result(str(media.form), media.form, frozenset())
    schema = side.schema((media.place.at("schema"),))
    fields = frozenset({result, items} & set(schema.properties))
    if result in fields and (len(schema.properties) == 1 or schema.required == frozenset({result})):
        return _Result(f"the content of `{result}`", media.form, fields)
    if items in fields and items in schema.required and names["metadata"] in schema.properties:
        return _Result(f"a page of `{items}`", media.form, fields)
    return _Result("the whole response", media.form, fields)


def _argument_findings(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Finding]:
    was, now = (_arguments(side, o) for side, o in ((comparison.old, old), (comparison.new, new)))
    both = [name for name in was if name in now]
    for name in both:
        if was[name] and not now[name]:
            what = f"the argument {name} can only be given by name now: calls that give it by position fail"
            yield _finding(new, "argument-by-name", what)
    positional = [[name for name in side if name in both and was[name] and now[name]] for side in (was, now)]
    if positional[0] != positional[1]:
        what = (
            f"the arguments {', '.join(positional[0])} are in the order {', '.join(positional[1])} now:"
            " calls that give them by position send the wrong values"
        )
        yield _finding(new, "arguments-moved", what)


def _finding(operation: Operation, kind: str, what: str) -> Finding:
    change = Change(operation.place.at("parameters").pointer, kind, what, tightens=True)
    return finding_of(change, "requests", operation.name)


def _arguments(side: Document, operation: Operation) -> dict[str, bool]:
    """The arguments behind those of the path in order, each with whether it can be given by position.

    A body that may be left out stands behind the required parameters.
    """
    found: dict[str, bool] = {}
    for place in ("query", "header", "cookie"):
        for holder in (operation.place, operation.item):
            for node in sequence(holder.keys.get("parameters")):
                keys = follow(side.spec, Place(node, holder.pointer)).keys
                if keys.get("in") == place:
                    found.setdefault(str(keys.get("name")), keys.get("required") is True)
    if "requestBody" not in operation.place.keys:
        return found
    return {"body": True, **found} if _must_be_given(side, operation) else {**found, "body": True}


def _must_be_given(side: Document, operation: Operation) -> bool:
    """Whether the body is required and, if it is a model, any of its fields."""
    body = follow(side.spec, operation.place.at("requestBody"))
    sent = body_of(side.spec, {"requestBody": body.node})
    if sent is None or not sent.is_required:
        return False
    schema = side.schema((body.at("content", sent.media_type, "schema"),)) if sent.schema is not None else Schema()
    return not schema.properties or bool(schema.required)
