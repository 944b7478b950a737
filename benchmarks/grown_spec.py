"""Measure regeneration and imports with a spec as large as the upstream SDK's whole API, by running this file.

The spec is openapi.yaml with more resources, made here and stored nowhere. Everything runs in a scratch copy of the
project and without warm caches; CPU is that of all processes together. `--write FOLDER` only makes the scratch copy.

The growth of an import is the time that `python -X importtime` counts for the modules of this project, from bytecode as
an installed package has it. It is the difference between the least times of many runs, old and grown in turns: all that
disturbs a run makes it longer.
"""

import argparse
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
OPERATIONS, SCHEMAS = 97, 211
IMPORT_ROUNDS = 40
PACKAGES = ("anyscale_sessions", "anyscale_sessions_api")
SAID = re.compile(r"generated in ([\d.]+) s of CPU, checked in ([\d.]+) s")
PACKAGE_CODE = "import anyscale_sessions"
CLIENT_CODE = "from anyscale_sessions import CreateSession, SessionsClient"
Spec = dict[str, Any]


class Growth(NamedTuple):
    """What the grown spec costs: seconds of CPU, and milliseconds that an import takes more than today."""

    generated_s: float
    checked_s: float
    package_ms: float
    client_ms: float


def grown(spec: Spec, operations: int = OPERATIONS, schemas: int = SCHEMAS) -> Spec:
    """The spec with as many operations and schemas, all of them used."""
    spec = copy.deepcopy(spec)
    number = 0
    while (missing := operations - _count_of_operations(spec)) > 0:
        number += 1
        _add_resource(spec, f"Gadget{_letters(number)}", missing)
    spread = [name for name in spec["components"]["schemas"] if name.startswith("Gadget") and name.endswith("Details")]
    for position in range(schemas - len(spec["components"]["schemas"])):
        holder, name = spread[position % len(spread)], f"GadgetPart{_letters(position + 1)}"
        spec["components"]["schemas"][name] = _object(
            "A part of a gadget.", ["id"], id={"type": "string"}, weight={"type": "number"}, made={"$ref": _DATE}
        )
        spec["components"]["schemas"][holder]["properties"][f"part_{position}"] = _nullable(name)
    return spec


_DATE = "#/components/schemas/GadgetMoment"


