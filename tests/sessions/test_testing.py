"""The pytest plugin, as a service's own tests meet it: in a pytest of its own, with nothing configured."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from typing import Any
from unittest.mock import Mock

import httpx
import msgspec
import pytest
import trio

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateSession,
    PermissionDeniedError,
    ServerError,
    Session,
    SessionsClient,
    SessionState,
    UserService,
    testing,
)
from anyscale_sessions.testing import client_clock, pytest_assertrepr_compare
from anyscale_sessions_api.api import get_session
from anyscale_sessions_sandbox import ManualClock, Sandbox, serve

from .cli.terminals import Terminal
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


def test_a_short_sleep_advances_the_clock(sandbox_clock: ManualClock) -> None:
    """A sleep of less than a microsecond advances the clock too, so that a wait with such a rest ends."""
    clock = client_clock(sandbox_clock)
    began = clock.now()
    clock.sleep(1e-9)
    assert clock.now() > began


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
            with serve(token="sss_hush_hush_hush") as sandbox:
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


BODY = CreateSession(name="a", project_id="p", cloud_id="c", cluster_config="x: 1")
SHORT_S = 0.9


def test_a_service_that_makes_its_own_client_does_not_wait(
    sandbox_environment: Sandbox, sandbox_clock: ManualClock
) -> None:
    """A client made from the environment finds the sandbox, and its launches, commands and waits end at once."""
    began_s, began = time.monotonic(), sandbox_clock.now()
    with SessionsClient() as client:
        session = client.launch_session(BODY)
        assert session.state == "Running"
        assert client.run_command(session.id, "sleep 600").status_code == 0
        client.terminate_session(session.id)
        assert client.wait_for_session(session.id, SessionState.TERMINATED).state == "Terminated"
        assert [found.id for found in client.list_sessions("p")] == [session.id]
    assert time.monotonic() - began_s < SHORT_S
    assert sandbox_environment.clock is sandbox_clock
    assert (sandbox_clock.now() - began).total_seconds() >= 602


def test_an_asynchronous_service_that_makes_its_own_client_does_not_wait(sandbox_environment: Sandbox) -> None:
    """An asynchronous client made from the environment launches a session at once too."""

    async def scenario() -> Session:
        async with AsyncSessionsClient() as client:
            return await client.launch_session(BODY)

    began_s = time.monotonic()
    assert asyncio.run(scenario()).state == "Running"
    assert time.monotonic() - began_s < SHORT_S
    sandbox_environment.journal.assert_called("create_session", times=1)


def test_a_throttled_service_that_makes_its_own_client_goes_on(sandbox_environment: Sandbox) -> None:
    """A throttling ends for a client with real time: it is throttled once, and waits no longer than it was asked to."""
    sandbox_environment.faults.add("throttle", operation="create_session", retry_after=1)
    with SessionsClient() as client:
        client.clock = clock_without_sleeps(client)
        client.create_session(BODY)
    sandbox_environment.journal.assert_called("create_session", status=429, times=1)
    sandbox_environment.journal.assert_called("create_session", status=200, times=1)


def clock_without_sleeps(client: SessionsClient) -> Any:
    """The client's real clock, without its sleeps."""
    return msgspec.structs.replace(client.clock, sleep=lambda _: None)


def test_the_environment_is_restored(run_pytest: RunPytest) -> None:
    """After a test with `sandbox_environment`, the variables have their former values."""
    ended = run_pytest(
        """
        import os

        def test_set(sandbox_environment):
            assert os.environ["ANYSCALE_HOST"] == sandbox_environment.url
            assert os.environ["ANYSCALE_CLI_TOKEN"] == sandbox_environment.token

        def test_restored():
            assert "ANYSCALE_HOST" not in os.environ
            assert "ANYSCALE_CLI_TOKEN" not in os.environ
        """
    )
    assert "2 passed" in ended.stdout, ended.stdout + ended.stderr


