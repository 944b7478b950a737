"""Write findings for people (text, Markdown) and for programs (JSON)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

from specdiff.finding import Finding, advice, next_version

FORMATS = ("text", "markdown", "json")


def report(findings: list[Finding], old: str, new: str, form: str) -> str:
    """The findings and what they ask for, given the versions of both specs."""
    writers: dict[str, Callable[[list[Finding], str, str], str]] = {"json": _json, "markdown": _markdown, "text": _text}
    return writers[form](findings, old, new)


def summary(findings: list[Finding], old: str) -> str:
    """What the next version has to be, and why, in a sentence."""
    wanted, breaking = advice(findings), sum(finding.breaking for finding in findings)
    if not findings:
        return "No difference."
    lowest = next_version(old, wanted)
    said = f"{len(findings)} finding{'s' * (len(findings) > 1)}, {breaking} breaking. Advice: {wanted}"
    if lowest is None:
        return f"{said}."
    zero = {"major": "the second number is raised for what breaks", "minor": "the third number is raised for additions"}
    why = f" (before 1.0.0, {zero[wanted]})" if old.startswith("0.") and wanted in zero else ""
    return f"{said}: after {old} comes {lowest} or higher{why}."


def _json(findings: list[Finding], old: str, new: str) -> str:
    wanted = advice(findings)
    return json.dumps(
        {
            "old_version": old,
            "new_version": new,
            "breaking": any(finding.breaking for finding in findings),
            "advice": wanted,
            "next_version": next_version(old, wanted),
            "findings": [asdict(finding) for finding in findings],
        },
        ensure_ascii=False,
        indent=2,
    )


def _text(findings: list[Finding], old: str, _new: str) -> str:
    return "\n".join([*(line for finding in findings for line in _lines(finding)), summary(findings, old)])


def _lines(finding: Finding) -> Iterator[str]:
    yield f"{finding.location}: {finding.what}"
    operations = f"; in {', '.join(finding.operations)}" if finding.operations else ""
    yield f"    {_verdict(finding)}; {finding.concerns}; {finding.advice}{operations}"


def _verdict(finding: Finding) -> str:
    if finding.breaking:
        return f"BREAKING for {'callers and readers' if finding.breaks == 'both' else finding.breaks}"
    return "not breaking"


def _markdown(findings: list[Finding], old: str, new: str) -> str:
    lines = [f"# What changed from {_cell(old)} to {_cell(new)}", "", _cell(summary(findings, old))]
    if findings:
        lines += ["", "| Where | What | Breaking for | Advice | Operations |", "|---|---|---|---|---|"]
    for finding in findings:
        who = finding.breaks if finding.breaking else "nobody"
        cells = (f"`{finding.location}`", finding.what, who, finding.advice, ", ".join(finding.operations))
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
