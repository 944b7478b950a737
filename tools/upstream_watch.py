"""Say what openapi.yaml lacks of the newest upstream SDK, has beyond it, or has otherwise: `tox -e upstream-watch`.

The package `anyscale` is downloaded from the index, and its modules are read without importing them. Newer releases
drop operations on sessions one by one, so older releases are read for what the newest one no longer has.
tools/upstream_differences.toml lists these releases, and the differences that are meant, each with its reason.

Exit status: 0 where nothing else differs, 1 where something does, 2 where the comparison is not possible.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from spec.openapi_30 import in_31
from spec.yaml_file import RegenerationError, read_yaml
from upstream.differences import differences
from upstream.known import UnreadableKnowledge, problems, read_known
from upstream.release import Release, UnreadableRelease, read_release

ROOT = Path(__file__).resolve().parent.parent
DIFFERENCES = "tools/upstream_differences.toml"
DOWNLOAD_TIMEOUT_SECONDS = 300


class DownloadError(Exception):
    """The index does not give the package; the message says what pip reported."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder (default: this one)")
    root: Path = parser.parse_args(arguments).root.resolve()
    try:
        spec, known = in_31(read_yaml(root / "openapi.yaml"))[0], read_known(root / DIFFERENCES)
        releases = [downloaded(version) for version in (None, *known.releases)]
        found = list(differences(spec, releases))
    except (RegenerationError, UnreadableKnowledge, UnreadableRelease, DownloadError) as error:
        print(*(f"upstream-watch: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
        return 2
    versions = ", ".join(release.version for release in releases)
    lines = problems(found, known)
    print(*lines, sep="\n", end="\n" if lines else "")
    print(f"compared with anyscale {versions}: {len(lines)} new differences, {len(known.reasons)} known")
    if lines:
        print(f"change openapi.yaml, or add an entry with the reason to {DIFFERENCES}")
    return 1 if lines else 0


def downloaded(version: str | None) -> Release:
    """A release from the index that pip is configured for; the newest one where no version is given.

    Raises:
        DownloadError: there is no such wheel, or the index cannot be reached.
        UnreadableRelease: the wheel does not have the known form.
    """
    wanted = "anyscale" if version is None else f"anyscale=={version}"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", folder, wanted]
        try:
            finished = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=DOWNLOAD_TIMEOUT_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise DownloadError(f"{wanted} was not downloaded within {DOWNLOAD_TIMEOUT_SECONDS} s") from None
        wheels = sorted(Path(folder).glob("*.whl"))
        if finished.returncode or not wheels:
            last = (finished.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
            raise DownloadError(f"{wanted} cannot be downloaded: {last}")
        return read_release(wheels[0])


if __name__ == "__main__":
    sys.exit(main())
