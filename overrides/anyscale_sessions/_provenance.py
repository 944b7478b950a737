"""What this package was made from: versions, and the hashes of the files that its generated code depends on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from .version import __version__

DISTRIBUTION = "anyscale-sessions"
UNKNOWN = "unknown"
_UNKNOWN = {
    "spec": {"version": UNKNOWN, "sha256": UNKNOWN},
    "config": {"sha256": UNKNOWN},
    "templates": {},
    "tools": {},
}


@frozen(kw_only=True)
class Provenance:
    """What a version of the package was made from. A hash is the SHA-256 of a file's bytes, in hexadecimal.

    Without the data files of the package, which a frozen application may leave out, only the version is known. A text
    is then "unknown", and a mapping is empty.

    Attributes:
        version: the version of the package.
        spec_version: the version that openapi.yaml gives itself.
        spec_sha256: the hash of openapi.yaml.
        config_sha256: the hash of generator-config.yml.
        templates: the hashes of the files in templates/, by file name.
        tools: the versions of the tools that generated the code, by their names on PyPI.
    """

    version: str
    spec_version: str
    spec_sha256: str
    config_sha256: str
    templates: Mapping[str, str] = field(repr=False, hash=False)
    tools: Mapping[str, str] = field(repr=lambda tools: repr(dict(tools)), hash=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Provenance:
        """The provenance that `to_dict` returned, in this version or another."""
        return cls(
            version=data["version"],
            spec_version=data["spec"]["version"],
            spec_sha256=data["spec"]["sha256"],
            config_sha256=data["config"]["sha256"],
            templates=MappingProxyType(dict(data["templates"])),
            tools=MappingProxyType(dict(data["tools"])),
        )

    def to_dict(self) -> dict[str, Any]:
        """The provenance as data for JSON, as `anyscale-sessions --version --output json` prints it."""
        return {
            "name": DISTRIBUTION,
            "version": self.version,
            "spec": {"version": self.spec_version, "sha256": self.spec_sha256},
            "config": {"sha256": self.config_sha256},
            "templates": dict(self.templates),
            "tools": dict(self.tools),
        }

    def __reduce__(self) -> tuple[Callable[[Mapping[str, Any]], Provenance], tuple[dict[str, Any]]]:
        """Copy and pickle through `to_dict`, because a read-only mapping can be neither copied nor pickled."""
        return Provenance.from_dict, (self.to_dict(),)


def _read() -> Provenance:
    try:
        content = json.loads(files("anyscale_sessions_api").joinpath("provenance.json").read_bytes())
    except OSError:  # for example in a frozen application without data files
        content = {}
    return Provenance.from_dict({"version": __version__, **_UNKNOWN, **content})


provenance = _read()
