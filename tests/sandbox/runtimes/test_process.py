"""The `process` runtime: commands that really run, how they end, and that nothing is left of them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox import Logs, ManualClock, ProcessRuntime, Timings, serve
from anyscale_sessions_sandbox.runtimes import process as process_module
from anyscale_sessions_sandbox.runtimes import supervisor_client as keeper_module
from anyscale_sessions_sandbox.runtimes.session_directory import PREFIX

PATIENCE_S = 60.0
AT_ONCE = Timings(start_s=0.0, terminate_s=0.0)
# Ignores the request to end, and so do a child of it in a session of its own and an orphan.
STUBBORN = """
trap '' TERM
setsid sleep 300 & echo $! >> pids
(sleep 300 & echo $! >> pids)
(setsid sh -c 'echo $$ >> pids; cd /; exec sleep 300' &)
echo $$ >> pids
echo up
while true; do sleep 300; done
"""

SERVE = """
import json, os, sys, time
from anyscale_sessions_sandbox import ProcessRuntime, Timings, serve
directory, db = sys.argv[1:3]
timings = Timings(start_s=0.0, terminate_s=0.0)
with serve(db=db, token="sss_kept", runtime=ProcessRuntime(directory), timings=timings) as sandbox:
    print(json.dumps([sandbox.url, sandbox.found]), flush=True)
    if "fork" in sys.argv:
        sys.stdin.readline()
        if fork := os.fork():
            print(fork, flush=True)
    time.sleep(120)
"""


def until(happened: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
    """What comes of it when it has happened, which it must in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := happened():
            return found
        time.sleep(0.01)
    raise AssertionError(f"it did not happen within {within_s} s")


def state_of(process_id: int) -> str:
    """The system's letter for what a process does; X if it is not there."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def lives(process_id: int) -> bool:
    """Whether a process is there that has not ended."""
    return state_of(process_id) not in "ZX"


class Here:
    """A sandbox whose sessions are processes, as one test sees it."""

    def __init__(self, api: Any, runtime: ProcessRuntime) -> None:
        self.api = api
        self.runtime = runtime

    def session(self, **fields: Any) -> Any:
        """A session that runs."""
        session = self.api.create(**fields)
        self.api.start(session)
        return self.until(session, "Running")

    def until(self, session: Any, state: str) -> Any:
        """The session, when it has come to a state."""
        return until(lambda: (now := self.api.get(session))["state"] == state and now)

    def ended(self, command: Any) -> Any:
        """The command, when it has ended."""
        return until(lambda: (now := self.api.command(command))["finished_at"] and now)

    def ran(self, session: Any, shell_command: str) -> tuple[int, str, str]:
        """The exit code of a command, and what it has written."""
        command = self.ended(self.api.run(session, shell_command))
        return (command["status_code"], *self.logs(command))

    def logs(self, command: Any) -> Any:
        """What a command has written until now."""
        return self.api.sandbox.logs(command["id"])

    def kill(self, command: Any) -> Any:
        """The command, killed."""
        return self.api.result("POST", f"/session_commands/{command['id']}/kill")

    def folder(self, session: Any) -> Path:
        """The directory of a session."""
        folder = self.runtime.directory(session["id"])
        assert folder
        return folder

    def stubborn(self, session: Any) -> tuple[Any, list[int]]:
        """A command that does not want to end, and its processes."""
        command = self.api.run(session, STUBBORN)
        pids = self.folder(session) / "home" / "pids"
        until(lambda: self.logs(command).stdout and len(pids.read_text().split()) == 4)
        found = [int(text) for text in pids.read_text().split()]
        assert all(map(lives, found))
        return command, found


@contextmanager
def processes(visit: Any, directory: Path, **options: Any) -> Iterator[Here]:
    """A sandbox whose sessions are processes, with directories in a directory."""
    environment = options.pop("environment", None)
    runtime = ProcessRuntime(directory, environment=environment)
    options = {"timings": AT_ONCE, "validate_responses": True} | options
    with serve(runtime=runtime, **options) as sandbox:
        yield Here(visit(sandbox), runtime)


@pytest.fixture
def here(visit: Any, tmp_path: Path) -> Iterator[Here]:
    """A sandbox of the test's own, which leaves nothing behind."""
    with processes(visit, tmp_path / "sessions") as found:
        yield found
    assert list((tmp_path / "sessions").glob("*")) == []