def test_clients_with_options_can_be_made(
    sandbox_client_factory: Callable[..., SessionsClient], sandbox: Sandbox
) -> None:
    """The factory makes clients of the sandbox with its clock and the given options."""
    patient, hasty = sandbox_client_factory(max_attempts=3), sandbox_client_factory(max_attempts=1)
    session_id = patient.launch_session(BODY).id
    sandbox.faults.add("status", operation="get_session", status=500, times=None)
    for client, attempts in ((patient, 3), (hasty, 1)):
        sandbox.journal.clear()
        with pytest.raises(ServerError):
            client.get_session(session_id)
        sandbox.journal.assert_called("get_session", times=attempts)
    with pytest.raises(PermissionDeniedError):
        sandbox_client_factory(token="another").list_sessions("p")


def test_the_factory_closes_its_clients(run_pytest: RunPytest) -> None:
    """The clients of the factory are closed after the test, so that no warning is shown."""
    ended = run_pytest(
        """
        def test_clients(sandbox_client_factory):
            for _ in range(3):
                assert list(sandbox_client_factory().list_sessions("p")) == []
        """,
        "-W",
        "error",
    )
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr


@pytest.mark.default_transport
def test_fixtures_work_under_trio(async_sessions_client: AsyncSessionsClient) -> None:
    """The asynchronous client of the fixtures waits under trio as it does under asyncio."""

    async def scenario() -> Session:
        async with async_sessions_client as client:
            return await client.launch_session(BODY)

    assert trio.run(scenario).state == "Running"


@pytest.mark.parametrize("run", [asyncio.run, lambda task: trio.run(lambda: task)])
def test_a_sleep_of_a_client_lets_other_tasks_run(sandbox_clock: ManualClock, run: Callable[..., Any]) -> None:
    """The clock of a client advances the sandbox's clock instead of sleeping, under asyncio and trio."""
    began = sandbox_clock.now()
    run(client_clock(sandbox_clock).sleep_async(2.5))
    assert (sandbox_clock.now() - began).total_seconds() == 2.5


def test_the_plugin_needs_no_new_pluggy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin uses no argument of hooks that pluggy 1.1 and older do not know."""
    used: set[str] = set()

    def hookimpl(**options: Any) -> Any:
        used.update(options)
        return lambda function: function

    monkeypatch.setattr(pytest, "hookimpl", hookimpl)
    spec = importlib.util.spec_from_file_location("anyscale_sessions._testing_again", str(testing.__file__))
    assert spec
    assert spec.loader
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert used
    assert used <= {"hookwrapper", "optionalhook", "tryfirst", "trylast", "specname"}


@pytest.mark.parametrize(
    "fixture",
    [
        "sandbox_environment",
        "sandbox_client_factory",
        "sessions_client",
        "async_sessions_client",
        "sandbox_faults",
        "sandbox_journal",
    ],
)
def test_another_fixture_with_the_name_sandbox_is_named(run_pytest: RunPytest, fixture: str) -> None:
    """If a project's own fixture is called `sandbox`, each fixture that needs ours says what is wrong."""
    ended = run_pytest(
        f"""
        import pytest

        @pytest.fixture
        def sandbox():
            return "a folder with sand"

        def test_it({fixture}):
            pass
        """
    )
    assert "1 error" in ended.stdout, ended.stdout + ended.stderr
    assert "the fixture 'sandbox' of this project returned 'str'" in ended.stdout
    assert "Rename your fixture" in ended.stdout
    assert "AttributeError" not in ended.stdout


def test_a_project_can_have_its_own_sandbox(run_pytest: RunPytest) -> None:
    """A project's own fixture `sandbox` that yields a sandbox is used by the other fixtures."""
    ended = run_pytest(
        """
        import pytest
        from anyscale_sessions_sandbox import serve

        @pytest.fixture
        def sandbox(sandbox_clock):
            with serve(clock=sandbox_clock, token="sss_mine_mine_mine") as mine:
                yield mine

        def test_it(sessions_client, sandbox_journal):
            assert list(sessions_client.list_sessions("p")) == []
            sandbox_journal.assert_called("list_sessions", times=1)
        """
    )
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr


