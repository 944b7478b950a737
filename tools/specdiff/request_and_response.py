"""Compare what an operation takes and answers: parameters, body, responses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spec.locations import Place, below, expanded, follow
from spec.navigate import Node, mapping, sequence
from spec.python_names import ALIAS_KEY, python_name
from spec.service import envelope_of
from spec.wire import body_of
from specdiff.canonical import Sub
from specdiff.canonicalize import Document
from specdiff.change import Change, is_documentation
from specdiff.finding import Finding, finding_of
from specdiff.operation import Operation
from specdiff.read_media import read_media
from specdiff.schemas import Comparison


def request_and_response_findings(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Finding]:
    """The differences between what two operations take and answer."""
    for change in _parameter_changes(comparison, old, new):
        yield finding_of(change, "requests", new.name)
    for change in _body_changes(comparison, old, new):
        yield finding_of(change, "requests", new.name)
    for change in _response_changes(comparison, old, new):
        yield finding_of(change, "responses", new.name)


def _parameters(spec: Node, operation: Operation) -> dict[tuple[str, str], Place]:
    """The parameters by place and name, those in the path by their position."""
    positions = re.findall(r"\{([^}]*)\}", operation.path)
    found: dict[tuple[str, str], Place] = {}
    for holder in (operation.item, operation.place):
        for index, node in enumerate(sequence(holder.keys.get("parameters"))):
            place = follow(spec, Place(node, below(holder.pointer, "parameters", str(index))))
            where, name = str(place.keys.get("in")), str(place.keys.get("name"))
            key = (where, str(positions.index(name)) if where == "path" and name in positions else name)
            if where == "header":
                key = (where, name.lower())
            found[key] = place
    return found


def _parameter_changes(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Change]:
    was, now = _parameters(comparison.old.spec, old), _parameters(comparison.new.spec, new)
    for key, place in was.items():
        name = str(place.keys.get("name"))
        if key in now:
            yield from _same_parameter_changes(comparison, place, now[key])
            continue
        moved = [where for where, other in now if other == name and (where, other) not in was]
        what = (
            f"parameter {name} moved from {key[0]} to {moved[0]}" if moved else f"{key[0]} parameter {name} was removed"
        )
        yield Change(place.pointer, "parameter-moved" if moved else "parameter-removed", what, tightens=True)
    names = {name for where, name in was if (where, name) not in now}
    for key, place in now.items():
        if key not in was and key[1] not in names:
            name, required = str(place.keys.get("name")), place.keys.get("required") is True
            what = f"{key[0]} parameter {name} was added, {'required' if required else 'optional'}"
            yield Change(place.pointer, "parameter-added", what, tightens=required)


def _same_parameter_changes(comparison: Comparison, old: Place, new: Place) -> Iterator[Change]:
    name, at = str(new.keys.get("name")), new.pointer
    if old.keys.get("name") != name and new.keys.get("in") == "path":
        what = f"path parameter {old.keys.get('name')} was renamed to {name}: so is the argument of the methods"
        yield Change(at, "parameter-renamed", what, tightens=True)
    was, now = (place.keys.get("required") is True for place in (old, new))
    if was != now:
        what = f"parameter {name} {'became' if now else 'is no longer'} required"
        yield Change(at, "required", what, tightens=now, loosens=was)
    names = [str(place.keys.get(ALIAS_KEY) or python_name(name)) for place in (old, new)]
    if names[0] != names[1] and old.keys.get("name") == name:
        what = f"the argument of parameter {name} was {names[0]}, and is {names[1]}"
        yield Change(at, "python-name", what, tightens=True)
    styles = [_style(place.keys) for place in (old, new)]
    if styles[0] != styles[1]:
        what = f"parameter {name} is written differently: {styles[0]} became {styles[1]}"
        yield Change(at, "style", what, tightens=True)
    yield from _marks(comparison, old, new, name)
    yield from _sub_changes(comparison, old, new)


def _sub_changes(comparison: Comparison, old: Place, new: Place) -> Iterator[Change]:
    """The schema of a parameter or header, which may also stand under its one content type."""
    places: list[Place] = []
    for place in (old, new):
        types = list(mapping(place.keys.get("content")))
        places.append(place.at("content", types[0]) if types else place)
    yield from comparison.changes(_schema(places[0]), _schema(places[1]), places[1].at("schema").pointer)


def _schema(media: Place) -> Sub:
    return (media.at("schema"),) if "schema" in media.keys else ()


def _style(parameter: Node) -> str:
    style = parameter.get("style") or ("form" if parameter.get("in") in ("query", "cookie") else "simple")
    explode = parameter.get("explode", style == "form")
    extra = [key for key in ("allowReserved", "allowEmptyValue") if parameter.get(key) is True]
    return " ".join([str(style), "exploded" if explode else "joined", *extra, *mapping(parameter.get("content"))])


def _marks(comparison: Comparison, old: Place, new: Place, name: str) -> Iterator[Change]:
    if bool(old.keys.get("deprecated")) != bool(new.keys.get("deprecated")):
        what = f"{name} is {'now' if new.keys.get('deprecated') else 'no longer'} deprecated"
        yield Change(new.pointer, "deprecated", what)
    for key in sorted({*old.keys, *new.keys} - {ALIAS_KEY}):
        was = expanded(comparison.old.spec, old.keys.get(key))
        if (is_documentation(key) or key == "links") and was != expanded(comparison.new.spec, new.keys.get(key)):
            yield Change(new.at(key).pointer, "documentation", f"{key} changed")


def _body_changes(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Change]:
    at = new.place.at("requestBody").pointer
    was = follow(comparison.old.spec, old.place.at("requestBody"))
    now = follow(comparison.new.spec, new.place.at("requestBody"))
    required = [place.keys.get("required") is True for place in (was, now)]
    if was.node is None and now.node is None:
        return
    if now.node is None:
        yield Change(at, "body-removed", "the request body was removed", tightens=True)
    elif was.node is None:
        what = f"a request body was added, {'required' if required[1] else 'optional'}"
        yield Change(at, "body-added", what, tightens=required[1])
    else:
        if required[0] != required[1]:
            what = f"the request body {'became' if required[1] else 'is no longer'} required"
            yield Change(now.pointer, "required", what, tightens=required[1], loosens=required[0])
        yield from _marks(comparison, was, now, "the request body")
        yield from _content_changes(comparison, was, now, removed_breaks=True)
        sent = [
            body_of(side.spec, {"requestBody": p.node}) for side, p in ((comparison.old, was), (comparison.new, now))
        ]
        if sent[0] and sent[1] and sent[0].form != sent[1].form and sent[0].media_type in mapping(now.keys["content"]):
            what = f"the body was sent as {sent[0].media_type}, and is sent as {sent[1].media_type}: another argument"
            yield Change(now.pointer, "body-type", what, tightens=True)


def _content_changes(comparison: Comparison, old: Place, new: Place, *, removed_breaks: bool) -> Iterator[Change]:
    was, now = mapping(old.keys.get("content")), mapping(new.keys.get("content"))
    for kind in was:
        if kind not in now:
            what = f"the content type {kind} was removed"
            yield Change(new.at("content", kind).pointer, "content-type", what, removed_breaks, removed_breaks)
        else:
            media = old.at("content", kind), new.at("content", kind)
            yield from _marks(comparison, *media, kind)
            yield from comparison.changes(_schema(media[0]), _schema(media[1]), media[1].at("schema").pointer)
    for kind in now:
        if kind not in was:
            yield Change(new.at("content", kind).pointer, "content-type", f"the content type {kind} was added")


def _response_changes(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Change]:
    was, now = (
        {status: follow(side.spec, operation.place.at("responses", status)) for status in _statuses(operation)}
        for side, operation in ((comparison.old, old), (comparison.new, new))
    )
    for status, place in was.items():
        at = new.place.at("responses", status).pointer
        if status not in now:
            what = f"the response {status} was removed"
            yield Change(at, "status-removed", what, tightens=True, loosens=status.startswith("2"))
        else:
            yield from _same_response_changes(comparison, place, now[status], status)
    for status, place in now.items():
        if status not in was:
            known = [other for code, other in was.items() if code.startswith("2")]
            loosens = status.startswith("2") and not any(_reads_as(comparison, other, place) for other in known)
            at, what = new.place.at("responses", status).pointer, f"the response {status} was added"
            yield Change(at, "status-added", what, loosens=loosens)


def _statuses(operation: Operation) -> list[str]:
    return list(operation.place.at("responses").keys)


def _reads_as(comparison: Comparison, old: Place, new: Place) -> bool:
    """Whether who reads the old response can read the new one, too."""
    was, now = (mapping(place.keys.get("content")) for place in (old, new))
    flipped = comparison.sibling(flip=True)
    return set(was) == set(now) and all(
        flipped.covers(_schema(new.at("content", kind)), _schema(old.at("content", kind))) for kind in was
    )


def _same_response_changes(comparison: Comparison, old: Place, new: Place, status: str) -> Iterator[Change]:
    yield from _marks(comparison, old, new, f"the response {status}")
    yield from _header_changes(comparison, old, new)
    if old.keys.get("content") and not new.keys.get("content"):
        yield Change(
            new.at("content").pointer, "body-vanished", f"the response {status} has no body any more", loosens=True
        )
        return
    if new.keys.get("content") and not old.keys.get("content"):
        yield Change(new.at("content").pointer, "body-added", f"the response {status} has a body now")
        return
    envelopes = [_envelope(side, place) for side, place in ((comparison.old, old), (comparison.new, new))]
    schemas = [_read_schema(side, place) for side, place in ((comparison.old, old), (comparison.new, new))]
    if all(schemas) and envelopes[0] != envelopes[1]:
        shown = [f"in `{envelope}`" if envelope else "bare" for envelope in envelopes]
        what = f"the envelope changed: the value came {shown[0]}, comes {shown[1]}"
        yield Change(follow(comparison.new.spec, schemas[1][0]).pointer, "envelope", what, loosens=True)
        return
    yield from _content_changes(comparison, old, new, removed_breaks=True)


def _envelope(document: Document, response: Place) -> str | None:
    fields = document.schema(_read_schema(document, response)).properties
    return next((name for name in _envelope_names(document) if name in fields), None)


def _envelope_names(document: Document) -> tuple[str, str]:
    names = envelope_of(document.spec)
    return names["result"], names["items"]


def _read_schema(document: Document, response: Place) -> Sub:
    media = read_media(document.spec, response)
    return _schema(media.place) if media else ()


def _header_changes(comparison: Comparison, old: Place, new: Place) -> Iterator[Change]:
    was, now = ({name.lower(): name for name in mapping(place.keys.get("headers"))} for place in (old, new))
    for key, name in was.items():
        at = new.at("headers", now.get(key, name)).pointer
        if key not in now:
            yield Change(at, "header-removed", f"the header {name} is no longer promised", loosens=True)
            continue
        places = (
            follow(comparison.old.spec, old.at("headers", name)),
            follow(comparison.new.spec, new.at("headers", now[key])),
        )
        required = [place.keys.get("required") is True for place in places]
        if required[0] != required[1]:
            what = f"the header {name} {'is' if required[1] else 'is no longer'} always there"
            yield Change(at, "required", what, tightens=required[1], loosens=required[0])
        yield from _marks(comparison, *places, f"the header {name}")
        yield from _sub_changes(comparison, *places)
    for key, name in now.items():
        if key not in was:
            yield Change(new.at("headers", name).pointer, "header-added", f"the header {name} was added")
