"""tools/specdiff/finding.py: a change becomes a finding that says whom it breaks and which version it needs."""

from __future__ import annotations

import pytest

from specdiff.change import Change
from specdiff.finding import advice, finding_of, grouped, is_raised

TIGHTER = Change("#/a", "limit", "maximum tightened", tightens=True)
LOOSER = Change("#/a", "limit", "maximum loosened", loosens=True)


@pytest.mark.parametrize(
    ("change", "concerns", "breaks", "wanted"),
    [
        (TIGHTER, "requests", "callers", "major"),
        (TIGHTER, "responses", "nobody", "minor"),
        (LOOSER, "requests", "nobody", "minor"),
        (LOOSER, "responses", "readers", "major"),
        (Change("#/a", "documentation", "description changed"), "requests", "nobody", "patch"),
    ],
)
def test_change_breaks_those_whom_it_restricts(change: Change, concerns: str, breaks: str, wanted: str) -> None:
    """Requests break if less is accepted, responses break if more may come, and documentation breaks nothing."""
    finding = finding_of(change, concerns, "get_a")
    assert (finding.breaks, finding.advice, finding.breaking) == (breaks, wanted, breaks != "nobody")


def test_new_enum_value_in_responses_is_not_breaking() -> None:
    """A new value in responses concerns readers who match every value, but does not count as breaking."""
    finding = finding_of(Change("#/a", "value-added", "the value x was added", loosens=True), "responses")
    assert (finding.breaking, finding.breaks, finding.advice) == (False, "readers", "minor")


def test_equal_findings_are_merged_and_breaking_ones_come_first() -> None:
    """A finding of several operations is listed once with all of them, after those that ask for more."""
    findings = [
        finding_of(LOOSER, "requests", "a"),
        finding_of(TIGHTER, "requests", "a"),
        finding_of(LOOSER, "requests", "b"),
    ]
    merged = grouped(findings)
    assert [(finding.advice, finding.operations) for finding in merged] == [("major", ("a",)), ("minor", ("a", "b"))]
    assert advice(merged) == "major"
    assert advice([]) == "none"


@pytest.mark.parametrize(
    ("old", "new", "wanted", "is_enough"),
    [
        ("1.2.3", "2.0.0", "major", True),
        ("1.2.3", "1.3.0", "major", False),
        ("0.2.0", "0.3.0", "major", True),
        ("0.2.0", "0.2.1", "minor", True),
        ("0.2.0", "0.2.0", "none", True),
        ("0.2", "0.3.0", "minor", False),
        ("0.2.0", "0.3", "minor", False),
    ],
)
def test_version_must_be_raised_as_the_findings_ask(old: str, new: str, wanted: str, is_enough: bool) -> None:
    """A version is raised enough if it is at least the lowest that the advice allows; other forms never are."""
    assert is_raised(old, new, wanted) is is_enough
