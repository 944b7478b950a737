"""The pytest plugin, as a service's own tests meet it: in a pytest of its own, with nothing configured."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateSession,
    ServerError,
    Session,
    SessionsClient,
    SessionState,
    UserService,
)
from anyscale_sessions.testing import client_clock, pytest_assertrepr_compare
from anyscale_sessions_api.api import get_session
from anyscale_sessions_sandbox import ManualClock, Sandbox

from .conftest import APP_CONFIG

RunPytest = Callable[..., "subprocess.CompletedProcess[str]"]
SECRET = "hush-hush"


@pytest.fixture
def run_pytest(tmp_path: Path) -> RunPytest:
    """Run pytest in a folder of its own on a test file of this text."""

    def run(text: str, *options: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_service.py").write_text(dedent(text))
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env={**os.environ, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def test_fixtures_need_no_setup(run_pytest: RunPytest) -> None:
    """A test gets a sandbox, clients and a clock by naming them, and does not wait."""
    ended = run_pytest(
        """
        import asyncio, time
        from anyscale_sessions import CreateSession

        BODY = CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")

        def test_launch(sessions_client, monkeypatch):
            monkeypatch.setattr(time, "sleep", None)
            assert sessions_client.launch_session(BODY).state == "Running"

        def test_clock(sessions_client, sandbox_clock, sandbox):
            assert sandbox.clock is sandbox_clock
            session = sessions_client.create_session(BODY)
            sessions_client.start_session(session.id)
            assert sessions_client.get_session(session.id).state == "StartingUp"
            sandbox_clock.advance(minutes=1)
            assert sessions_client.get_session(session.id).state == "Running"

        def test_async(async_sessions_client, sandbox):
            async def scenario():
                async with async_sessions_client as client:
                    return await client.launch_session(BODY)

            assert asyncio.run(scenario()).state == "Running"

        def test_apart(sessions_client):
            assert list(sessions_client.list_sessions("p")) == []
        """,
        "-W",
        "error",
    )
    assert "4 passed" in ended.stdout, ended.stdout + ended.stderr


def test_plugin_imports_nothing_unless_it_is_used(run_pytest: RunPytest) -> None:
    """Tests that do not use the plugin import neither the sandbox nor the libraries of the client."""
    ended = run_pytest(
        """
        import sys

        def test_modules():
            names = {"anyscale_sessions_sandbox", "anyscale_sessions.client", "httpcore", "starlette", "msgspec"}
            assert not names & set(sys.modules)
            assert "anyscale_sessions.testing" in sys.modules
        """
    )
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr


def test_failing_comparison_shows_no_secret(run_pytest: RunPytest) -> None:
    """A failed comparison of two models shows the fields that differ without secrets, also with -vvv."""
    text = f"""
        from anyscale_sessions import Session, UserService

        def test_models():
            left, right = (
                Session.from_dict({{"id": name, "name": name, "access_token": "{SECRET}" + name}}) for name in "ab"
            )
            assert left == right

        def test_services():
            left, right = (UserService("u", {{"Authorization": "{SECRET}" + name}}) for name in "ab")
            assert left == right
        """
    for option in ("--tb=long", "-vvv"):
        ended = run_pytest(text, option)
        assert "2 failed" in ended.stdout
        assert "two instances of Session differ" in ended.stdout
        assert "name: 'a' != 'b'" in ended.stdout
        assert "access_token: differs (a secret)" in ended.stdout
        assert "headers: differs (a secret)" in ended.stdout
        # The line of the test's own text that holds it is shown by pytest as it stands.
        assert f"{SECRET}a" not in ended.stdout
        assert f"{SECRET}b" not in ended.stdout


def test_failing_comparison_of_containers_shows_no_secret(run_pytest: RunPytest) -> None:
    """A failed comparison of containers or errors that hold models shows no secret."""
    text = f"""
        from dataclasses import dataclass
        from typing import Any, NamedTuple

        import attrs
        import pytest

        from anyscale_sessions import CreateSession, RawResponse, Session, UserService, WaitTimeoutError

        @dataclass
        class Data:
            held: Any

        @attrs.define
        class Attrs:
            held: Any

        class Named(NamedTuple):
            held: Any

        def failed(held):
            error = WaitTimeoutError("a")
            error.session = held
            return error

        def raw(token):
            return RawResponse(
                status=200, headers={{"x": token}}, body=token.encode(), parsed=None, unknown_fields=(), request_id=None
            )

        MAKE = {{
            "session": lambda token: Session.from_dict({{"id": "a", "access_token": token}}),
            "create": lambda token: CreateSession(name="a", project_id="p", cloud_id="c", cluster_config=token),
            "service": lambda token: UserService("u", {{"Authorization": token}}),
            "raw": raw,
        }}

        @pytest.mark.parametrize("make", MAKE)
        @pytest.mark.parametrize("hold", [list, dict, Data, Attrs, Named, failed])
        def test_holders(make, hold):
            held = {{list: lambda thing: [thing], dict: lambda thing: {{"a": thing}}}}.get(hold, hold)
            left, right = (held(MAKE[make]("{SECRET}" + end)) for end in "ab")
            assert left == right
        """
    ended = run_pytest(text, "-vvv", "--showlocals", "--tb=long")
    assert "24 failed" in ended.stdout
    assert f"{SECRET}a" not in ended.stdout
    assert f"{SECRET}b" not in ended.stdout


def session(**fields: Any) -> Session:
    """A session."""
    return Session.from_dict({"id": "ses_1", "access_token": SECRET, **fields})


@pytest.mark.parametrize(
    ("op", "left", "right"),
    [
        ("!=", session(), session()),
        ("==", session(), "ses_1"),
        ("==", "a", "b"),
        ("==", session(), CreateSession(name="a", project_id="p", **APP_CONFIG)),
        ("==", ValueError("a"), ValueError("b")),
        ("==", SessionState.RUNNING, SessionState.STOPPED),
    ],
)
def test_other_comparisons_are_left_to_pytest(op: str, left: Any, right: Any) -> None:
    """A comparison of other objects, or with another operator, is explained by pytest."""
    assert pytest_assertrepr_compare(op, left, right) is None


def test_comparison_names_the_fields_that_differ() -> None:
    """The explanation has one line for each field that differs, and no values of a secret."""
    assert pytest_assertrepr_compare("==", session(name="a"), session(name="b", access_token="other")) == [
        "two instances of Session differ",
        "name: 'a' != 'b'",
        "access_token: differs (a secret)",
    ]
    assert pytest_assertrepr_compare("==", UserService("u", {"a": SECRET}), UserService("v", {"a": ""})) == [
        "two instances of UserService differ",
        "url: 'u' != 'v'",
        "headers: differs (a secret)",
    ]
    assert pytest_assertrepr_compare("==", get_session("a"), get_session("b")) == [
        "two instances of Operation differ",
        "path_values: {'session_id': 'a'} != {'session_id': 'b'}",
    ]


def test_fixtures(
    sandbox: Sandbox,
    sandbox_clock: ManualClock,
    sessions_client: SessionsClient,
    async_sessions_client: AsyncSessionsClient,
) -> None:
    """Both clients talk to the test's sandbox and use its clock."""
    began = sandbox_clock.now()
    body = CreateSession(name="a", project_id="prj_1", **APP_CONFIG)
    launched = sessions_client.launch_session(body)

    async def scenario() -> Session:
        async with async_sessions_client as client:
            await client.terminate_session(launched.id)
            return await client.wait_for_session(launched.id, SessionState.TERMINATED)

    assert asyncio.run(scenario()).id == launched.id
    assert sandbox.clock is sandbox_clock
    assert sandbox_clock.now() > began


