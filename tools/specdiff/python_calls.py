"""What a difference between two operations is to Python callers: the order of arguments, and the type of the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from spec.locations import Place, follow
from spec.navigate import Node, mapping, sequence
from spec.service import envelope_of
from specdiff.canonicalize import Document
from specdiff.change import Change
from specdiff.finding import Finding, finding_of
from specdiff.operation import Operation
from specdiff.schemas import Comparison


def call_findings(comparison: Comparison, pairs: list[tuple[Operation, Operation]]) -> Iterator[Finding]:
    """The differences between paired operations that only a Python caller notices."""
    for old, new in pairs:
        yield from _argument_findings(comparison, old, new)
        was, now = (_result(side, o) for side, o in ((comparison.old, old), (comparison.new, new)))
        # Where the fields themselves come or go, the responses are compared, and that is said there.
        if was.text != now.text and was.fields == now.fields:
            what = f"{new.name} returned {was.text}, and returns {now.text}"
            change = Change(new.place.at("responses").pointer, "result-type", what, loosens=True)
            yield finding_of(change, "responses", new.name)


class _Result(NamedTuple):
    """What a method returns, and which fields of envelopes its response has."""

    text: str
    fields: frozenset[str]


def _result(side: Document, operation: Operation) -> _Result:
    names = envelope_of(side.spec)
    result, items = names["result"], names["items"]
    responses = operation.place.at("responses")
    success = next((status for status in responses.keys if str(status).startswith("2")), None)
    response = follow(side.spec, responses.at(success)) if success else Place({}, "")
    content = next(iter(mapping(response.keys.get("content"))), None)
    if content is None:
        return _Result("nothing", frozenset())
    schema = side.schema((response.at("content", content, "schema"),))
    fields = frozenset({result, items} & set(schema.properties))
    if result in fields and (len(schema.properties) == 1 or schema.required == frozenset({result})):
        return _Result(f"the content of `{result}`", fields)
    if items in fields and items in schema.required and names["metadata"] in schema.properties:
        return _Result(f"a page of `{items}`", fields)
    return _Result("the whole response", fields)


def _argument_findings(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Finding]:
    was, now = (_queries(side.spec, o) for side, o in ((comparison.old, old), (comparison.new, new)))
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


def _queries(spec: Node, operation: Operation) -> dict[str, bool]:
    """The query parameters in order, each with whether it is required; those of the operation come first."""
    found: dict[str, bool] = {}
    for holder in (operation.place, operation.item):
        for node in sequence(holder.keys.get("parameters")):
            keys = follow(spec, Place(node, holder.pointer)).keys
            if keys.get("in") == "query":
                found.setdefault(str(keys.get("name")), keys.get("required") is True)
    return found