@pytest.mark.parametrize(
    ("shell_command", "status_code"),
    [
        ("true", 0),
        ("exit 3", 3),
        ("no-such-program-anywhere", 127),
        ("kill -9 $$", -9),
        ("kill -TERM $$", -15),
        ("cat", 0),
        ("yes | head -n 1; exit ${PIPESTATUS[0]}", 128 + signal.SIGPIPE),
        ('rm -rf "${HOME%/home}"; exit 5', 5),
    ],
)
def test_exit_codes_are_exact(here: Here, shell_command: str, status_code: int) -> None:
    """Those of the shell, or the number of the signal with a minus; nothing can be read, and pipes break as usual."""
    assert here.ran(here.session(), shell_command)[0] == status_code


def test_output_is_what_was_written(here: Here) -> None:
    """Standard output and standard error apart, whatever the bytes; of much of it, the end."""
    session = here.session()
    assert here.ran(session, "python -c 'print(6 * 7)'") == (0, "42\n", "")
    assert here.ran(session, r"printf 'a\xff\n'; echo '\303\244 €' >&2") == (0, "a\ufffd\n", "\\303\\244 €\n")
    text = here.ran(session, "yes 0123456789 | head -n 200000; echo end")[1]
    assert (len(text), text[-15:]) == (process_module.LOG_BYTES, "0123456789\nend\n")


def test_output_can_be_read_over_http(here: Here) -> None:
    """By the control API, until it goes with the session; also for a command that there is not."""
    session = here.session()
    command = here.ended(here.api.run(session, "echo out; echo err >&2"))

    def logs(command_id: str) -> Any:
        url = f"{here.api.sandbox.url}/_sandbox/commands/{command_id}/logs"
        return here.api.http.get(url, headers={"cookie": f"cli_token={here.api.sandbox.token}"})

    assert logs(command["id"]).json() == {"stdout": "out\n", "stderr": "err\n"}
    here.api.terminate(session)
    here.until(session, "Terminated")
    assert (logs(command["id"]).status_code, logs("scd_none").status_code) == (404, 404)


def test_output_can_be_read_while_a_command_runs(here: Here) -> None:
    """And a killed one has -9, and what it had written until then."""
    command = here.api.run(here.session(), "echo out; echo err >&2; sleep 300")
    until(lambda: here.logs(command) == ("out\n", "err\n"))
    assert here.api.command(command)["finished_at"] is None
    here.kill(command)
    ended = here.ended(command)
    assert ended["status_code"] == -9
    assert ended["created_at"] <= ended["killed_at"] <= ended["finished_at"]
    assert here.logs(command) == ("out\n", "err\n")


def test_a_command_that_the_system_refuses_ends_at_once(here: Here) -> None:
    """With 126, as a shell has it, and the reason on standard error; so does one with a null character."""
    session = here.session()
    assert here.ran(session, "echo " + "x" * 200_000) == (126, "", "Argument list too long\n")
    assert here.ran(session, "echo \0") == (126, "", "embedded null byte\n")
    here.ran(session, "rm -rf ~/../commands")
    assert here.ran(session, "true") == (126, "", "")


