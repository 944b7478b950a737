"""A sandbox that all these tests share, and a small client that says what came back, whatever it was."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any, NamedTuple

import httpx
import pytest

from anyscale_sessions_sandbox import ManualClock, Sandbox, serve

APP_CONFIG = {"uses_app_config": True, "build_id": "bld_1", "compute_template_id": "cpt_1"}
CLUSTER_CONFIG = {"cluster_config": "cluster_name: a\nmax_workers: 2\n", "cloud_id": "cld_1"}

_projects = itertools.count()


class Response(NamedTuple):
    """What came back."""

    status: int
    body: Any
    headers: httpx.Headers


class Api:
    """One sandbox as one test sees it: with a project of its own."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox = sandbox
        self.http = http
        self.project_id = f"prj_{next(_projects)}"

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Response:
        """Send a request below /v0, with the token unless headers are given."""
        options.setdefault("headers", {"cookie": f"cli_token={self.sandbox.token}"})
        if body is not None:
            options["json"] = body
        response = self.http.request(method, f"{self.sandbox.url}/v0{path}", **options)
        return Response(response.status_code, response.json() if response.content else None, response.headers)

    def result(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The result of a request that must succeed."""
        response = self.call(method, path, body, **options)
        assert response.status == 200, response
        return response.body["result"]

    def problems(self, method: str, path: str, body: Any = None, **options: Any) -> list[tuple[str, str]]:
        """Where a request that must be refused as not valid is wrong, and the types of its problems."""
        response = self.call(method, path, body, **options)
        assert response.status == 422, response
        assert all(problem["msg"] for problem in response.body["detail"])
        return [(".".join(map(str, problem["loc"])), problem["type"]) for problem in response.body["detail"]]

    def create(self, **fields: Any) -> Any:
        """A new session, from an app config unless the fields say otherwise."""
        return self.result("POST", "/sessions/", {"name": "a", "project_id": self.project_id, **APP_CONFIG, **fields})

    def get(self, session: Any) -> Any:
        """A session as it is now."""
        return self.result("GET", f"/sessions/{session['id']}")

    def start(self, session: Any, **options: Any) -> Any:
        """The operation of a start asked for."""
        return self.result("POST", f"/sessions/{session['id']}/start", options)

    def terminate(self, session: Any, **options: Any) -> Any:
        """The operation of a termination asked for."""
        return self.result("POST", f"/sessions/{session['id']}/terminate", options)

    def running(self, **fields: Any) -> Any:
        """A new session that runs."""
        session = self.create(**fields)
        self.start(session)
        self.sandbox.clock.advance(1.5)
        return self.get(session)

    def run(self, session: Any, shell_command: str) -> Any:
        """A command just started."""
        body = {"session_id": session["id"], "shell_command": shell_command}
        return self.result("POST", "/session_commands/", body)

    def command(self, command: Any) -> Any:
        """A command as it is now."""
        return self.result("GET", f"/session_commands/{command['id']}")

    def operation(self, operation: Any) -> Any:
        """An operation as it is now."""
        return self.result("GET", f"/session_operations/{operation['id']}")

    def events(self, session: Any, **query: Any) -> list[Any]:
        """The events of a session that a filter lets pass."""
        response = self.call("GET", "/session_events/", params={"session_id": session["id"], "count": 1000, **query})
        assert response.status == 200, response
        return response.body["results"]


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Sandbox, httpx.Client]]:
    """A sandbox whose time stands still until a test turns it, and whose responses must keep to the spec."""
    with serve(clock=ManualClock(), validate_responses=True) as sandbox, httpx.Client(trust_env=False) as http:
        yield sandbox, http


@pytest.fixture
def api(served: tuple[Sandbox, httpx.Client]) -> Api:
    """The shared sandbox, with a project of this test's own."""
    return Api(*served)


@pytest.fixture(scope="session")
def new_api(served: tuple[Sandbox, httpx.Client]) -> Callable[[], Api]:
    """Makes an `Api` of the shared sandbox with a project of its own, for tests of many examples."""
    return lambda: Api(*served)


@pytest.fixture
def visit() -> Iterator[Any]:
    """Makes an `Api` of a sandbox that the test serves itself."""
    with httpx.Client(trust_env=False) as http:
        yield lambda sandbox: Api(sandbox, http)


@pytest.fixture
def document() -> Any:
    """The OpenAPI document, for the test to change."""
    return json.loads(files("anyscale_sessions_api").joinpath("openapi.json").read_text(encoding="utf-8"))