def _add_resource(spec: Spec, name: str, most: int) -> None:
    """Add a resource with the usual operations, and `most` operations at the most."""
    path, snake = f"/{name.lower()}s/", name.lower()
    schemas = spec["components"]["schemas"]
    schemas.setdefault("GadgetMoment", {"description": "A moment.", "type": "string", "format": "date-time"})
    schemas[f"{name}State"] = {"description": f"The state of a {name}.", "type": "string", "enum": ["ON", "OFF"]}
    schemas[f"{name}Details"] = _object("What else is known.", [], text={"type": ["string", "null"]})
    common: dict[str, Any] = {
        "name": {"description": "The name.", "type": "string", "minLength": 1, "maxLength": 80},
        "size": {"description": "The size.", "type": "integer", "minimum": 0, "default": 3},
        "labels": {"description": "The labels.", "type": "array", "items": {"type": "string"}},
        "secret": {"description": "A secret.", "type": "string", "format": "password"},
    }
    schemas[f"Create{name}"] = _object(f"What to create a {name} from.", ["name"], **copy.deepcopy(common))
    schemas[f"Create{name}"]["additionalProperties"] = False
    state = {"$ref": f"#/components/schemas/{name}State"}
    details, moment = _nullable(f"{name}Details"), {"$ref": _DATE}
    schemas[name] = _object(
        f"A {name}.",
        ["id", "name", "state"],
        id={"type": "string"},
        state=state,
        details=details,
        made=moment,
        **common,
    )
    schemas[f"{name}Response"] = _object("One.", ["result"], result={"$ref": f"#/components/schemas/{name}"})
    schemas[f"{name}ListResponse"] = _object(
        "A page.",
        ["results"],
        results={"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
        metadata=_nullable("ListResponseMetadata"),
    )
    body = {"required": True, "content": _json(f"Create{name}")}
    identifier = {"name": "gadget_id", "in": "path", "required": True, "schema": {"type": "string"}}
    one = _success(f"{name}Response")
    paging = [{"$ref": f"#/components/parameters/{each}"} for each in ("PagingToken", "Count")]
    made: list[tuple[str, str, str, dict[str, Any]]] = [
        (path, "post", f"create_{snake}", {"requestBody": body, "responses": one}),
        (path, "get", f"list_{snake}s", {"parameters": paging, "responses": _success(f"{name}ListResponse")}),
        (f"{path}{{gadget_id}}", "get", f"get_{snake}", {"parameters": [identifier], "responses": one}),
        (
            f"{path}{{gadget_id}}",
            "put",
            f"update_{snake}",
            {"parameters": [identifier], "requestBody": body, "responses": one},
        ),
        (
            f"{path}{{gadget_id}}",
            "delete",
            f"delete_{snake}",
            {"parameters": [identifier], "responses": {"204": {"description": "Done."}}},
        ),
    ]
    for where, method, operation_id, rest in made[:most]:
        spec["paths"].setdefault(where, {})[method] = {
            "operationId": operation_id,
            "tags": [f"{snake}s"],
            "summary": f"Call {operation_id}",
            "description": "Does what its name says.",
            **copy.deepcopy(rest),
        }
    spec["tags"].append({"name": f"{snake}s", "description": f"All about a {name}."})


def _object(description: str, required: list[str], **properties: Any) -> Spec:
    found: Spec = {"description": description, "type": "object", "properties": properties}
    return found | ({"required": required} if required else {})


def _nullable(name: str) -> Spec:
    return {"description": f"The {name}.", "anyOf": [{"$ref": f"#/components/schemas/{name}"}, {"type": "null"}]}


def _json(name: str) -> Spec:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _success(name: str) -> Spec:
    return {"200": {"description": "Done.", "content": _json(name)}}


def _count_of_operations(spec: Spec) -> int:
    return sum(
        "operationId" in each for item in spec["paths"].values() for each in item.values() if isinstance(each, dict)
    )


def _letters(number: int) -> str:
    """1 as `A`, 27 as `Aa`: a part of a class name without digits."""
    rest, last = divmod(number - 1, 26)
    return (_letters(rest) if rest else "") + (chr(97 + last) if rest else chr(65 + last))


def scratch(folder: Path) -> Path:
    """A copy of what the package is made of, with the grown spec; not generated yet."""
    for name in ("generator-config.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("templates", "generated", "overrides"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    yaml: Any = YAML(typ="safe", pure=True)
    spec: Spec = yaml.load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    (folder / "openapi.yaml").write_text(json.dumps(grown(spec), ensure_ascii=False, indent=1), encoding="utf-8")
    return folder


def measured() -> Growth:
    """Regenerate in a scratch copy, and import from there and from here in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = scratch(Path(name))
        command = [sys.executable, str(ROOT / "tools" / "regenerate.py"), "--root", str(folder)]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        said = SAID.search(finished.stdout)
        if finished.returncode or said is None:
            raise LookupError(f"the grown spec was not regenerated: {finished.stderr or finished.stdout}")
        package, client = (import_growth_ms(folder, code) for code in (PACKAGE_CODE, CLIENT_CODE))
    return Growth(float(said[1]), float(said[2]), package, client)


def import_growth_ms(folder: Path, code: str, rounds: int = IMPORT_ROUNDS) -> float:
    """How much longer the code imports from a folder with the grown package than from here."""
    times: dict[Path, list[float]] = {ROOT: [], folder: []}
    with tempfile.TemporaryDirectory() as bytecode:
        for number in range(rounds + 1):
            for root, taken in times.items():
                took_ms = import_ms(root, code, bytecode)
                if number:  # the first one compiles
                    taken.append(took_ms)
    return min(times[folder]) - min(times[ROOT])


def import_ms(root: Path, code: str, bytecode: str) -> float:
    """The time that the modules of this project take themselves; that of other libraries is left out."""
    path = os.pathsep.join(str(root / source) for source in ("generated", "overrides"))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-X", "importtime", "-c", code]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    lines = [line.removeprefix("import time:").split("|") for line in finished.stderr.splitlines() if "|" in line]
    own = [int(itself) for itself, _, name in lines if name.strip().partition(".")[0] in PACKAGES]
    return sum(own) / 1e3


def main() -> None:
    """Print the figures, or make the scratch copy."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", type=Path, help="make the scratch copy in this empty folder, and measure nothing")
    folder: Path | None = parser.parse_args().write
    if folder is not None:
        print(scratch(folder))
        return
    growth = measured()
    print(f"{OPERATIONS} operations and {SCHEMAS} schemas:")
    print(f"generated in {growth.generated_s:.1f} s of CPU, checked in {growth.checked_s:.1f} s")
    print(f"import anyscale_sessions: {growth.package_ms:+.2f} ms")
    print(f"import the client with CreateSession: {growth.client_ms:+.2f} ms")


if __name__ == "__main__":
    main()
