"""Why the faults of a sandbox did not hit a recorded request."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ..control.controls import Components
from ..faults.fault import Fault, Target
from ..faults.registry import Entry as FaultEntry
from ..journal import Entry
from ..spec import Document, Spec
from ..storage.store import SESSIONS
from .summaries import session_of

READS = frozenset({"search_sessions"})


def near_misses(components: Components, spec: Spec, entry: Entry) -> list[Document]:
    """For each fault that did not hit a request: its number, and the reasons, as far as they are known now."""
    if entry.operation is None or not entry.is_authenticated:
        return []
    call = _target(components, spec, entry)
    others = (fault for fault in components.faults.entries if str(fault.fault) != entry.fault)
    return [{"fault_id": fault.number, "reasons": [*_reasons(fault, call)]} for fault in others]


def _target(components: Components, spec: Spec, entry: Entry) -> Target:
    methods = {operation.id: operation.method for operation in spec.operations}
    session_id = session_of(entry)
    with components.backend.transaction() as transaction:
        session = transaction.store.find(SESSIONS, session_id) if session_id else None
    name = session["name"] if session else entry.value(("body", "name"))
    is_read = methods.get(entry.operation or "") == "GET" or entry.operation in READS
    return Target(entry.operation or "", is_read, session_id, name if isinstance(name, str) else None)


def _reasons(fault: FaultEntry, call: Target) -> Iterator[str]:
    selecting = [*_not_selecting(fault.fault, call)]
    yield from selecting
    if not fault.is_on:
        yield "It is switched off."
    if fault.is_used_up and fault.fault.times is not None:
        yield f"It was used up: times is {fault.fault.times}."
    elif fault.seen < fault.fault.nth:
        yield f"It hits the selected call number {fault.fault.nth} first, and there were {fault.seen}."
    if fault.fault.probability is not None:
        yield f"It hits selected calls at random: probability is {fault.fault.probability}."
    elif not selecting and fault.is_on and not fault.used:
        yield "It selects this request. It was added later, or another fault hit the request first."


def _not_selecting(fault: Fault, call: Target) -> Iterator[str]:
    """Why a fault does not select a call at all."""
    if fault.operation not in {None, call.operation}:
        yield f"Its operation is {fault.operation}, and the request was {call.operation}."
    if fault.session not in {None, call.session_id}:
        yield f"Its session is {fault.session}, and the request was for {call.session_id or 'no session'}."
    if fault.name is not None and not (call.name is not None and fnmatchcase(call.name, fault.name)):
        yield f"The name of the session does not match {fault.name}."
    if fault.kind == "stale" and not call.is_read:
        yield "A stale fault only hits reads, and the request was not one."