def test_commands_see_an_environment_of_their_own(visit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the secrets of the sandbox's; what is given for them is there, such as RAY_ADDRESS."""
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "sss_secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    with processes(visit, tmp_path, environment={"RAY_ADDRESS": "127.0.0.1:6379"}) as here:
        session = here.session()
        folder = here.folder(session)
        found = json.loads(here.ran(session, "python -c 'import json, os; print(json.dumps(dict(os.environ)))'")[1])
        assert "sss_secret" not in str(found)
        assert found["LANG"] == "C.UTF-8"
        assert found["RAY_ADDRESS"] == "127.0.0.1:6379"
        assert found["HOME"] == found["PWD"] == str(folder / "home")
        assert found["TMPDIR"] == str(folder / "tmp")
        assert found["PATH"].startswith(str(Path(sys.executable).parent) + os.pathsep)
        assert session["user_service_url"] == f"http://127.0.0.1:{found['USER_SERVICE_PORT']}"
        assert {path.stat().st_mode & 0o077 for path in folder.rglob("*")} == {0}
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_user_service_can_be_reached(here: Here) -> None:
    """On the port that its command is told; with the session its listener goes."""
    session = here.session()
    here.api.run(session, "exec python -m http.server $USER_SERVICE_PORT --bind 127.0.0.1")
    port = int(session["user_service_url"].rpartition(":")[2])

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(listens)
    here.api.terminate(session)
    assert here.until(session, "Terminated")["user_service_url"] is None
    assert not listens()


def test_a_kill_takes_the_whole_tree_and_nothing_else(here: Here) -> None:
    """Also what ignores the request, has a session of its own, or has lost its parent; others run on."""
    session = here.session()
    other = here.api.run(session, "sleep 300")
    command, pids = here.stubborn(session)
    began = time.monotonic()
    here.kill(command)
    here.kill(command)
    assert here.ended(command)["status_code"] == -9
    assert time.monotonic() - began > 0.9
    until(lambda: not any(map(lives, pids)))
    assert here.api.command(other)["finished_at"] is None
    assert here.ran(session, "echo still here") == (0, "still here\n", "")
    assert here.api.call("POST", f"/session_commands/{command['id']}/kill").status == 409


def test_a_killed_command_has_a_second_for_its_own_end(here: Here) -> None:
    """Whose exit code is then the command's."""
    command = here.api.run(here.session(), "trap 'echo bye; exit 7' TERM; echo up; sleep 300 & wait")
    until(lambda: here.logs(command).stdout == "up\n")
    here.kill(command)
    ended = here.ended(command)
    assert ended["status_code"] == 7
    assert ended["killed_at"]
    assert here.logs(command).stdout == "up\nbye\n"


def test_a_termination_takes_everything_down(here: Here) -> None:
    """Also what a command that has ended left running; directory and output go with it."""
    session = here.session()
    folder = here.folder(session)
    _, left, _ = here.ran(session, "setsid sleep 300 > /dev/null & echo $!")
    here.ran(session, "mkdir -p locked/inner; chmod 0 locked; ln -s / link; touch ../file; ln -s / ../link")
    command, pids = here.stubborn(session)
    here.api.terminate(session)
    here.until(session, "Terminated")
    assert not any(map(lives, [*pids, int(left)]))
    assert not folder.exists()
    ended = here.api.command(command)
    assert (ended["status_code"], bool(ended["killed_at"])) == (-9, True)
    with pytest.raises(LookupError, match="went with its session's machines"):
        here.logs(command)


def test_a_session_can_be_started_again(here: Here) -> None:
    """In a new directory."""
    session = here.session()
    first = here.folder(session)
    here.api.terminate(session)
    here.until(session, "Terminated")
    here.api.start(session)
    here.until(session, "Running")
    assert here.folder(session) != first
    assert here.ran(session, "ls") == (0, "", "")


def test_a_start_that_is_terminated_leaves_nothing(here: Here, tmp_path: Path) -> None:
    """However far it has come."""
    session = here.api.create()
    operation = here.api.start(session)
    here.api.terminate(session)
    here.until(session, "Terminated")
    assert here.api.operation(operation)["result"]["error"]
    assert list((tmp_path / "sessions").glob("*")) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_session_whose_supervisor_dies_is_terminated(here: Here, number: signal.Signals, tmp_path: Path) -> None:
    """And nothing is left of its commands."""
    session = here.session()
    command, pids = here.stubborn(session)
    supervisor_id = int(here.ran(session, "echo $PPID")[1])
    os.kill(supervisor_id, number)
    here.until(session, "Terminated")
    assert here.api.command(command)["status_code"] == -9
    until(lambda: not any(map(lives, pids)))
    assert list((tmp_path / "sessions").iterdir()) == []
    code = f"-{number}" if number == signal.SIGKILL else "0"
    assert f"Its supervisor ended with {code}: no word." in here.api.events(session)[-1]["description"]


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("sys.exit('no way')", "Its supervisor ended with 1: no way."),
        ("import time; time.sleep(300)", "Its supervisor did not respond."),
        (None, "Its supervisor could not be started: No such file or directory."),
    ],
)
def test_a_supervisor_that_does_not_start_is_told(
    here: Here, monkeypatch: pytest.MonkeyPatch, program: str | None, reason: str
) -> None:
    """The session cannot be started then, and says why."""
    command = (sys.executable, "-c", f"import sys; {program}") if program else ("/no/such/program",)
    monkeypatch.setattr(keeper_module, "SUPERVISOR", command)
    monkeypatch.setattr(keeper_module, "START_TIMEOUT_S", 2.0)
    session = here.api.create()
    here.api.start(session)
    failed = here.until(session, "StartupErrored")
    assert failed["state_data"]["startup"]["startup_error"] == reason


