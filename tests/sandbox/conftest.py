"""A sandbox on the loopback interface that lives by a clock of the test's own and checks all its replies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from anyscale_sessions_sandbox import ManualClock, Sandbox, serve

APP_CONFIG: dict[str, Any] = {
    "name": "nightly",
    "project_id": "prj_1",
    "uses_app_config": True,
    "build_id": "bld_1",
    "compute_template_id": "cpt_1",
}


class Api:
    """The HTTP surface of a sandbox, as bare as it is."""

    def __init__(self, http: httpx.Client, clock: ManualClock) -> None:
        self.http = http
        self.clock = clock

    def get(self, path: str, **query: Any) -> Any:
        """The body of a reply with 200."""
        response = self.http.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The `result` of a reply with 200."""
        response = self.http.request(method, path, json=body)
        assert response.status_code == 200, response.text
        return response.json()["result"]

    def refusal(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """The status and the text of a refusal in the envelope of every error but 422."""
        response = self.http.request(method, path, json=body)
        told = response.json()
        assert list(told) == ["error"]
        return response.status_code, told["error"]["detail"]

    def problems(self, method: str, path: str, **request: Any) -> set[tuple[str, str]]:
        """Place and type of every problem in a reply with 422."""
        response = self.http.request(method, path, **request)
        assert response.status_code == 422, response.text
        return {(".".join(map(str, problem["loc"])), problem["type"]) for problem in response.json()["detail"]}

    def create(self, **fields: Any) -> Any:
        """A new session."""
        return self.ask("POST", "/sessions/", APP_CONFIG | fields)

    def session(self, session_id: str) -> Any:
        """A session as it is now."""
        return self.ask("GET", f"/sessions/{session_id}")

    def running(self, **fields: Any) -> Any:
        """A new session that was started."""
        session_id = self.create(**fields)["id"]
        self.ask("POST", f"/sessions/{session_id}/start", {})
        self.clock.advance(1.5)
        return self.session(session_id)

    def run(self, session_id: str, shell_command: str) -> Any:
        """A new command."""
        return self.ask("POST", "/session_commands/", {"session_id": session_id, "shell_command": shell_command})

    def events(self, session_id: str, **query: Any) -> list[str]:
        """The types of a session's events."""
        listed = self.get("/session_events/", session_id=session_id, **query)
        return [event["event_type"] for event in listed["results"]]


def connect(sandbox: Sandbox) -> httpx.Client:
    """A client that sends the sandbox's token."""
    return httpx.Client(base_url=f"{sandbox.url}/v0", cookies={"cli_token": sandbox.token}, trust_env=False)


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still at the beginning of 2026."""
    return ManualClock()


@pytest.fixture
def served(clock: ManualClock) -> Iterator[Sandbox]:
    """A sandbox that answers with 500 where one of its replies breaks the spec."""
    with serve(clock=clock, validate_replies=True) as sandbox:
        yield sandbox


@pytest.fixture
def api(served: Sandbox, clock: ManualClock) -> Iterator[Api]:
    """The HTTP surface of the sandbox, with its token."""
    with connect(served) as http:
        yield Api(http, clock)
