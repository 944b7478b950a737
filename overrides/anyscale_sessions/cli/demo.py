"""The demo: one session from create to terminate, in steps that each verify their result."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from msgspec.structs import asdict

from anyscale_sessions.client import SessionsClient
from anyscale_sessions.create_session import CreateSession
from anyscale_sessions.exceptions import InvalidSessionError
from anyscale_sessions_api.models.session import Session
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.models.user_service_access_types import UserServiceAccessTypes

from .errors import DemoError
from .fields import TOKEN_FIELD, Fields, visible_fields
from .output import Output
from .waiters import SessionWaiter

if TYPE_CHECKING:
    from anyscale_sessions_sandbox import Sandbox

PROJECT_ID = "prj_demo"
# The folder of this interpreter is first on the PATH of the sandbox's commands.
SHELL_COMMAND = f"{Path(sys.executable).name} -c 'print(6 * 7)'"
# With Ray, the command is a driver of the session's cluster, which takes longer to start.
RAY_COMMAND = (
    f"{Path(sys.executable).name} -c 'import ray; ray.init(); print(ray.get(ray.remote(lambda: 6 * 7).remote()))'"
)
WAIT_TIMEOUT_S = 30.0
RAY_TIMEOUT_S = 180.0
POLL_INTERVAL_S = 0.1

IDENTITY = ("id", "name", "state", "user_service_access", "idle_timeout")
PLACES = ("user_service_url", "ray_dashboard_url", "jupyter_notebook_url", "metrics_dashboard_url", "head_node_ip")
OUTCOME = ("id", "shell_command", "status_code", "created_at", "finished_at")
# A session from an app config without build and compute template, and with a misspelled field.
REFUSED: Fields = {"name": "demo", "project_id": PROJECT_ID, "uses_app_config": True, "idle_timeuot": 30}
REFUSED_FOR = {"build_id", "compute_template_id", "idle_timeuot"}


@attrs.frozen
class Step:
    """A completed step.

    Attributes:
        name: the name of the step.
        sentence: the result as text.
        facts: the result as data.
        seconds: the duration.
    """

    name: str
    sentence: str
    facts: Fields
    seconds: float


class Demo:
    """Runs one new session from create to terminate against the sandbox of `client`, whose sessions may be clusters."""

    def __init__(
        self, sandbox: Sandbox, client: SessionsClient, output: Output, *, show_token: bool, with_ray: bool
    ) -> None:
        self._sandbox = sandbox
        self._client = client
        self._output = output
        self._show_token = show_token
        self._shell_command = RAY_COMMAND if with_ray else SHELL_COMMAND
        self._timeout_s = RAY_TIMEOUT_S if with_ray else WAIT_TIMEOUT_S
        self._session_id = ""

    def steps(self) -> Iterator[Step]:
        """Perform the steps in order. Raises `DemoError` if the result of a step is wrong."""
        for take in (self._create, self._start, self._run, self._list, self._events, self._terminate, self._refuse):
            began = time.monotonic()
            sentence, facts = take()
            yield Step(take.__name__.removeprefix("_"), sentence, facts, round(time.monotonic() - began, 3))

    def _create(self) -> tuple[str, Fields]:
        body = CreateSession(
            name=f"demo-{secrets.token_hex(3)}",
            project_id=PROJECT_ID,
            uses_app_config=True,
            build_id="bld_demo",
            compute_template_id="cpt_demo",
            user_service_access=UserServiceAccessTypes.PUBLIC,
        )
        session = self._client.create_session(body)
        self._session_id = session.id
        _expect(session.name == body.name, "the created session has the name that was sent")
        _expect(session.user_service_token == body.user_service_token is not None, "it has the generated token")
        sentence = "a session with a public user service and a generated token"
        return sentence, self._shown(session, (*IDENTITY, TOKEN_FIELD))

    def _start(self) -> tuple[str, Fields]:
        session = self._wait(SessionWaiter.start)
        _expect(session.state == SessionState.RUNNING, "the started session is Running")
        service = self._client.user_service(session)
        _expect(service.url == session.user_service_url, "the running session has a user service")
        return f"it is {session.state}, at these addresses", self._shown(session, PLACES)

    def _run(self) -> tuple[str, Fields]:
        command = self._client.run_command(
            self._session_id, self._shell_command, timeout=self._timeout_s, poll_interval=POLL_INTERVAL_S
        )
        _expect(command.status_code == 0, "the command ends with exit code 0")
        logs = self._sandbox.logs(command.id)
        _expect(logs.stdout.strip() == "42", "the output of the command is 42")
        sentence = f"{self._shell_command} ended with exit code {command.status_code} and this output"
        return sentence, {"stdout": logs.stdout.strip(), **_picked(visible_fields(command), OUTCOME)}

    def _list(self) -> tuple[str, Fields]:
        ids = [session.id for session in self._client.list_sessions(PROJECT_ID)]
        _expect(ids == [self._session_id], "the project has this session and no other")
        return f"project {PROJECT_ID} has {len(ids)} session", {"session_ids": ids}

    def _events(self) -> tuple[str, Fields]:
        events = sorted(self._client.get_session_event_log(self._session_id), key=lambda event: event.timestamp)
        kinds = [event.event_type.value for event in events]
        _expect({"created", "starting", "running"} <= set(kinds), "the log has the creation and the start")
        return ", ".join(kinds), {"events": [visible_fields(event) for event in events]}

    def _terminate(self) -> tuple[str, Fields]:
        session = self._wait(SessionWaiter.terminate)
        _expect(session.state == SessionState.TERMINATED, "the terminated session is Terminated")
        return f"it is {session.state}", self._shown(session, IDENTITY)

    def _refuse(self) -> tuple[str, Fields]:
        try:
            CreateSession.from_dict(REFUSED)
        except InvalidSessionError as error:
            problems = error.problems
        else:
            raise DemoError("demo: an incomplete CreateSession is refused")
        _expect({problem.field for problem in problems} == REFUSED_FOR, "all problems are reported at once")
        facts: Fields = {"given": REFUSED, "problems": [asdict(problem) for problem in problems]}
        lines = ["an incomplete CreateSession is refused before anything is sent", *map(str, problems)]
        return "\n".join(lines), facts

    def _wait(self, take: Callable[[SessionWaiter, str], Session]) -> Session:
        with self._output.progress() as report:
            return take(SessionWaiter(self._client, report, self._timeout_s, POLL_INTERVAL_S), self._session_id)

    def _shown(self, session: Session, names: tuple[str, ...]) -> Fields:
        return _picked(visible_fields(session, show_token=self._show_token), names)


def _picked(facts: Fields, names: tuple[str, ...]) -> Fields:
    return {name: facts[name] for name in names if name in facts}


def _expect(condition: bool, what: str) -> None:  # noqa: FBT001 - it reads like `assert`
    if not condition:
        raise DemoError(f"demo: not as expected: {what}")