def test_a_supervisor_that_does_not_listen_is_killed(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot keep the sandbox waiting, and its session is terminated."""
    monkeypatch.setattr(keeper_module, "SEND_TIMEOUT_S", 1)
    session = here.session()
    os.kill(int(here.ran(session, "echo $PPID")[1]), signal.SIGSTOP)
    here.api.run(session, "echo " + "x" * 2_000_000)
    here.until(session, "Terminated")
    assert "Its supervisor did not respond." in here.api.events(session)[-1]["description"]


def test_a_directory_that_cannot_be_made_is_told(visit: Any, tmp_path: Path) -> None:
    """The session cannot be started then."""
    place = tmp_path / "file"
    place.touch()
    with processes(visit, place) as here:
        session = here.api.create()
        here.api.start(session)
        reason = here.until(session, "StartupErrored")["state_data"]["startup"]["startup_error"]
        assert reason.startswith(f"Its directory could not be made: Not a directory: {place}")


def test_a_command_keeps_its_session_from_idling(visit: Any, tmp_path: Path) -> None:
    """The clock says how long it idles; when the command ends, which it does in real time, it begins anew."""
    clock = ManualClock()
    with processes(visit, tmp_path, clock=clock, timings=Timings()) as here:
        session = here.api.create(idle_timeout=10)
        here.api.start(session)
        clock.advance(1.5)
        here.until(session, "Running")
        command = here.api.run(session, "sleep 300")
        clock.advance(hours=5)
        assert here.api.get(session)["state"] == "Running"
        assert here.runtime.activity(session)
        here.kill(command)
        assert here.ended(command)["finished_at"] == clock.now().isoformat(timespec="microseconds")
        assert not here.runtime.activity(session)
        clock.advance(minutes=10)
        assert here.api.get(session)["state"] == "Terminating"
        clock.advance(1)
        here.until(session, "Terminated")


def test_a_sandbox_that_is_closed_ends_its_sessions(visit: Any, tmp_path: Path) -> None:
    """Which is written down: the next one finds nothing to set right."""
    db, directory = tmp_path / "sandbox.db", tmp_path / "sessions"
    with processes(visit, directory, db=db) as here:
        session = here.session()
        command, pids = here.stubborn(session)
    assert not any(map(lives, pids))
    assert list(directory.iterdir()) == []
    with processes(visit, directory, db=db) as here:
        assert here.api.sandbox.found == ()
        assert here.api.get(session)["state"] == "Terminated"
        assert "The sandbox was closed." in here.api.events(session)[-1]["description"]
        assert here.api.command(command)["status_code"] == -9


def test_what_a_sandbox_forgets_has_to_go(here: Here) -> None:
    """As by a reset: what the store does not know any more does not run any more."""
    session = here.session()
    _, pids = here.stubborn(session)
    folder = here.folder(session)
    here.runtime.reconcile([], here.runtime._reports)  # type: ignore[arg-type]
    until(lambda: not folder.exists())
    assert not any(map(lives, pids))


def test_a_reset_takes_everything_down(here: Here, tmp_path: Path) -> None:
    """Sessions that run, with their commands, and such as are only about to; the sandbox goes on as a new one."""
    _, found = here.stubborn(here.session())
    here.api.start(here.api.create())
    here.api.sandbox.reset()
    assert here.api.call("GET", "/sessions/", params={"project_id": here.api.project_id}).body["results"] == []
    until(lambda: not any(map(lives, found)) and not list((tmp_path / "sessions").glob("*")))
    assert here.ran(here.session(), "echo new") == (0, "new\n", "")


def test_a_restore_finds_what_runs_still(here: Here) -> None:
    """A session that runs still is Running again, and so is its command; one begun since is killed."""
    session = here.session()
    assert here.ran(session, "exit 3")[0] == 3
    old = here.api.run(session, "echo old; sleep 300")
    until(lambda: here.logs(old).stdout)
    snapshot = here.api.sandbox.snapshot()
    new = here.api.run(session, "echo $$; sleep 300")
    process_id = int(until(lambda: here.logs(new).stdout.endswith("\n") and here.logs(new).stdout))
    here.api.sandbox.restore(snapshot)
    assert here.api.get(session)["idle_termination_status"] == "ACTIVE_COMMAND"
    assert here.api.command(old)["finished_at"] is None
    assert here.api.call("GET", f"/session_commands/{new['id']}").status == 404
    until(lambda: not lives(process_id))
    here.kill(old)
    assert (here.ended(old)["status_code"], here.logs(old).stdout) == (-9, "old\n")


def test_a_restore_tells_how_commands_have_ended_since(here: Here) -> None:
    """By their exit codes; those of a session that was started anew meanwhile were killed."""
    session, other = here.session(), here.session()
    gate = here.folder(session) / "home" / "gate"
    command = here.api.run(session, "until [ -e gate ]; do sleep 0.01; done; exit 7")
    lost = here.api.run(other, "sleep 300")
    snapshot = here.api.sandbox.snapshot()
    gate.touch()
    here.ended(command)
    here.api.terminate(other)
    here.until(other, "Terminated")
    here.api.start(other)
    here.until(other, "Running")
    here.api.sandbox.restore(snapshot)
    assert here.api.command(command)["status_code"] == 7
    assert here.api.command(lost)["status_code"] == -9
    assert [here.api.get(found)["idle_termination_status"] for found in (session, other)] == ["IDLE", "IDLE"]
    assert here.ran(other, "exit 4")[0] == 4


def test_a_restore_ends_and_begins_what_had_not_come_about(
    visit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start whose processes are up by now waits for them no longer; a termination that was to be still is."""
    gate = tmp_path / "gate"
    held = ("sh", "-c", f'until [ -e "{gate}" ]; do sleep 0.01; done; exec "$@"', "sh", *keeper_module.SUPERVISOR)
    monkeypatch.setattr(keeper_module, "SUPERVISOR", held)
    timings = Timings(start_s=5.0, terminate_s=5.0)
    with processes(visit, tmp_path / "sessions", clock=ManualClock(), timings=timings) as here:
        sandbox, session = here.api.sandbox, here.api.create()
        here.api.start(session)
        starting = sandbox.snapshot()
        gate.touch()
        sandbox.clock.advance(5)
        here.until(session, "Running")
        sandbox.restore(starting)
        assert here.api.get(session)["state"] == "StartingUp"
        sandbox.clock.advance(5)
        assert here.api.get(session)["state"] == "Running"
        here.api.terminate(session)
        terminating = sandbox.snapshot()
        sandbox.clock.advance(5)
        here.until(session, "Terminated")
        here.api.start(session)
        sandbox.clock.advance(5)
        here.until(session, "Running")
        folder = here.folder(session)
        sandbox.restore(terminating)
        sandbox.clock.advance(5)
        here.until(session, "Terminated")
        until(lambda: not folder.exists())


def test_a_restore_of_a_session_that_is_gone_says_so(here: Here) -> None:
    """It is Terminated, its commands were killed, and it can be started again."""
    session = here.session()
    command = here.api.run(session, "sleep 300")
    snapshot = here.api.sandbox.snapshot()
    here.api.terminate(session)
    here.until(session, "Terminated")
    here.api.sandbox.restore(snapshot)
    assert here.api.get(session)["state"] == "Terminated"
    assert here.api.command(command)["status_code"] == -9
    assert here.api.events(session)[-1]["description"].endswith("or put back to what it was.")
    here.api.start(session)
    here.until(session, "Running")


def test_a_session_started_twice_runs_once(visit: Any, tmp_path: Path) -> None:
    """The last one counts, as after a start whose transaction failed; the others go unnoticed."""
    clock = ManualClock()
    with processes(visit, tmp_path, clock=clock, timings=Timings()) as here:
        session = here.api.create()
        here.api.start(session)
        folders = {here.folder(session)}
        for _ in range(2):
            here.runtime.start(session)
            folders.add(here.folder(session))
        assert len(folders) == 3
        until(lambda: [*tmp_path.iterdir()] == [here.folder(session)])
        clock.advance(2)
        here.until(session, "Running")
        assert here.ran(session, "pwd")[1] == f"{here.folder(session)}/home\n"


def test_a_session_that_nobody_asked_to_start_has_to_go(here: Here, tmp_path: Path) -> None:
    """As after a start whose transaction failed."""
    here.runtime.start({"id": "ses_none"})
    until(lambda: here.runtime.directory("ses_none") is None)
    assert list((tmp_path / "sessions").iterdir()) == []


def test_calls_about_sessions_that_are_gone_do_nothing(here: Here) -> None:
    """Since the sandbox may not know yet that they are."""
    session, command = {"id": "ses_none"}, {"id": "scd_none", "session_id": "ses_none", "shell_command": "true"}
    assert here.runtime.run(session, command) == (0, -9)
    assert here.runtime.endpoints(session) == {}
    assert here.runtime.kill(command) == -9
    assert here.runtime.logs(command) is None
    assert here.runtime.terminate(session) is True
    assert here.runtime.activity(session) is False
    assert here.runtime.directory("ses_none") is None
    keeper = here.runtime._current[here.session()["id"]]
    keeper.end()
    keeper.join()
    keeper.kill("scd_none")


class Killed:
    """A sandbox in a process of its own, that is there to be killed."""

    def __init__(self, directory: Path, db: Path, *arguments: str) -> None:
        self.db = db
        self.directory = directory
        command = [sys.executable, "-c", SERVE, str(directory), str(db), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url, self.found = json.loads(self.process.stdout.readline())
        self.token = "sss_kept"

    def logs(self, command_id: str) -> Any:
        """What a command has written, read from its file."""
        paths = [[*self.directory.glob(f"*/commands/{command_id}.{name}")] for name in ("stdout", "stderr")]
        return Logs(*(found[0].read_text() if found else "" for found in paths))


class Apart(Here):
    """A sandbox in another process, as a test sees it."""

    def folder(self, session: Any) -> Path:  # noqa: ARG002 - there is one alone
        """The one directory there is."""
        return next(self.api.sandbox.directory.iterdir())


@pytest.fixture
def apart(visit: Any, tmp_path: Path) -> Iterator[Callable[..., Apart]]:
    """Starts a sandbox in a process of its own."""
    started: list[Killed] = []

    def start(*arguments: str) -> Apart:
        started.append(Killed(tmp_path / "sessions", tmp_path / "sandbox.db", *arguments))
        return Apart(visit(started[-1]), None)  # type: ignore[arg-type]

    yield start
    for killed in started:
        killed.process.kill()
        killed.process.communicate()


def with_text(text: str) -> list[int]:
    """The processes that have a text among their arguments or in their environment."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            held = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in held and lives(int(entry.name)):
            found.append(int(entry.name))
    return found


@pytest.mark.parametrize("arguments", [(), ("fork",)])
def test_nothing_is_left_of_a_sandbox_that_is_killed(
    apart: Callable[..., Apart], visit: Any, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """No process, listener or directory, within ten seconds, and the next one says what it has found.

    Not even if somebody forked the sandbox and keeps its sockets open.
    """
    here = apart(*arguments)
    session = here.session()
    command, pids = here.stubborn(session)
    supervisor_id = int(Path(f"/proc/{pids[-1]}/stat").read_text().rpartition(")")[2].split()[1])
    here.api.run(session, "exec python -m http.server $USER_SERVICE_PORT --bind 127.0.0.1")
    killed = here.api.sandbox.process
    forks: list[int] = []
    if arguments:
        killed.stdin.write("\n")
        killed.stdin.flush()
        forks = [int(killed.stdout.readline())]
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    with processes(visit, tmp_path / "sessions", db=tmp_path / "sandbox.db") as after:
        assert f"sessions whose machines are gone: {session['id']}" in after.api.sandbox.found
        assert after.api.get(session)["state"] == "Terminated"
        assert after.api.command(command)["status_code"] == -9
        until(lambda: not any(map(lives, [supervisor_id, *pids])), within_s=10)
        assert list((tmp_path / "sessions").iterdir()) == []
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(session["user_service_url"].rpartition(":")[2]))) != 0
    for fork in forks:
        os.kill(fork, signal.SIGKILL)


def test_what_is_left_when_the_supervisor_is_killed_too_is_swept(
    apart: Callable[..., Apart], visit: Any, tmp_path: Path
) -> None:
    """By the next sandbox, which says so; it touches nothing that is not of ours, or not stale."""
    here = apart()
    session = here.session()
    _, pids = here.stubborn(session)
    folder = here.folder(session)
    supervisor_id = int(here.ran(session, "echo $PPID")[1])
    sandbox_id = here.api.sandbox.process.pid
    os.kill(sandbox_id, signal.SIGSTOP)
    until(lambda: {state_of(int(thread.name)) for thread in Path(f"/proc/{sandbox_id}/task").iterdir()} == {"T"})
    os.kill(supervisor_id, signal.SIGKILL)
    os.kill(sandbox_id, signal.SIGKILL)
    here.api.sandbox.process.wait()
    until(lambda: not lives(supervisor_id))
    assert all(map(lives, pids))
    foreign = tmp_path / "sessions" / f"{PREFIX}notes"
    foreign.mkdir()
    link = tmp_path / "sessions" / f"{PREFIX}link"
    link.symlink_to(folder)
    with processes(visit, tmp_path / "sessions") as other:
        assert other.api.sandbox.found == (f"removed what was left of a session: {folder}",)
        until(lambda: not any(map(lives, pids)))
        other_session = other.session()
        with processes(visit, tmp_path / "sessions", db=tmp_path / "sandbox.db") as after:
            assert after.api.sandbox.found == (f"sessions whose machines are gone: {session['id']}",)
            assert other.ran(other_session, "echo here") == (0, "here\n", "")
    assert sorted((tmp_path / "sessions").iterdir()) == sorted([foreign, link])


def test_a_process_group_will_do_where_there_is_no_better(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """On other systems than Linux what stays in a command's group is found, and ends with it."""
    program = (
        "import sys; sys.platform = 'other'; from anyscale_sessions_sandbox.runtimes.supervisor import main; main()"
    )
    monkeypatch.setattr(keeper_module, "SUPERVISOR", (sys.executable, "-c", program))
    session = here.session()
    script = "trap '' TERM; sleep 300 & echo $$ $!; wait; sleep 300"
    commands = [here.api.run(session, script) for _ in range(2)]
    for command in commands:
        until(lambda command=command: here.logs(command).stdout)
    pids = [[int(text) for text in here.logs(command).stdout.split()] for command in commands]
    here.kill(commands[0])
    assert here.ended(commands[0])["status_code"] == -9
    until(lambda: not any(map(lives, pids[0])))
    assert all(map(lives, pids[1]))
    here.api.terminate(session)
    here.until(session, "Terminated")
    assert not any(map(lives, pids[1]))


def test_a_supervisor_without_a_task_ends(tmp_path: Path) -> None:
    """Its sandbox was killed before it could say what there is to do."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(keeper_module.SUPERVISOR, stdin=theirs.fileno(), cwd=tmp_path)
        theirs.close()
        ours.close()
        assert process.wait(PATIENCE_S) == 0
    assert shlex.join(keeper_module.SUPERVISOR).endswith("-m anyscale_sessions_sandbox.runtimes.supervisor")
