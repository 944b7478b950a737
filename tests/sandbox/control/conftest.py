"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from anyscale_sessions_sandbox import (
    Fault,
    ManualClock,
    TransitionRule,
    serve,
)
from anyscale_sessions_sandbox.remote import RemoteSandbox

APP = {"project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}


@pytest.fixture
def api(visit: Any) -> Iterator[Any]:
    """A sandbox of the test's own, whose responses are checked against its documents."""
    with serve(clock=ManualClock(), validate_responses=True) as sandbox:
        yield visit(sandbox)


@pytest.fixture
def remote(api: Any) -> RemoteSandbox:
    """The same sandbox, as another process sees it."""
    return RemoteSandbox(api.sandbox.url, api.sandbox.token)


def request(api: Any, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    """A request to the control API, with the token unless headers are given."""
    headers = headers or {"cookie": f"cli_token={api.sandbox.token}"}
    response: httpx.Response = api.http.request(method, f"{api.sandbox.url}/_sandbox{path}", json=body, headers=headers)
    return response


SEED = """
sessions:
  - name: nightly
    id: ses_nightly
    project_id: prj_1
    uses_app_config: true
    build_id: bld_1
    compute_template_id: cpt_1
    state: Running
    operations:
      - {type: start, id: sop_1}
      - {type: stop, error: It would not.}
      - {type: terminate, completed: false}
    commands:
      - {shell_command: sleep 60, id: scd_1}
      - {shell_command: make, status_code: 3}
    events:
      - {event_type: edited}
      - {event_type: starting, description: Here we go., log_level: error}
  - {name: old, project_id: prj_1, cluster_config: "a: 1", cloud_id: c, state: Terminated}
faults:
  - {kind: reset, operation: list_sessions}
transition_rules:
  - {from_state: StartingUp, to_state: StartupErrored, after_s: 1}
"""


@pytest.fixture
def api_with_rules(visit: Any) -> Iterator[Any]:
    """A sandbox of the test's own, with an initial fault and an initial rule that never apply."""
    with serve(
        clock=ManualClock(),
        validate_responses=True,
        faults=[Fault("reset", session="never")],
        transition_rules=[TransitionRule("Running", sessions="never")],
    ) as sandbox:
        yield visit(sandbox)


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    """A seed file with every section."""
    path = tmp_path / "seed.yaml"
    path.write_text(SEED)
    return path