def test_responses_of_the_sandbox_are_checked_against_the_spec(
    sandbox: Sandbox, sessions_client: SessionsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A response of the sandbox that breaks the spec is an error of the sandbox."""
    monkeypatch.setattr("anyscale_sessions_sandbox.storage.store.Store.count", lambda *_: "many")
    with pytest.raises(ServerError, match="breaks the spec at metadata"):
        sessions_client.with_options(max_attempts=1).list_sessions("prj_1")
    assert sandbox.journal.find("list_sessions")[0].status == 500


def test_client_clock_shows_what_the_sandbox_clock_shows(sandbox_clock: ManualClock) -> None:
    """A client's clock shows the time of the sandbox's clock, and only sleeping advances it."""
    clock = client_clock(sandbox_clock)
    began_s, began = clock.monotonic(), clock.now()
    clock.sleep(2.5)
    asyncio.run(clock.sleep_async(1.5))
    assert clock.monotonic() - began_s == 4.0
    assert (clock.now() - began).total_seconds() == 4.0
    assert clock.now() == sandbox_clock.now()
    assert 0.0 <= clock.fraction() <= 1.0


def test_a_failing_test_shows_what_its_sandbox_was_asked(run_pytest: RunPytest) -> None:
    """Each request in a line, without secrets; also of a sandbox that the test's own fixture serves."""
    ended = run_pytest(
        """
        import pytest
        from anyscale_sessions import CreateSession
        from anyscale_sessions_sandbox import serve

        BODY = CreateSession(name="a", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c")

        @pytest.fixture
        def mine():
            with serve(token="sss_hush_hush") as sandbox:
                yield sandbox

        def test_fails(sessions_client, sandbox_faults, sandbox_journal, mine):
            sandbox_faults.add("status", operation="get_session", status=418, times=None)
            session = sessions_client.create_session(BODY)
            sandbox_journal.assert_called("create_session", times=1)
            sessions_client.get_session(session.id)

        def test_passes(sessions_client):
            sessions_client.create_session(BODY)

        def test_fails_without_one():
            assert False
        """
    )
    assert "2 failed, 1 passed" in ended.stdout, ended.stdout + ended.stderr
    assert ended.stdout.count("journal of sandbox") == 1
    assert "create_session POST /v0/sessions/ -> 200" in ended.stdout
    assert "-> 418 (fault: status; phase=before; operation=get_session; times=None; status=418)" in ended.stdout
    assert ended.stdout.count("journal of mine") == 1
    assert "no requests" in ended.stdout
