"""Write sbom.cdx.json, the bill of materials in the wheel (PEP 770), or `--check` that it is up to date."""
# pyright does not understand the class decorators of cyclonedx-python-lib.
# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement

ROOT, DOCUMENT = Path(__file__).resolve().parent.parent, "sbom.cdx.json"
# The file of another project in the wheel: preact/standalone.module.js of htm, which contains Preact.
VENDORED = "sandbox/anyscale_sessions_sandbox/page/assets/vendor/htm-preact.js"
VENDORED_SHA256 = "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7"
# The release of htm does not say which version of Preact it contains.
VENDORED_PACKAGES = (("htm", "3.1.1", "Apache-2.0"), ("preact", None, "MIT"))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exit with 1 if `--check` finds the document out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the document is out of date")
    options = parser.parse_args(arguments)
    path, text = ROOT / DOCUMENT, document_of(ROOT)
    if not options.check:
        path.write_text(text, encoding="utf-8")
    elif not path.is_file() or path.read_text(encoding="utf-8") != text:
        sys.exit(f"sbom: {DOCUMENT} is out of date; run: python tools/sbom.py")


def document_of(root: Path) -> str:
    """The document for the project in this folder; without serial number and timestamp, so that it is reproducible."""
    about = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = (root / "overrides/anyscale_sessions/version.py").read_text(encoding="utf-8").split('"')[-2]
    provenance = json.loads((root / "generated/anyscale_sessions_api/provenance.json").read_text(encoding="utf-8"))
    bom, purl = Bom(), PackageURL("pypi", None, about["name"], version)
    bom.metadata.component = package = Component(name=about["name"], version=version, purl=purl, bom_ref=str(purl))
    package.licenses.add(LicenseFactory().make_from_string(about["license"]))
    for tool, pinned in provenance["tools"].items():
        bom.metadata.tools.components.add(Component(name=tool, version=pinned, type=ComponentType.APPLICATION))
    for extra, requirements in {"": about["dependencies"], **about["optional-dependencies"]}.items():
        scope = ComponentScope.OPTIONAL if extra else ComponentScope.REQUIRED
        for requirement in map(Requirement, requirements):
            name, purl = requirement.name, PackageURL("pypi", None, requirement.name)
            part = Component(name=name, scope=scope, purl=purl, bom_ref=f"{purl}[{extra}]".removesuffix("[]"))
            part.properties.add(Property(name="python:requirement", value=str(requirement)))
            bom.components.add(part)
    for name, release, licence in VENDORED_PACKAGES:
        purl = PackageURL("npm", None, name, release)
        part = Component(name=name, version=release, scope=ComponentScope.OPTIONAL, purl=purl, bom_ref=str(purl))
        part.licenses.add(LicenseFactory().make_from_string(licence))
        part.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=VENDORED_SHA256))
        part.properties.add(Property(name="vendored:file", value=VENDORED.removeprefix("sandbox/")))
        bom.components.add(part)
    bom.register_dependency(package, bom.components)
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    del document["serialNumber"], document["metadata"]["timestamp"]
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    main()
