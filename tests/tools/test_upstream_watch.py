"""tools/upstream_watch.py: the newest SDK is downloaded with pip and compared with openapi.yaml."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import upstream_watch

SOURCES = "anyscale/sdk/anyscale_client"
STATE = 'class SessionState(object):\n    STOPPED = "Stopped"\n    allowable_values = [STOPPED{more}]\n'
MODEL = """
class Session(object):
    openapi_types = {'state': 'SessionState'}
    attribute_map = {'state': 'state'}
    def __init__(self, state=None):
        pass
"""
API = """
class DefaultApi(object):
    def get_session_with_http_info(self, **kwargs):
        return self.api_client.call_api('/sessions/', 'GET', response_type=None)
"""
SPEC = {
    "paths": {"/sessions/": {"get": {"operationId": "get_session", "responses": {}}}},
    "components": {
        "schemas": {
            "Session": {"type": "object", "properties": {"state": {"$ref": "#/components/schemas/SessionState"}}},
            "SessionState": {"enum": ["Stopped"]},
        }
    },
}


class Index:
    """A project and a folder of wheels that pip takes for the index."""

    def __init__(self, root: Path) -> None:
        self.root, self.wheels = root, root / "wheels"
        self.wheels.mkdir()
        (root / "tools").mkdir()
        self.write_spec(SPEC)
        self.write_known("")

    def write_spec(self, spec: Any) -> None:
        """Make this the spec."""
        (self.root / "openapi.yaml").write_text(json.dumps(spec), encoding="utf-8")

    def write_known(self, text: str) -> None:
        """Make this the file of known differences."""
        (self.root / "tools" / "upstream_differences.toml").write_text(text, encoding="utf-8")

    def add(self, version: str, more: str = "") -> None:
        """Add a release, whose SessionState has more values than one."""
        with zipfile.ZipFile(self.wheels / f"anyscale-{version}-py3-none-any.whl", "w") as files:
            files.writestr(f"{SOURCES}/models/session.py", MODEL)
            files.writestr(f"{SOURCES}/models/session_state.py", STATE.replace("{more}", more))
            files.writestr(f"{SOURCES}/api/default_api.py", API)
            folder = f"anyscale-{version}.dist-info"
            files.writestr(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: anyscale\nVersion: {version}\n")
            files.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            files.writestr(f"{folder}/RECORD", "")

    def watch(self) -> int:
        """Run the program."""
        return upstream_watch.main(["--root", str(self.root)])


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """An index that holds nothing yet."""
    index = Index(tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.wheels))
    return index


def test_newest_release_without_difference_is_reported(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    """The newest release of the index is compared; where nothing differs, the exit status is 0."""
    index.add("1.0.0", ', "Old"')
    index.add("1.10.0")
    assert index.watch() == 0
    assert capsys.readouterr().out == "compared with anyscale 1.10.0: 0 new differences, 0 known\n"


def test_removed_field_is_named(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    """A field that is removed from openapi.yaml is named, and the exit status is 1."""
    index.add("1.0.0")
    spec = json.loads(json.dumps(SPEC))
    del spec["components"]["schemas"]["Session"]["properties"]["state"]
    index.write_spec(spec)
    assert index.watch() == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("openapi.yaml lacks the field Session.state (SessionState, optional)")
    assert said[-1] == "change openapi.yaml, or add an entry with the reason to tools/upstream_differences.toml"


def test_known_difference_is_accepted(index: Index) -> None:
    """A difference with a reason in the file is accepted."""
    index.add("1.0.0", ', "New"')
    assert index.watch() == 1
    index.write_known('[[difference]]\nplace = "SessionState.New"\nkind = "lacks"\nreason = "Because."\n')
    assert index.watch() == 0


def test_older_releases_are_read(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    """The releases that the file lists are downloaded as well."""
    index.add("1.0.0")
    index.add("2.0.0")
    index.write_known('releases = ["1.0.0"]\n')
    assert index.watch() == 0
    assert "compared with anyscale 2.0.0, 1.0.0: " in capsys.readouterr().out


def test_index_without_the_package_is_reported(index: Index) -> None:
    """Where pip finds no wheel, the program prints its reason, and the exit status is 2."""
    command = [sys.executable, upstream_watch.__file__, "--root", str(index.root)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert finished.stderr == (
        "upstream-watch: anyscale cannot be downloaded: ERROR: No matching distribution found for anyscale\n"
    )


def test_slow_index_is_given_up(
    index: Index, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download that takes too long is ended, and the exit status is 2."""
    monkeypatch.setattr(upstream_watch, "DOWNLOAD_TIMEOUT_SECONDS", 0.001)
    assert index.watch() == 2
    assert capsys.readouterr().err == "upstream-watch: anyscale was not downloaded within 0.001 s\n"
