"""The rules of a schema that bind several fields: conditions, choices and prohibitions.

A rule of one schema is implied by the other where the other has a rule at least as strict, or says the same without a
condition. A new rule that the old schema does not imply tightens; an old one that the new schema does not imply was
loosened. A change of both kinds that no pair of rules explains is reported as such, and counts as both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from spec.locations import DATA, NAMED, Place, below, follow, is_list, is_mapping
from spec.navigate import Node, mapping, sequence
from specdiff.canonical import Clause, Schema, Sub, key_of, meet
from specdiff.canonicalize import ANNOTATIONS, Document
from specdiff.change import CANNOT_TELL, Change, SchemaComparison, show

_NAMES = {"not": "what is forbidden", "any": "the alternatives", "raw": "a rule"}
_TIGHTER = {"not": "more is forbidden", "any": "alternatives are asked for", "raw": "a rule was added"}
_LOOSER = {"not": "less is forbidden", "any": "alternatives are no longer asked for", "raw": "a rule was dropped"}


def clause_changes(comparison: SchemaComparison, old: tuple[Sub, Schema], new: tuple[Sub, Schema]) -> Iterator[Change]:
    """The differences between the rules of two schemas."""
    flipped = comparison.sibling(flip=True)
    tighter = [clause for clause in new[1].clauses if not _implied(comparison, clause, old)]
    looser = [clause for clause in old[1].clauses if not _implied(flipped, clause, new)]
    for kind in ("when", "unless"):
        yield from _rule_changes(comparison, kind, (old[1], looser), (new[1], tighter))
    yield from _choice_changes(comparison, (old[1], looser), (new[1], tighter))
    for kind in ("not", "raw"):
        yield from _other_changes(kind, _of(kind, looser), _of(kind, tighter))


def _of(kind: str, clauses: list[Clause] | tuple[Clause, ...]) -> list[Clause]:
    return [clause for clause in clauses if clause.kind == kind]


def _implied(comparison: SchemaComparison, clause: Clause, base: tuple[Sub, Schema]) -> bool:
    """Whether a rule of the new schema refuses nothing that is valid under the old one."""
    sub, schema = base
    concerned = meet(clause.guard, schema.types)
    if not concerned:
        return True
    for other in _of(clause.kind, schema.clauses):
        if meet(concerned, other.guard) == concerned and _follows(comparison, other, clause):
            return True
    return clause.kind not in ("not", "raw") and any(comparison.covers(sub, part) for part in clause.parts)


def _follows(comparison: SchemaComparison, have: Clause, want: Clause) -> bool:
    flipped = comparison.sibling(flip=True)
    if want.kind == "not":
        return flipped.covers(want.parts[0], have.parts[0])
    if want.kind == "raw":
        return _same(comparison, have.parts[0][0], want.parts[0][0], set())
    if want.kind == "when" and not flipped.covers(want.condition, have.condition):
        return False
    if want.kind == "unless" and not comparison.covers(have.condition, want.condition):
        return False
    return all(any(comparison.covers(one, other) for other in want.parts) for one in have.parts)


def _rule_changes(
    comparison: SchemaComparison, kind: str, old: tuple[Schema, list[Clause]], new: tuple[Schema, list[Clause]]
) -> Iterator[Change]:
    flipped = comparison.sibling(flip=True)
    was, now = _of(kind, old[1]), _of(kind, new[1])
    if not was and not now:
        return
    paired: list[Clause] = []
    for one in _of(kind, old[0].clauses):
        for other in _of(kind, new[0].clauses):
            same = comparison.covers(one.condition, other.condition) and flipped.covers(other.condition, one.condition)
            if same and (one in was or other in now):
                paired += [one, other]
                for change in _consequences(comparison, one, other):
                    yield replace(
                        change, tightens=change.tightens and other in now, loosens=change.loosens and one in was
                    )
    was, now = ([clause for clause in clauses if clause not in paired] for clauses in (was, now))
    if was and now:
        said = _words(comparison.new, kind, now[0])
        yield Change(now[0].at, "rule", f"the rule {said} {CANNOT_TELL}", tightens=True, loosens=True)
        return
    for clause in was:
        yield from _consequences(comparison, clause, None)
    for clause in now:
        yield from _consequences(comparison, None, clause)


def _consequences(comparison: SchemaComparison, old: Clause | None, new: Clause | None) -> Iterator[Change]:
    """What a rule asks for, before and after."""
    document, clause = (comparison.new, new) if new else (comparison.old, old)
    assert clause is not None  # noqa: S101 - one of the two is given
    said = _words(document, clause.kind, clause)
    parts = [side.parts[0] if side else () for side in (old, new)]
    changes = comparison.sibling(flip=False).changes(parts[0], parts[1], clause.at)
    explained = {(change.at, change.tightens, change.loosens) for change in changes if change.kind != "type"}
    for change in changes:
        # A rule repeats the type of the field it is about, mostly; then what else it says is enough.
        if change.kind != "type" or (change.at, change.tightens, change.loosens) not in explained:
            yield replace(change, kind="rule", what=f"{said}: {change.what}")


def _words(document: Document, kind: str, clause: Clause) -> str:
    """The condition in words, as far as it speaks of fields and their values."""
    node = follow(document.spec, clause.condition[0]).keys
    said: list[str] = []
    for name, schema in mapping(node.get("properties")).items():
        values = document.schema((Place(schema, clause.condition[0].pointer),)).values.values()
        listed = [show(value) for of_type in values for value in of_type.values()]
        said.append(
            f"{name} is {' or '.join(listed)}" if listed else f"{name} is as {clause.condition[0].pointer} says"
        )
    said += [
        f"{name} is given" for name in sequence(node.get("required")) if name not in mapping(node.get("properties"))
    ]
    return f"{kind} {' and '.join(said) or f'{clause.condition[0].pointer} holds'}"


def _choice_changes(
    comparison: SchemaComparison, old: tuple[Schema, list[Clause]], new: tuple[Schema, list[Clause]]
) -> Iterator[Change]:
    """The changes of the alternatives, one by one if they can be paired."""
    was, now = _of("any", old[0].clauses), _of("any", new[0].clauses)
    looser, tighter = _of("any", old[1]), _of("any", new[1])
    if len(was) != 1 or len(now) != 1:
        yield from _other_changes("any", looser, tighter)
    elif len(was[0].parts) == len(now[0].parts) and (looser or tighter):
        for index, (one, other) in enumerate(zip(was[0].parts, now[0].parts, strict=True)):
            for change in comparison.changes(one, other, below(now[0].at, str(index))):
                yield replace(
                    change, tightens=change.tightens and bool(tighter), loosens=change.loosens and bool(looser)
                )
    elif looser or tighter:
        what = f"the alternatives changed from {_shown(was[0])} to {_shown(now[0])}"
        yield Change(now[0].at, "rule", what, bool(tighter), bool(looser))


def _other_changes(kind: str, was: list[Clause], now: list[Clause]) -> Iterator[Change]:
    if was and now:
        yield Change(now[0].at, "rule", f"{_NAMES[kind]} {CANNOT_TELL}", tightens=True, loosens=True)
        return
    for clause in now:
        yield Change(clause.at, "rule", f"{_TIGHTER[kind]}: {_shown(clause)}", tightens=True)
    for clause in was:
        yield Change(clause.at, "rule", f"{_LOOSER[kind]}: {_shown(clause)}", loosens=True)


def _shown(clause: Clause) -> str:
    return " or ".join(show(place.node) for part in clause.parts for place in part)


def _same(comparison: SchemaComparison, old: Place, new: Place, seen: set[Any], *, named: bool = False) -> bool:
    """Whether two nodes say the same, word for word, apart from documentation and from what components are called."""
    one, other = (_bare(place.node, named=named) for place in (old, new))
    if is_mapping(one) and is_mapping(other):
        one, other = mapping(one), mapping(other)
        if not named and (set(one) == {"$ref"} or set(other) == {"$ref"}):
            key = (id(old.node), id(new.node))
            if key in seen:
                return True
            targets = follow(comparison.old.spec, old), follow(comparison.new.spec, new)
            return _same(comparison, *targets, seen | {key})
        if set(one) != set(other):
            return False
        return all(
            bool(key_of(one[key]) == key_of(other[key]))
            if key in DATA and not named
            else _same(comparison, old.at(key), new.at(key), seen, named=key in NAMED and not named)
            for key in one
        )
    if is_list(one) and is_list(other):
        pair = sequence(one), sequence(other)
        if all(not is_mapping(value) and not is_list(value) for values in pair for value in values):
            return sorted(repr(key_of(v)) for v in pair[0]) == sorted(repr(key_of(v)) for v in pair[1])
        return len(pair[0]) == len(pair[1]) and all(
            _same(comparison, Place(a, old.pointer), Place(b, new.pointer), seen) for a, b in zip(*pair, strict=True)
        )
    return bool(key_of(one) == key_of(other))


def _bare(node: Any, *, named: bool) -> Node | Any:
    if is_mapping(node) and not named:
        return {key: value for key, value in mapping(node).items() if key not in ANNOTATIONS}
    return node
