"""Say what a change of the spec breaks, and for whom: `spec_diff.py OLD NEW`.

Meanings are compared, not texts: references are followed, and a rule may be written in any way. What callers send may
be asked for less, never more; what readers get may be promised more, never less. Exit status: 0 when nothing breaks,
1 when something does, 2 when a spec cannot be used.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from spec.locations import Unusable, read_spec
from spec.navigate import Node
from specdiff.canonicalize import Document
from specdiff.finding import Finding, advice, grouped, is_raised
from specdiff.operations import operation_findings
from specdiff.report import FORMATS, report
from specdiff.schemas import Comparison
from specdiff.surface import document_findings, surface_findings, version_findings


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("old", type=Path, help="the spec as it was")
    parser.add_argument("new", type=Path, help="the spec as it is")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to write the findings (default: text)")
    parser.add_argument(
        "--accept-raised-version",
        action="store_true",
        help="breaking is no failure where info.version is raised as the findings ask",
    )
    options = parser.parse_args(arguments)
    try:
        old, new = read_spec(options.old), read_spec(options.new)
        findings = differences(old, new)
    except Unusable as error:
        print(*(f"spec_diff: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
        return 2
    versions: tuple[str, str] = (old["info"]["version"], new["info"]["version"])
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")  # the terminal may know fewer letters
    print(report(findings, *versions, options.format))
    breaking = any(finding.breaking for finding in findings)
    accepted = options.accept_raised_version and is_raised(*versions, advice(findings))
    return 1 if breaking and not accepted else 0


def differences(old: Node, new: Node, more: Iterable[Finding] = ()) -> list[Finding]:
    """All findings, the breaking ones first, with those found elsewhere; together they decide the version.

    Raises:
        Unusable: a schema cannot be understood.
    """
    comparison = Comparison(Document(old), Document(new))
    findings = [*operation_findings(comparison), *surface_findings(comparison), *document_findings(old, new)]
    findings = grouped([*findings, *more])
    return grouped([*findings, *version_findings(old, new, findings)])


if __name__ == "__main__":
    sys.exit(main())
