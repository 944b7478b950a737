"""Pair the operations of two specs, and compare what each says beside its schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from spec.locations import Place, expanded, follow
from spec.navigate import Node, mapping, sequence
from spec.service import server_url
from spec.wire import operation_name, tag_of
from specdiff.canonical import key_of
from specdiff.change import Change, is_documentation, show
from specdiff.finding import Finding, finding_of
from specdiff.operation import Operation, operations_of
from specdiff.python_calls import call_findings
from specdiff.request_and_response import request_and_response_findings
from specdiff.schemas import Comparison

_SECRET_KEYS = ("type", "in", "name", "scheme", "openIdConnectUrl", "flows")


def operation_findings(comparison: Comparison) -> Iterator[Finding]:
    """The differences between the operations of two specs."""
    old, new = operations_of(comparison.old.spec), operations_of(comparison.new.spec)
    pairs = _pairs(old, new)
    for index, one in enumerate(old):
        if index in pairs:
            yield from _pair_findings(comparison, one, pairs[index])
        else:
            yield _finding(one, "operation-removed", f"{_address(one)} was removed", tightens=True)
    yield from call_findings(comparison, [(old[index], other) for index, other in pairs.items()])
    for other in new:
        if not any(other is paired for paired in pairs.values()):
            yield _finding(other, "operation-added", f"{_address(other)} was added")


def _pairs(old: list[Operation], new: list[Operation]) -> dict[int, Operation]:
    """The new form of each old operation, by its position. Operations are paired by name, then by method and path."""
    left = list(new)
    pairs: dict[int, Operation] = {}
    keys: tuple[Callable[[Operation], object], ...] = (lambda o: (o.name, o.way), lambda o: o.name, lambda o: o.way)
    for key in keys:
        for index, one in enumerate(old):
            match = next((other for other in left if index not in pairs and key(one) == key(other)), None)
            if match:
                pairs[index] = match
                left.remove(match)
    return pairs


def _address(operation: Operation) -> str:
    return f"{operation.name} ({operation.method.upper()} {operation.path})"


def _finding(operation: Operation, kind: str, what: str, *, tightens: bool = False, key: str = "") -> Finding:
    at = operation.place.at(key).pointer if key else operation.place.pointer
    return finding_of(Change(at, kind, what, tightens=tightens), "operation", operation.name)


def _pair_findings(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Finding]:
    if old.way != new.way:
        what = f"moved from {old.method.upper()} {old.path} to {new.method.upper()} {new.path}"
        yield _finding(new, "operation-moved", f"{new.name} {what}: released clients ask the old place", tightens=True)
    elif operation_name({"operationId": old.name}) != operation_name({"operationId": new.name}):
        what = f"renamed from {old.name} to {new.name}: the methods of both clients are called so"
        yield _finding(new, "operation-renamed", what, tightens=True, key="operationId")
    yield from _said_findings(comparison, old, new)
    yield from _server_findings(comparison, old, new)
    yield from _security_findings(comparison, old, new)
    yield from request_and_response_findings(comparison, old, new)


def _said_findings(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Finding]:
    was, now = old.place.keys, new.place.keys
    tags = sequence(was.get("tags")), sequence(now.get("tags"))
    if tag_of(was) != tag_of(now):
        what = f"tags changed from {show(tags[0])} to {show(tags[1])}: the Python module of the operation moves"
        yield _finding(new, "tags", what, tightens=True, key="tags")
    elif tags[0] != tags[1]:
        yield _finding(new, "documentation", f"tags changed from {show(tags[0])} to {show(tags[1])}", key="tags")
    if bool(was.get("deprecated")) != bool(now.get("deprecated")):
        what = f"{new.name} is {'now' if now.get('deprecated') else 'no longer'} deprecated"
        yield _finding(new, "deprecated", what, key="deprecated")
    calls = [
        expanded(side.spec, said.get("callbacks")) for side, said in ((comparison.old, was), (comparison.new, now))
    ]
    if key_of(calls[0]) != key_of(calls[1]):
        what = "callbacks changed, cannot tell how: treated as breaking"
        yield _finding(new, "callbacks", what, tightens=True, key="callbacks")
    for key in sorted({*was, *now}):
        if (is_documentation(key) or key == "summary") and key_of(was.get(key)) != key_of(now.get(key)):
            yield _finding(new, "documentation", f"{key} changed", key=key)


def _server_findings(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Finding]:
    holders = [
        next(
            place
            for place in (o.place, o.item, Place(side.spec, "#"))
            if "servers" in place.keys or place.pointer == "#"
        )
        for side, o in ((comparison.old, old), (comparison.new, new))
    ]
    was, now = ([server_url(server) for server in sequence(h.keys.get("servers"))] or ["/"] for h in holders)
    at = holders[1].at("servers").pointer
    for url in was:
        if url not in now:
            what = f"the server {url} was removed; there is {' and '.join(now)}"
            yield finding_of(Change(at, "server-removed", what, tightens=True), "operation", new.name)
    for url in now:
        if url not in was:
            yield finding_of(Change(at, "server-added", f"the server {url} was added"), "operation", new.name)
    if was[0] != now[0] and was[0] in now:
        what = f"requests were sent to {was[0]} by default, and are sent to {now[0]}"
        yield finding_of(Change(at, "server-default", what, tightens=True), "operation", new.name)


def _security_findings(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Finding]:
    """Changes of authentication, compared by what a request must send; the names of the schemes do not matter."""
    was, now = _ways_in(comparison.old.spec, old), _ways_in(comparison.new.spec, new)
    place = Place(comparison.new.spec, "#") if "security" not in new.place.keys else new.place
    at = place.at("security").pointer
    for way, said in was.items():
        if not any(other <= way for other in now):
            what = f"SECURITY: {said} no longer lets a request in"
            yield finding_of(Change(at, "security-removed", what, tightens=True), "operation", new.name)
    for way, said in now.items():
        if way not in was:
            what = f"SECURITY: {said} lets a request in now"
            yield finding_of(Change(at, "security-added", what), "operation", new.name)


def _ways_in(spec: Node, operation: Operation) -> dict[frozenset[object], str]:
    declared = operation.place.keys.get("security", spec.get("security"))
    ways: dict[frozenset[object], str] = {}
    for requirement in sequence(declared) or [{}]:
        parts: list[tuple[object, str]] = []
        for name, scopes in mapping(requirement).items():
            scheme = follow(spec, Place(spec, "#").at("components", "securitySchemes", name)).keys
            said = {key: scheme[key] for key in _SECRET_KEYS if key in scheme}
            asked = f" with {', '.join(map(str, sequence(scopes)))}" if scopes else ""
            text = f"{name} ({' '.join(str(value) for value in said.values() if isinstance(value, str))}){asked}"
            parts.append((key_of([said, sorted(map(str, sequence(scopes)))]), text))
        ways[frozenset(key for key, _ in parts)] = " and ".join(text for _, text in parts) or "nothing at all"
    return ways
