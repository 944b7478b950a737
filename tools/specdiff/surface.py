"""What changed beside the operations: the schemas that become classes, the head of the document, its version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spec.locations import Place, find
from spec.navigate import Node, mapping, sequence
from spec.python_names import ALIAS_KEY, class_name
from spec.service import INDISPENSABLE
from specdiff.canonical import key_of
from specdiff.canonicalize import Document
from specdiff.finding import Finding, advice, finding_of, is_raised, next_version
from specdiff.operation import operations_of
from specdiff.schemas import Comparison

_WHO = {frozenset({"requests"}): "callers", frozenset({"responses"}): "readers"}


def surface_findings(comparison: Comparison) -> Iterator[Finding]:
    """The differences between the classes of two specs, after their operations were compared."""
    old, new = _classes(comparison.old), _classes(comparison.new)
    used = _used(comparison.old.spec)
    gone, come = ({p: c for p, c in one.items() if p not in other} for one, other in ((old, new), (new, old)))
    renamed = {one: other for one, other in comparison.renamed.items() if one in gone and other in come}
    for pointer, place in gone.items():
        if pointer not in renamed and (
            same := next((p for p, other in come.items() if _means_the_same(comparison, place, other)), None)
        ):
            renamed[pointer] = same
        to = renamed.get(pointer)
        if to and _class_name(place, pointer) == _class_name(come[to], to):
            continue
        name = pointer.rpartition("/")[2]
        who = _WHO.get(frozenset(used.get(pointer, {"requests"})), "both")
        kind, what = "class-removed", f"the class {name} was removed"
        if to:
            kind, what = "class-renamed", f"the class {name} was renamed to {to.rpartition('/')[2]}"
        yield Finding(
            to or pointer, kind, f"{what}: imports of it fail", "python", breaking=True, breaks=who, advice="major"
        )
    for pointer in come:
        if pointer not in renamed.values():
            what = f"the class {pointer.rpartition('/')[2]} was added"
            yield Finding(pointer, "class-added", what, "python")
    now = _used(comparison.new.spec)
    sent = [p for p in new if p in old and used.get(p) == {"responses"} and "requests" in now.get(p, ())]
    yield from (_sent_finding(comparison, new[pointer]) for pointer in sent)
    for pointer in old:
        if pointer in new and pointer not in used:
            for change in comparison.changes((old[pointer],), (new[pointer],), pointer):
                yield finding_of(change, "requests")


def _class_name(place: Place, pointer: str) -> str:
    return str(place.keys.get(ALIAS_KEY) or class_name(pointer.rpartition("/")[2]))


def _sent_finding(comparison: Comparison, place: Place) -> Finding:
    """What it is to readers that a class which only responses had is sent as well."""
    schema = comparison.new.schema((place,))
    nullable = [
        name
        for name, field in schema.properties.items()
        if name not in schema.required and "null" in comparison.new.schema(field).types
    ]
    what = f"the class {place.pointer.rpartition('/')[2]} is sent now"
    if not nullable:
        return Finding(place.pointer, "class-sent", what, "python")
    what += f": {', '.join(nullable)} may hold NULL, and type checkers want that to be handled"
    return Finding(place.pointer, "class-sent", what, "python", breaking=True, breaks="readers", advice="major")


def _means_the_same(comparison: Comparison, old: Place, new: Place) -> bool:
    changes = Comparison(comparison.old, comparison.new).changes((old,), (new,), new.pointer)
    return not any(change.kind != "documentation" for change in changes)


def _classes(document: Document) -> dict[str, Place]:
    """The component schemas that become a class: objects and lists of texts."""
    found: dict[str, Place] = {}
    for name in mapping(mapping(document.spec.get("components")).get("schemas")):
        place = Place(document.spec, "#").at("components", "schemas", name)
        node = place.keys
        if "enum" in node or {"properties", "allOf"} & set(node) or node.get("type") == "object":
            found[place.pointer] = place
    return found


def _used(spec: Node) -> dict[str, set[str]]:
    """For each component, by pointer: whether requests, responses or both can hold it."""
    used: dict[str, set[str]] = {}
    for operation in operations_of(spec):
        asked = [operation.item.at("parameters"), operation.place.at("parameters"), operation.place.at("requestBody")]
        for concerns, places in (("requests", asked), ("responses", [operation.place.at("responses")])):
            for place in places:
                _reach(spec, place.node, concerns, used)
    return used


def _reach(spec: Node, node: Any, concerns: str, used: dict[str, set[str]]) -> None:
    for value in (*mapping(node).values(), *sequence(node)):
        _reach(spec, value, concerns, used)
    reference = mapping(node).get("$ref")
    if isinstance(reference, str) and concerns not in used.setdefault(reference, set()):
        used[reference].add(concerns)
        target = find(spec, reference)
        _reach(spec, target.node if target else None, concerns, used)


def document_findings(old: Node, new: Node) -> Iterator[Finding]:
    """What changed in the head of the document, apart from its version."""
    for key in ("title", "summary", "description", "contact", "license", "termsOfService"):
        if key_of(old["info"].get(key)) != key_of(new["info"].get(key)):
            yield _document(f"#/info/{key}", "documentation", f"{key} changed", "patch")
    for key in ("tags", "externalDocs"):
        if key_of(old.get(key)) != key_of(new.get(key)):
            yield _document(f"#/{key}", "documentation", f"{key} changed", "patch")
    if key_of(old.get(INDISPENSABLE)) != key_of(new.get(INDISPENSABLE)):
        what = "the fields without which a response is refused changed"
        yield _document(f"#/{INDISPENSABLE}", "indispensable", what, "minor")
    if key_of(old.get("webhooks")) != key_of(new.get("webhooks")):
        what = "webhooks changed, cannot tell how: treated as breaking"
        yield Finding("#/webhooks", "webhooks", what, "document", breaking=True, breaks="both", advice="major")


def version_findings(old: Node, new: Node, findings: list[Finding]) -> Iterator[Finding]:
    """Whether the version says what the findings say."""
    versions, wanted = (old["info"]["version"], new["info"]["version"]), advice(findings)
    if is_raised(*versions, wanted) or (wanted == "none" and versions[0] == versions[1]):
        return
    lowest = next_version(versions[0], wanted)
    asked = f"the findings ask for {lowest} or higher" if lowest else "X.Y.Z is needed to tell what follows"
    what = f"info.version went from {versions[0]} to {versions[1]}: {asked}"
    if versions[0] == versions[1]:
        what = f"info.version is still {versions[0]}: {asked}"
    yield _document("#/info/version", "version", what, wanted if wanted != "none" else "patch")


def _document(at: str, kind: str, what: str, wanted: str) -> Finding:
    return Finding(at, kind, what, "document", advice=wanted)
