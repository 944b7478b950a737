"""The bare ASGI application, and internal errors."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from typing import Any

import httpx
import pytest

import anyscale_sessions_sandbox
from anyscale_sessions_sandbox import ManualClock, SandboxApp, SandboxDatabaseError, VirtualRuntime, create_app, serve

BODY = {"name": "a", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}


def ask(app: SandboxApp, method: str, path: str, body: Any = None) -> httpx.Response:
    """The response of an application that nobody serves."""

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), cookies={"cli_token": app.token}) as http:
            return await http.request(method, f"http://sandbox/v0{path}", json=body)

    return asyncio.run(send())


def test_the_application_needs_no_server() -> None:
    """The bare application is a complete sandbox with its own token and clock."""
    with create_app(clock=ManualClock()) as app:
        session = ask(app, "POST", "/sessions/", BODY).json()["result"]
        assert session["created_at"] == app.clock.now().isoformat(timespec="microseconds")
        assert ask(app, "GET", f"/sessions/{session['id']}").json()["result"] == session


def test_a_server_can_end_it(tmp_path: Any) -> None:
    """The ASGI lifespan closes the sandbox, and its file can be opened again."""
    app = create_app(db=tmp_path / "sandbox.db")
    messages = iter(["lifespan.startup", "lifespan.shutdown"])
    sent = []

    async def receive() -> dict[str, str]:
        return {"type": next(messages)}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    create_app(db=tmp_path / "sandbox.db").close()
    app.close()


def test_nothing_stays_open_when_an_application_cannot_be_made(tmp_path: Any) -> None:
    """The file is closed if creating the application fails."""

    class Broken(ManualClock):
        def subscribe(self, listener: Any) -> Any:  # noqa: ARG002
            raise RuntimeError("no more listeners")

    with pytest.raises(RuntimeError, match="no more listeners"):
        create_app(db=tmp_path / "sandbox.db", clock=Broken())
    create_app(db=tmp_path / "sandbox.db").close()


def test_a_push_that_is_on_its_way_to_a_closed_sandbox_does_no_harm(tmp_path: Any) -> None:
    """A notification of the clock to a sandbox that was just closed stores nothing and raises nothing."""
    clock = ManualClock()
    apps: list[SandboxApp] = []
    clock.subscribe(lambda: [app.close() for app in apps])
    apps.append(create_app(clock=clock, db=tmp_path / "sandbox.db"))
    now = clock.advance(1)
    with create_app(clock=ManualClock(), db=tmp_path / "sandbox.db") as app:
        assert app.clock.now() == now


class Failing(VirtualRuntime):
    """A runtime that fails, with a secret in its error."""

    def run(self, session: Any, command: Any) -> Any:
        """Never runs anything."""
        raise RuntimeError(f"hunter2 in {session['id']} at {command['id']}")


def test_a_fault_is_answered_with_500_and_reported_to_the_log(visit: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An internal error is answered with 500 and logged by place, without its text."""
    with serve(clock=ManualClock(), runtime=Failing()) as sandbox, caplog.at_level(logging.INFO):
        api = visit(sandbox)
        session = api.running()
        body = {"session_id": session["id"], "shell_command": "true"}
        response = api.call("POST", "/session_commands/", body)
    assert response.status == 500
    assert "X-Request-ID" in response.body["error"]["detail"]
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.getMessage().startswith(f"{response.headers['x-request-id']} RuntimeError at ")
    assert "test_app.py" in record.getMessage()
    assert "hunter2" not in caplog.text + json.dumps(response.body)


def test_every_request_is_logged_without_anything_it_held(visit: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The log line of a request has its id, operation and status, and none of its data."""
    with serve() as sandbox, caplog.at_level(logging.DEBUG, "anyscale_sessions_sandbox"):
        api = visit(sandbox)
        api.create(user_service_access="public", user_service_token="A" * 43)
        responses = [api.call("GET", "/sessions/hunter2"), api.call("GET", "/hunter2")]
    lines = [record.getMessage() for record in caplog.records if record.name == "anyscale_sessions_sandbox"]
    assert [line.split(" ", 1)[1] for line in lines] == ["create_session 200", "get_session 404", "- 404"]
    assert [line.split(" ")[0] for line in lines[1:]] == [response.headers["x-request-id"] for response in responses]
    assert not any(secret in line for line in lines for secret in ("hunter2", "A" * 43, sandbox.token))


@pytest.mark.parametrize("validate", [True, False])
def test_a_response_that_breaks_the_spec_is_a_fault_where_responses_are_checked(
    document: Any, visit: Any, validate: bool
) -> None:
    """A response that breaks the document is a 500 if responses are validated."""
    document["components"]["schemas"]["Session"]["properties"]["access_token"] |= {"maxLength": 5}
    with serve(document=document, validate_responses=validate) as sandbox:
        api = visit(sandbox)
        response = api.call("POST", "/sessions/", {**BODY, "project_id": api.project_id})
        if validate:
            assert response.status == 500
            assert response.body["error"]["detail"] == (
                "The response of create_session breaks the spec at "
                "result.access_token: ensure this value has at most 5 characters."
            )
        else:
            assert response.status == 200


def test_the_public_names_are_there() -> None:
    """All public names exist and are sorted."""
    names = anyscale_sessions_sandbox.__all__
    assert names == sorted(names)
    assert all(getattr(anyscale_sessions_sandbox, name).__name__ == name for name in names)
    assert set(names) <= set(dir(anyscale_sessions_sandbox))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = anyscale_sessions_sandbox.nothing


def test_importing_the_package_imports_nothing_heavy() -> None:
    """Importing the package imports none of its dependencies."""
    code = "import sys; before = {*sys.modules}; import anyscale_sessions_sandbox; print(*sys.modules.keys() - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"starlette", "uvicorn", "sqlite3", "jsonschema_rs", "asyncio"} & set(done.stdout.split())


def test_a_folder_is_no_database() -> None:
    """A folder is refused as a database file, also as an empty path."""
    with pytest.raises(SandboxDatabaseError, match="not a file"):
        create_app(db="")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("uvicorn", "a sandbox needs uvicorn: pip install 'anyscale-sessions[sandbox]'"),
        ("jsonschema_rs", "a sandbox needs jsonschema_rs: pip install 'anyscale-sessions[sandbox]'"),
        ("sqlite3", "import of sqlite3 halted; None in sys.modules"),
    ],
)
def test_without_its_extra_it_says_what_to_install(module: str, message: str) -> None:
    """A missing dependency of the extra is reported in one line that says what to install."""
    code = f"import sys; sys.modules[{module!r}] = None; from anyscale_sessions_sandbox import serve"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr.splitlines()[-1] == f"ModuleNotFoundError: {message}"
