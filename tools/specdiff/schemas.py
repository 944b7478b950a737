"""Find what a new schema refuses that the old one accepted, and the reverse: a `Change` for each difference.

What is not known to be safe is reported as both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from spec.locations import Place, below, find
from spec.navigate import Node, mapping, sequence
from specdiff.canonical import EVERY_TYPE, LIMITS, Schema, Sub, family, ids, meet, strictness
from specdiff.canonicalize import NOTES, Document, notes_of
from specdiff.change import CANNOT_TELL, Change, is_documentation, note_changes, null_change, show
from specdiff.conditions import clause_changes

_PYTHON_FORMATS = frozenset({"binary", "date", "date-time", "uuid"})  # a value of these is no str in Python
_INTEGER_FORMATS = ("int32", "int64")  # the second holds the first


class Comparison:
    """The comparison of schemas of two specs.

    A strict one compares values only: it ignores documentation, and an undeclared field may have any value. Otherwise,
    undeclared fields count only if the schema says that it is open.
    """

    def __init__(self, old: Document, new: Document, *, strict: bool = False) -> None:
        self.old, self.new, self.strict = old, new, strict
        self.renamed: dict[str, str] = {}  # pointers of components that stand in the same place
        self._active: set[Any] = set()

    def changes(self, old: Sub, new: Sub, at: str) -> list[Change]:
        """The differences between two schemas at the same place. Where schemas are recursive, equal until shown not."""
        key = (self.strict, id(self.old), ids(old), ids(new))
        if key in self._active:
            return []
        self._active.add(key)
        try:
            if not self.strict:
                pair = component_of(self.old.spec, old), component_of(self.new.spec, new)
                if pair[0] and pair[1]:
                    return list(self._through_reference(old[0], new[0], pair[0], pair[1], at))
                return [*self._notes(old, new, at), *self._schemas(old, new, at), *self._class(old, new, pair, at)]
            return list(self._schemas(old, new, at))
        finally:
            self._active.remove(key)

    def covers(self, old: Sub, new: Sub) -> bool:
        """Whether everything valid under the old one is valid under the new one."""
        comparison = self if self.strict else self.sibling(flip=False)
        return not any(change.tightens for change in comparison.changes(old, new, "#"))

    def sibling(self, *, flip: bool) -> Comparison:
        """A strict comparison with the same assumptions; flipped, it asks what the old one has of the new one."""
        old, new = (self.new, self.old) if flip else (self.old, self.new)
        sibling = Comparison(old, new, strict=True)
        sibling._active = self._active
        return sibling

    def _through_reference(self, old: Place, new: Place, one: Named, other: Named, at: str) -> Iterator[Change]:
        if one.target.pointer != other.target.pointer:
            self.renamed[one.target.pointer] = other.target.pointer
        yield from note_changes(notes_of(old.keys), notes_of(new.keys), at)
        yield from self.changes((one.target,), (other.target,), other.target.pointer)
        inner = [side.schema((place,)) for side, place in ((self.old, one.target), (self.new, other.target))]
        if one.nullable != other.nullable and not any("null" in schema.types for schema in inner):
            yield null_change(at, gained=other.nullable)

    def _class(self, old: Sub, new: Sub, pair: tuple[Named | None, Named | None], at: str) -> Iterator[Change]:
        """The change of a class: one within a schema is named after its field, one of its own after itself."""
        named = pair[0] or pair[1]
        schemas = self.old.schema(old), self.new.schema(new)
        field = re.fullmatch(r"#/components/schemas/(\w+)/properties/(\w+)(/items)?", at)
        if named and field and (noun := _class_of(schemas)):
            own = field[1] + "".join(word.capitalize() for word in field[2].split("_")) + ("Item" if field[3] else "")
            name = named.target.pointer.rpartition("/")[2]
            if name != own:
                was, now = (name, own) if pair[0] else (own, name)
                what = f"the class of the {noun} was {was}, and is {now}"
                yield Change(at, "class-renamed", what, tightens=True, loosens=True)

    def _notes(self, old: Sub, new: Sub, at: str) -> Iterator[Change]:
        yield from note_changes(self.old.schema(old).notes, self.new.schema(new).notes, at)

    def _schemas(self, old_sub: Sub, new_sub: Sub, at: str) -> Iterator[Change]:
        old, new = self.old.schema(old_sub), self.new.schema(new_sub)
        if not old.types:
            if new.types:
                yield Change(at, "type", f"was never valid, is {_types(new)}", loosens=True)
            return
        yield from _type_changes(old, new, at)
        yield from _value_changes(old, new, at)
        yield from _limit_changes(old, new, at)
        yield from _text_changes(old, new, at, strict=self.strict)
        families = _families(old) & _families(new)
        if "array" in families:
            yield from self.changes(old.items, new.items, below(at, "items"))
        if "object" in families:
            yield from self._fields(old, new, at)
        yield from clause_changes(self, (old_sub, old), (new_sub, new))

    def _fields(self, old: Schema, new: Schema, at: str) -> Iterator[Change]:
        if not self.strict and bool(old.properties) != bool(new.properties) and _is_open(old) and _is_open(new):
            to = "a mapping with fields" if new.properties else "a free mapping"
            yield Change(at, "type", f"became {to}: another type in Python", tightens=True, loosens=True)
        for name in dict.fromkeys([*old.properties, *new.properties]):
            here = below(at, "properties", name)
            if name not in new.properties:
                yield from self._field_removed(old.properties[name], new.additional, here, name)
            elif name not in old.properties:
                yield from self._field_added(old, new, here, name)
            else:
                yield from self.changes(old.properties[name], new.properties[name], here)
        for name in sorted(old.required ^ new.required):
            if not self.strict and (name in old.properties) != (name in new.properties):
                continue  # said already
            here = below(at, "properties", name)
            if name in new.required:
                yield Change(here, "required", f"{name} became required", tightens=True)
            else:
                yield Change(here, "required", f"{name} is no longer required", loosens=True)
        yield from self._additional(old.additional, new.additional, below(at, "additionalProperties"))

    def _field_removed(self, was: Sub, rest: Sub | None, at: str, name: str) -> Iterator[Change]:
        if not self.strict:
            yield Change(at, "field-removed", f"{name} was removed", tightens=True, loosens=True)
        else:
            yield from self.changes(was, rest or (), at)

    def _field_added(self, old: Schema, new: Schema, at: str, name: str) -> Iterator[Change]:
        rest, now = old.additional, new.properties[name]
        if self.strict:
            yield from self.changes(rest or (), now, at)
            return
        what = f"{name} was added, {'required' if name in new.required else 'optional'}"
        differences = [] if rest is None else self.sibling(flip=False).changes(rest, now, at)
        tightens = any(change.tightens for change in differences) or name in new.required - old.required
        loosens = any(change.loosens for change in differences) or name in old.required - new.required
        yield Change(at, "field-added", what, tightens, loosens)

    def _additional(self, old: Sub | None, new: Sub | None, at: str) -> Iterator[Change]:
        if old is None and new is None:
            return
        closed = [sub is not None and not side.schema(sub).types for side, sub in ((self.old, old), (self.new, new))]
        if closed[1] and not closed[0]:
            yield Change(at, "closed", "fields that are not declared may no longer be there", tightens=True)
        elif closed[0] and not closed[1]:
            yield Change(at, "opened", "fields that are not declared may be there now", loosens=True)
        else:
            yield from self.changes(old or (), new or (), at)


@dataclass(frozen=True)
class Named:
    """A component that a place refers to, directly or as the one alternative to null."""

    target: Place
    nullable: bool


def component_of(spec: Node, sub: Sub) -> Named | None:
    """The component that the place refers to; None where it says more than that."""
    node = sub[0].keys if len(sub) == 1 else {}
    said = {key: value for key, value in node.items() if key not in NOTES and not is_documentation(key)}
    if set(said) == {"$ref"}:
        target = find(spec, said["$ref"])
        return Named(target, nullable=False) if target else None
    for keyword in ("anyOf", "oneOf"):
        branches = sequence(said.get(keyword))
        others = [branch for branch in branches if mapping(branch).get("type") != "null"]
        if set(said) == {keyword} and len(branches) == 2 and len(others) == 1:
            inner = component_of(spec, (Place(others[0], sub[0].pointer),))
            return Named(inner.target, nullable=True) if inner else None
    return None


def _class_of(schemas: tuple[Schema, Schema]) -> str:
    """What both schemas make a class of in Python: an enum or an object; empty where they make none."""
    if all("string" in schema.values and len(schema.values) == 1 for schema in schemas):
        return "enum"
    return "object" if all(schema.properties for schema in schemas) else ""


def _types(schema: Schema) -> str:
    names = sorted(schema.types - {"null"}) or ["null" if schema.types else "nothing"]
    return "anything" if len(names) == len(set(LIMITS.values())) + 1 else " or ".join(names)


def _families(schema: Schema) -> set[str]:
    return {family(name) for name in schema.types}


def _is_open(schema: Schema) -> bool:
    return schema.additional is None or bool(schema.additional == ())


def _type_changes(old: Schema, new: Schema, at: str) -> Iterator[Change]:
    lost, gained = old.types - meet(old.types, new.types), new.types - meet(old.types, new.types)
    lost, gained = (
        frozenset(name for name in names if name != "null" or other == "null" or not _other(side))
        for names, side, other in ((lost, new, ""), (gained, old, ""))
    )
    if lost or gained:
        verb = "changed" if lost and gained else "narrowed" if lost else "widened"
        what = f"the type {verb} from {_types(old)} to {_types(new)}"
        yield Change(at, "type", what, tightens=bool(lost), loosens=bool(gained))
    for one, other, name in ((old, new, "gained"), (new, old, "lost")):
        if "null" in other.types and "null" not in one.types and _other(one) and other.types != EVERY_TYPE:
            yield null_change(at, gained=name == "gained")


def _other(schema: Schema) -> bool:
    """Whether something else than null is allowed."""
    return bool(schema.types - {"null"})


def _value_changes(old: Schema, new: Schema, at: str) -> Iterator[Change]:
    for name in sorted(_families(old) & _families(new)):
        was, now = old.values.get(name), new.values.get(name)
        if was is None and now is not None:
            what = f"any {name} was allowed, now only {show(list(now.values()))}"
            yield Change(at, "values", what, tightens=True)
        elif was is not None and now is None:
            what = f"only {show(list(was.values()))} was allowed, now any {name}"
            yield Change(at, "values", what, loosens=True)
        elif was is not None and now is not None:
            for key in was.keys() - now.keys():
                yield Change(at, "value-removed", f"the value {show(was[key])} was removed", tightens=True)
            for key in now.keys() - was.keys():
                kind = "value-added" if name == "string" else "values"
                yield Change(at, kind, f"the value {show(now[key])} was added", loosens=True)


def _limit_changes(old: Schema, new: Schema, at: str) -> Iterator[Change]:
    families = _families(old) & _families(new)
    for name in LIMITS:
        was, now = old.limits.get(name), new.limits.get(name)
        if was != now and LIMITS[name] in families:
            tightens = was is None or (now is not None and strictness(name, now) > strictness(name, was))
            shown = ["none" if x is None else f"{x[0]}{' (excluded)' if x[1] else ''}" for x in (was, now)]
            what = f"{name} {'tightened' if tightens else 'loosened'} from {shown[0]} to {shown[1]}"
            yield Change(at, "limit", what, tightens=tightens, loosens=not tightens)
    if "number" in families:
        yield from _multiple_changes(old, new, at)
    if "array" in families and old.unique != new.unique:
        what = f"items {'must' if new.unique else 'need no longer'} be unique"
        yield Change(at, "limit", what, tightens=new.unique, loosens=old.unique)


def _multiple_changes(old: Schema, new: Schema, at: str) -> Iterator[Change]:
    was, now = (frozenset(Fraction(str(value)) for value in side.multiples) for side in (old, new))
    if was != now:
        tightens = any(all(one % other for one in was) for other in now)
        loosens = any(all(other % one for other in now) for one in was)
        shown = [" and ".join(sorted(map(str, values))) or "none" for values in (was, now)]
        yield Change(at, "limit", f"multipleOf changed from {shown[0]} to {shown[1]}", tightens, loosens)


def _text_changes(old: Schema, new: Schema, at: str, *, strict: bool) -> Iterator[Change]:
    families = _families(old) & _families(new)
    if "string" in families and old.patterns != new.patterns:
        shown = [" and ".join(sorted(patterns)) or "none" for patterns in (old.patterns, new.patterns)]
        tightens, loosens = bool(new.patterns - old.patterns), bool(old.patterns - new.patterns)
        said = f": {CANNOT_TELL}" if tightens and loosens else ""
        what = f"pattern {shown[1]} instead of {shown[0]}{said}"
        yield Change(at, "pattern", what, tightens, loosens)
    if {"string", "number"} & families and old.formats != new.formats:
        tightens, loosens = bool(new.formats - old.formats), bool(old.formats - new.formats)
        if [*old.formats, *new.formats] == list(_INTEGER_FORMATS):
            tightens = False
        elif [*new.formats, *old.formats] == list(_INTEGER_FORMATS):
            loosens = False
        what = f"format changed from {', '.join(old.formats) or 'none'} to {', '.join(new.formats) or 'none'}"
        if not strict and (old.formats ^ new.formats) & _PYTHON_FORMATS:
            tightens = loosens = True
            what += ": another type in Python"
        yield Change(at, "format", what, tightens, loosens)
