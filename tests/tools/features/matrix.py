"""The table type of the feature matrix, and the runner that generates, type-checks and calls all its rows at once.

A row is a feature of OpenAPI with a fragment of a spec. The fragments of all rows that work are merged into one spec,
so that the whole table is generated once and checked by one run of mypy. The names in a fragment must therefore be its
own: prefix them.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from spec.lint import problems_of
from spec.openapi_30 import in_31

Spec = dict[str, Any]

RUNNER = Path(__file__).with_name("run_rows.py")
OVERRIDES = Path(__file__).resolve().parents[3] / "overrides"
# The options of `tox -e types` that matter for code of users.
MYPY = ("--strict", "--config-file=", "--no-error-summary", "--ignore-missing-imports", "--allow-subclassing-any")
MODULE = """\
from __future__ import annotations

import datetime as dt
import io
import uuid
from typing import assert_type

import anyscale_sessions as models
from anyscale_sessions import AsyncSessionsClient, SessionsClient


def sync_call(client: SessionsClient) -> None:
{sync_code}

async def async_call(client: AsyncSessionsClient) -> None:
{async_code}
"""


class Exchange(NamedTuple):
    """One request that the row must send, and the response that the canned server gives.

    Attributes:
        request: the method and the target: `GET /v0/pets/p1?limit=5`.
        sends: the JSON of the request's body, or its exact bytes, or `None` for no body.
        response: the JSON of the response's body, or its exact bytes, or `None` for no body.
        status: the status of the response.
        media_type: the Content-Type of the response.
        headers: headers that the request must have, among others, by their names in lower case.
    """

    request: str
    sends: Any = None
    response: Any = None
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] = {}


class Feature(NamedTuple):
    """A row of the matrix.

    Attributes:
        name: the feature, in a few words.
        spec: the fragment, in YAML: `paths` and `components`, and `openapi` where it is not 3.1. An
            operation without responses gets a plain 200.
        code: what a user writes, with `await` and `async for`; both are removed for the sync client. A value that the
            code appends to `made` survives JSON, a dict, a copy and a pickle.
        exchanges: the requests and responses, in order.
        refused: what the one line says where the feature is refused; empty where it works.
        why: why it is refused, or what to know of it, for docs/openapi-features.md.
    """

    name: str
    spec: str
    code: str = ""
    exchanges: tuple[Exchange, ...] = ()
    refused: str = ""
    why: str = ""

    @property
    def module(self) -> str:
        """The name of the module of the row."""
        return "row_" + "".join(letter if letter.isalnum() else "_" for letter in self.name.lower())


def echo(schema: str, *, sent: str | None = None) -> str:
    """The beginning of a fragment with one operation, which sends one schema and returns one; the schemas follow."""
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in schema).lstrip("_")
    return (
        f"""
        paths:
          /{words}:
            put:
              operationId: put_{words}
              tags: [features]
              requestBody:
                required: true
                content: {{application/json: {{schema: {{$ref: '#/components/schemas/{sent or schema}'}}}}}}
              responses:
                '200':
                  description: It.
                  content: {{application/json: {{schema: {{$ref: '#/components/schemas/{schema}'}}}}}}
        components:
          schemas:
    """.rstrip()
        + "\n"
    )


def fragment(feature: Feature) -> Spec:
    """The fragment of a row as data, in OpenAPI 3.1."""
    content, _ = _in_31(feature)
    return {key: value for key, value in content.items() if key != "openapi"}


def _in_31(feature: Feature) -> tuple[Spec, list[str]]:
    """The fragment in OpenAPI 3.1, and what cannot be rewritten; a fragment of 3.0 says so in `openapi`."""
    text = feature.spec
    if "\n        components:\n          schemas:\n" in text:  # what follows `echo` is indented as the code around it
        start, _, named = text.partition("\n        components:\n          schemas:\n")
        text = f"{start}\n        components:\n          schemas:\n{indent(dedent(named), ' ' * 12)}"
    return in_31(YAML(typ="safe", pure=True).load(dedent(text)) or {})


def merged(spec: Spec, features: Iterable[Feature]) -> Spec:
    """A spec with the fragments of these rows. Raises `ValueError` where two rows use one name."""
    spec = copy.deepcopy(spec)
    for feature in features:
        _merge(spec, fragment(feature), feature.name)
    return spec


def _merge(target: Spec, added: Spec, name: str) -> None:
    for key, value in added.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict) and not key.startswith("/"):
            _merge(target[key], value, name)
        elif isinstance(value, list) and isinstance(target.get(key), list):
            target[key] += value
        elif key in target and target[key] != value:
            raise ValueError(f"{name}: {key} is in another row as well")
        else:
            target[key] = copy.deepcopy(value)


def refusals(spec: Spec, feature: Feature) -> list[str]:
    """The lines that refuse a row."""
    return _in_31(feature)[1] or problems_of(merged(spec, [feature]))


def run(project: Any, spec: Spec, features: list[Feature]) -> dict[str, str]:
    """Generate all rows into a scratch project, check and run them: what is wrong with each, or an empty text."""
    project.write_spec(merged(spec, features))
    finished = project.run()
    if finished.returncode:
        raise AssertionError(finished.stdout + finished.stderr)
    rows = project.root / "rows"
    rows.mkdir()
    for feature in features:
        (rows / f"{feature.module}.py").write_text(_module_of(feature), encoding="utf-8")
    paths = [str(project.root / "generated"), str(OVERRIDES)]
    modules = [option for feature in features for option in ("-m", feature.module)]
    command = [sys.executable, "-m", "mypy", *MYPY, "-p", project.package.name, *modules]
    typed = _run(command, rows, {"MYPYPATH": os.pathsep.join([*paths, str(rows)])})
    table = [[feature.module, *(exchange._asdict() for exchange in feature.exchanges)] for feature in features]
    (rows / "rows.json").write_text(json.dumps(table, default=_as_json), encoding="utf-8")
    called = _run([sys.executable, str(RUNNER), str(rows)], rows, {"PYTHONPATH": os.pathsep.join([*paths, str(rows)])})
    if called.returncode:
        raise AssertionError(called.stdout + called.stderr)
    problems: dict[str, str] = json.loads(called.stdout.splitlines()[-1])
    for feature in features:
        lines = [line for line in typed.stdout.splitlines() if line.startswith(f"{feature.module}.py:")]
        problems[feature.module] = "\n".join([*lines, *filter(None, [problems[feature.module]])])
    if typed.returncode and not any(problems.values()):
        raise AssertionError(typed.stdout + typed.stderr)
    return problems


def _module_of(feature: Feature) -> str:
    code = "made: list[object] = []\n" + dedent(feature.code).strip() + "\n_check(made)\n"
    sync_code = code.replace("await ", "").replace("async for", "for").replace("async with", "with")
    text = MODULE.format(sync_code=indent(sync_code, "    "), async_code=indent(code, "    "))
    return text.replace("_check(made)", "check_made(made)").replace(
        "import anyscale_sessions as models\n",
        "import anyscale_sessions as models\nfrom run_rows import check_made, refused\n",
    )


def _run(command: list[str], folder: Path, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **more, "PYTHONDONTWRITEBYTECODE": "1"}
    (folder / RUNNER.name).write_bytes(RUNNER.read_bytes())
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _as_json(value: object) -> object:
    assert isinstance(value, bytes)
    return {"bytes": value.decode("latin-1")}