def test_a_client_over_httpx_can_be_mocked() -> None:
    """A library that replaces the transport of httpx sees the requests of a client with `http_client`."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"results": [], "metadata": {}})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as http,
        SessionsClient("t", host="https://api.invalid", http_client=http) as client,
    ):
        assert list(client.list_sessions("p")) == []
    assert [request.url.path for request in seen] == ["/v0/sessions/"]


FAILING = """
def test_it(sandbox, sessions_client):
    assert list(sessions_client.list_sessions("p"))
"""


@pytest.fixture
def pytest_on_a_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Run pytest with the option `--sandbox-page` on a terminal, on a test file of this text."""
    with ExitStack() as stack:

        def run(text: str, *options: str) -> Terminal:
            (tmp_path / "test_service.py").write_text(dedent(text))
            ours, theirs = pty.openpty()
            stack.callback(os.close, ours)
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--sandbox-page", *options],
                    cwd=tmp_path,
                    env={**os.environ, "HOME": str(tmp_path)},
                    stdin=theirs,
                    stdout=theirs,
                    stderr=theirs,
                )
            )
            stack.callback(process.kill)
            os.close(theirs)
            return Terminal(ours, process)

        yield run


@pytest.mark.parametrize("options", [(), ("-p", "no:capture", "--color=no")])
def test_the_sandbox_of_a_failed_test_stays_open(
    pytest_on_a_terminal: Callable[..., Terminal], options: tuple[str, ...]
) -> None:
    """With `--sandbox-page` the page of a failed test's sandbox can be used until Enter is pressed."""
    shown = pytest_on_a_terminal(FAILING, *options)
    shown.wait_for("Press Enter")
    (link,) = re.findall(r"http://\S+#token=\S+", shown.seen)
    url, token = link.split("/#token=")
    answer = httpx.get(f"{url}/_sandbox/journal", headers={"authorization": f"Bearer {token}"}, trust_env=False)
    assert [entry["operation"] for entry in answer.json()["results"]] == ["list_sessions"]
    assert "test_service.py::test_it failed." in shown.seen
    shown.press("\n")
    assert shown.end() == 1
    assert "1 failed" in shown.seen


def test_the_end_of_the_input_is_as_good_as_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of the input, the tests continue."""
    monkeypatch.setattr("builtins.input", Mock(side_effect=EOFError))
    config = Mock()
    config.pluginmanager.getplugin.return_value = None
    with serve() as sandbox:
        testing.pytest_exception_interact(Mock(config=config, funcargs={"a": sandbox}), Mock(when="call"))


def test_only_a_failed_test_with_a_page_waits(pytest_on_a_terminal: Callable[..., Terminal]) -> None:
    """A test that passes, a failed one without a sandbox or without its page, and a failed teardown do not wait."""
    shown = pytest_on_a_terminal(
        """
        import pytest
        from anyscale_sessions_sandbox import serve

        @pytest.fixture
        def own():
            with serve(page=False) as sandbox:
                yield sandbox

        @pytest.fixture
        def late(sandbox):
            yield
            raise ValueError

        def test_without_sandbox(): assert False
        def test_passes(sandbox): pass
        def test_without_page(own): assert False
        def test_teardown(late): pass
        """
    )
    assert shown.end() == 1
    assert "2 failed, 2 passed, 1 error" in shown.seen
    assert "Press Enter" not in shown.seen


@pytest.mark.parametrize(
    ("options", "reason"), [(("-n", "2"), "leave out -n"), (("-n", "0"), "so it needs a terminal")]
)
def test_where_nobody_can_press_enter_the_option_is_refused(
    run_pytest: RunPytest, options: tuple[str, ...], reason: str
) -> None:
    """`--sandbox-page` is refused with several processes, and without a terminal."""
    ended = run_pytest(FAILING, "--sandbox-page", *options)
    assert ended.returncode == 4
    assert reason in ended.stderr
