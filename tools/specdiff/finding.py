"""What is reported: a finding for each place, with whom it breaks and what version it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from specdiff.change import Change

ADVICE = ("none", "patch", "minor", "major")
_WHO = {"requests": "callers", "responses": "readers", "operation": "callers"}
_DOCUMENTATION = frozenset({"documentation", "version"})
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class Finding:
    """A difference between two specs that a person should know of.

    `concerns` is `requests`, `responses`, `operation`, `python` or `document`; `breaks` names whom it breaks: `callers`
    (who send), `readers` (who read responses), `both` or `nobody`. A finding may name readers without being breaking:
    then it matters to some of them, and says to which.
    """

    location: str
    kind: str
    what: str
    concerns: str
    breaking: bool = False
    breaks: str = "nobody"
    advice: str = "minor"
    operations: tuple[str, ...] = ()


def finding_of(change: Change, concerns: str, operation: str | None = None) -> Finding:
    """What a change of a schema is to those who send it, or to those who read it."""
    operations = (operation,) if operation else ()
    place = Finding(change.at, change.kind, change.what, concerns, operations=operations)
    if change.kind in _DOCUMENTATION:
        return replace(place, concerns="document", advice="patch")
    if concerns == "responses" and change.kind == "value-added":
        what = f"new value in responses: {change.what}; only readers who match exhaustively have to look"
        return replace(place, what=what, breaks="readers")
    if concerns == "responses" and change.kind == "value-removed":
        what = f"{change.what}: the member of the Python enum is gone"
        return replace(place, what=what, breaking=True, breaks="readers", advice="major")
    if change.loosens if concerns == "responses" else change.tightens:
        return replace(place, breaking=True, breaks=_WHO[concerns], advice="major")
    return place


def grouped(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, with all operations it concerns; what breaks comes first."""
    found: dict[Finding, tuple[str, ...]] = {}
    for finding in findings:
        key = replace(finding, operations=())
        found[key] = tuple(dict.fromkeys((*found.get(key, ()), *finding.operations)))
    merged = [replace(finding, operations=operations) for finding, operations in found.items()]
    return sorted(merged, key=lambda finding: -ADVICE.index(finding.advice))


def advice(findings: Iterable[Finding]) -> str:
    """What the findings ask for together: `major`, `minor`, `patch` or `none`."""
    return ADVICE[max((ADVICE.index(finding.advice) for finding in findings), default=0)]


def next_version(old: str, wanted: str) -> str | None:
    """The lowest version that may follow; None where the old one is no `X.Y.Z`.

    Before 1.0.0 a breaking change raises the second number, and everything else the third.
    """
    numbers = _VERSION.fullmatch(old)
    if numbers is None:
        return None
    major, minor, patch = map(int, numbers.groups())
    if wanted == "none":
        return old
    if wanted == "major":
        return f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"
    if wanted == "minor" and major:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def is_raised(old: str, new: str, wanted: str) -> bool:
    """Whether the new version follows the old one as the findings ask for."""
    lowest = next_version(old, wanted)
    numbers = [_VERSION.fullmatch(version) for version in (lowest or "", new)]
    if not numbers[0] or not numbers[1]:
        return False
    return tuple(map(int, numbers[1].groups())) >= tuple(map(int, numbers[0].groups()))
