"""tools/specdiff/report.py: findings are written for people and for programs."""

from __future__ import annotations

import json

import pytest

from specdiff.finding import Finding
from specdiff.report import report, summary

BREAKING = Finding("#/a", "limit", "a | <b>", "requests", True, "both", "major", ("get_a", "get_b"))
MINOR = Finding("#/b", "field-added", "b was added", "responses")


def test_text_has_two_lines_for_each_finding_and_a_summary() -> None:
    """The text names the place and the change, then whom it breaks, the advice and the operations."""
    assert report([BREAKING, MINOR], "1.0.0", "1.0.0", "text").splitlines() == [
        "#/a: a | <b>",
        "    BREAKING for callers and readers; requests; major; in get_a, get_b",
        "#/b: b was added",
        "    not breaking; responses; minor",
        "2 findings, 1 breaking. Advice: major: after 1.0.0 comes 2.0.0 or higher.",
    ]


def test_markdown_escapes_what_would_break_the_table() -> None:
    """A pipe, an angle bracket or a line end in a text does not end its cell."""
    lines = report([BREAKING], "1.0.0", "2.0.0", "markdown").splitlines()
    assert lines[0] == "# What changed from 1.0.0 to 2.0.0"
    assert lines[-1] == "| `#/a` | a \\| &lt;b> | both | major | get_a, get_b |"


def test_json_holds_everything() -> None:
    """The JSON document has the versions, the verdict and every field of each finding."""
    document = json.loads(report([MINOR], "1.0.0", "1.1.0", "json"))
    assert (document["breaking"], document["advice"], document["next_version"]) == (False, "minor", "1.1.0")
    assert document["findings"][0]["location"] == "#/b"


@pytest.mark.parametrize(
    ("findings", "version", "expected"),
    [
        ([], "1.0.0", "No difference."),
        ([MINOR], "1.x", "1 finding, 0 breaking. Advice: minor."),
        ([BREAKING], "0.2.0", "the second number is raised for what breaks)."),
        ([MINOR], "0.2.0", "the third number is raised for additions)."),
    ],
)
def test_summary_says_which_version_follows(findings: list[Finding], version: str, expected: str) -> None:
    """The summary counts the findings and names the next version, with the reason before 1.0.0."""
    assert summary(findings, version).endswith(expected)
