"""The `process` runtime: commands run, end, and leave nothing behind."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, Timings
from anyscale_sessions_sandbox.runtimes import process as process_module
from anyscale_sessions_sandbox.runtimes import supervisor_client as client_module
from anyscale_sessions_sandbox.runtimes.catalog import Catalog

from .conftest import PATIENCE_S, Apart, Here, lives, processes, until


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
    """Exit codes are those of the shell or negated signal numbers, standard input is empty, and pipes work."""
    assert here.ran(here.session(), shell_command)[0] == status_code


def test_a_session_has_no_workers_to_terminate(here: Here) -> None:
    """A termination of the workers alone is completed at once, and the session and its commands keep running."""
    session = here.session()
    command = here.api.run(session, "sleep 1000")
    operation = here.api.terminate(session, workers_only=True)
    until(lambda: here.api.result("GET", f"/session_operations/{operation['id']}")["completed"])
    assert here.api.get(session)["state"] == "Running"
    assert here.api.result("GET", f"/session_commands/{command['id']}")["finished_at"] is None


def test_facts_of_a_session_that_is_not_current_are_ignored() -> None:
    """What a program reports of a session that has ended in the meantime changes nothing."""
    ended: Any = SimpleNamespace(session_id="ses_1")
    process_module.ProcessRuntime().on_observed(ended, {"ray_version": "2.60.0"})


def test_output_is_what_was_written(here: Here) -> None:
    """Standard output and standard error are separate, any bytes are kept, and long output keeps its end."""
    session = here.session()
    assert here.ran(session, "python -c 'print(6 * 7)'") == (0, "42\n", "")
    assert here.ran(session, r"printf 'a\xff\n'; echo '\303\244 €' >&2") == (0, "a\ufffd\n", "\\303\\244 €\n")
    text = here.ran(session, "yes 0123456789 | head -n 200000; echo end")[1]
    assert (len(text), text[-15:]) == (process_module.LOG_BYTES, "0123456789\nend\n")


def test_output_can_be_read_over_http(here: Here) -> None:
    """The control API returns the output of a command until its session ends, and 404 for an unknown one."""
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
    """Output can be read while a command runs, and a killed command has -9 and its output until then."""
    command = here.api.run(here.session(), "echo out; echo err >&2; sleep 300")
    until(lambda: here.logs(command) == ("out\n", "err\n"))
    assert here.api.command(command)["finished_at"] is None
    here.kill(command)
    ended = here.ended(command)
    assert ended["status_code"] == -9
    assert ended["created_at"] <= ended["killed_at"] <= ended["finished_at"]
    assert here.logs(command) == ("out\n", "err\n")


def test_a_command_that_the_system_refuses_ends_at_once(here: Here) -> None:
    """A command that the system refuses ends with 126 and the reason on standard error."""
    session = here.session()
    assert here.ran(session, "echo " + "x" * 200_000) == (126, "", "Argument list too long\n")
    assert here.ran(session, "echo \0") == (126, "", "embedded null byte\n")
    here.ran(session, "rm -rf ~/../commands")
    assert here.ran(session, "true") == (126, "", "")


def test_commands_see_an_environment_of_their_own(visit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands see the given variables and none of the sandbox's secrets."""
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
        assert found["USER_SERVICE_PORT"] not in session["user_service_url"]
        assert found["HEAD_SERVICE_PORT"] not in session["host_name"]
        assert {path.stat().st_mode & 0o077 for path in folder.rglob("*")} == {0}
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_supervisor_has_no_more_variables_than_its_commands(
    visit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor of a session, whose environment its commands can read, has no secret of the sandbox's either."""
    monkeypatch.setattr(client_module, "SUPERVISOR_VARIABLES", ())
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sss_secret")
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "sss_secret")
    with processes(visit, tmp_path, environment={"RAY_ADDRESS": "127.0.0.1:6379"}) as here:
        found = here.ran(here.session(), "cat /proc/$PPID/environ")[1]
    names = {entry.partition("=")[0] for entry in found.split("\0") if entry}
    assert "sss_secret" not in found
    assert {"PATH", "RAY_ADDRESS", "USER_SERVICE_PORT"} <= names
    assert names <= {
        "HEAD_SERVICE_PORT",
        "PATH",
        "RAY_ADDRESS",
        "USER_SERVICE_PORT",
        *process_module.INHERITED_VARIABLES,
    }


@pytest.mark.parametrize("path", [None, "/somewhere"])
def test_a_supervisor_finds_the_package_as_its_sandbox_does(
    here: Here, monkeypatch: pytest.MonkeyPatch, path: str | None
) -> None:
    """A supervisor has the PYTHONPATH of its sandbox, and its commands do not."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if path:
        monkeypatch.setenv("PYTHONPATH", path)
    session = here.session()
    found = here.ran(session, "tr '\\0' '\\n' < /proc/$PPID/environ | grep ^PYTHONPATH; echo $PYTHONPATH")[1]
    assert found == (f"PYTHONPATH={path}\n\n" if path else "\n")


def test_the_services_of_a_session_are_reached_through_their_proxies(here: Here) -> None:
    """A user service and a dashboard are reached with the tokens of their session, until the session ends."""
    session = here.session(user_service_access="public")
    serve = "exec python -m http.server --bind 127.0.0.1"
    here.api.run(session, f"echo service > index.html; {serve} $USER_SERVICE_PORT")
    here.api.run(session, f"mkdir head; cd head; echo head > index.html; {serve} $HEAD_SERVICE_PORT")

    def get(url: str, token: str) -> tuple[int, str]:
        response = here.api.http.get(url, headers={"Authorization": f"Bearer {token}"})
        return response.status_code, response.text

    services = [
        (session["user_service_url"], session["user_service_token"], "service\n"),
        (session["host_name"], session["access_token"], "head\n"),
    ]
    for url, token, text in services:
        until(lambda url=url, token=token: get(url, token)[0] != 502)
        assert get(url, token) == (200, text)
        assert get(url, "wrong")[0] == 403
    here.api.terminate(session)
    assert here.until(session, "Terminated")["user_service_url"] is None
    assert [get(url, token)[0] for url, token, _ in services] == [503, 503]
    here.api.call("DELETE", f"/sessions/{session['id']}")
    for url, *_ in services:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0


def test_a_kill_takes_the_whole_tree_and_nothing_else(here: Here) -> None:
    """A kill ends all descendants of a command, even detached ones, and no other command."""
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
    """A command that ends itself within a second of a kill keeps its own exit code."""
    command = here.api.run(here.session(), "trap 'echo bye; exit 7' TERM; echo up; sleep 300 & wait")
    until(lambda: here.logs(command).stdout == "up\n")
    here.kill(command)
    ended = here.ended(command)
    assert ended["status_code"] == 7
    assert ended["killed_at"]
    assert here.logs(command).stdout == "up\nbye\n"


def test_a_termination_takes_everything_down(here: Here) -> None:
    """A termination also ends the processes that finished commands left, and removes the directory and the output."""
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
    with pytest.raises(LookupError, match="was deleted with its session's machines"):
        here.logs(command)


def test_a_session_can_be_started_again(here: Here) -> None:
    """A session that is started again has a new directory."""
    session = here.session()
    first = here.folder(session)
    here.api.terminate(session)
    here.until(session, "Terminated")
    here.api.start(session)
    here.until(session, "Running")
    assert here.folder(session) != first
    assert here.ran(session, "ls") == (0, "", "")


def test_a_start_that_is_terminated_leaves_nothing(here: Here, tmp_path: Path) -> None:
    """A start that is terminated at any point leaves nothing behind."""
    session = here.api.create()
    operation = here.api.start(session)
    here.api.terminate(session)
    here.until(session, "Terminated")
    assert here.api.operation(operation)["result"]["error"]
    assert list((tmp_path / "sessions").glob("*")) == []


def test_a_command_keeps_its_session_from_idling(visit: Any, tmp_path: Path) -> None:
    """A running command keeps its session active, and the idle time starts when it ends in real time."""
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
    """Closing a sandbox terminates its sessions in the database, so that the next one corrects nothing."""
    db, directory = tmp_path / "sandbox.db", tmp_path / "sessions"
    with processes(visit, directory, db=db) as here:
        session = here.session()
        command, pids = here.stubborn(session)
    assert not any(map(lives, pids))
    assert list(directory.iterdir()) == []
    with processes(visit, directory, db=db) as here:
        assert here.api.sandbox.startup_notes == ()
        assert here.api.get(session)["state"] == "Terminated"
        assert "The sandbox was closed." in here.api.events(session)[-1]["description"]
        assert here.api.command(command)["status_code"] == -9


def test_what_a_sandbox_forgets_has_to_go(here: Here) -> None:
    """A session that is no longer in the store is ended by the runtime."""
    session = here.session()
    _, pids = here.stubborn(session)
    folder = here.folder(session)
    here.runtime.reconcile([], here.runtime._reports)  # type: ignore[arg-type]
    until(lambda: not folder.exists())
    assert not any(map(lives, pids))


def test_a_reset_takes_everything_down(here: Here, tmp_path: Path) -> None:
    """A reset ends running and starting sessions with their commands, and the sandbox remains usable."""
    _, found = here.stubborn(here.session())
    here.api.start(here.api.create())
    here.api.sandbox.reset()
    assert here.api.call("GET", "/sessions/", params={"project_id": here.api.project_id}).body["results"] == []
    until(lambda: not any(map(lives, found)) and not list((tmp_path / "sessions").glob("*")))
    assert here.ran(here.session(), "echo new") == (0, "new\n", "")


def test_a_restore_finds_what_runs_still(here: Here) -> None:
    """A restored session whose processes still run is Running, and commands begun since are killed."""
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
    """A restored command that has ended since has its exit code, or -9 if its session was restarted."""
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
    """A restored start whose processes are ready does not wait, and a restored termination is performed."""
    gate = tmp_path / "gate"
    held = ("sh", "-c", f'until [ -e "{gate}" ]; do sleep 0.01; done; exec "$@"', "sh", *client_module.SUPERVISOR)
    monkeypatch.setattr(client_module, "SUPERVISOR", held)
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
    """A restored session whose processes are gone is Terminated and can be started again."""
    session = here.session()
    command = here.api.run(session, "sleep 300")
    snapshot = here.api.sandbox.snapshot()
    here.api.terminate(session)
    here.until(session, "Terminated")
    here.api.sandbox.restore(snapshot)
    assert here.api.get(session)["state"] == "Terminated"
    assert here.api.command(command)["status_code"] == -9
    assert here.api.events(session)[-1]["description"].endswith("when the sandbox was started or restored.")
    here.api.start(session)
    here.until(session, "Running")


def test_a_session_started_twice_runs_once(visit: Any, tmp_path: Path) -> None:
    """If a session is started twice, only the last start counts."""
    clock = ManualClock()
    with processes(visit, tmp_path, clock=clock, timings=Timings()) as here:
        session = here.api.create()
        here.api.start(session)
        folders = {here.folder(session)}
        for _ in range(2):
            here.runtime.start(session, Catalog())
            folders.add(here.folder(session))
        assert len(folders) == 3
        until(lambda: [*tmp_path.iterdir()] == [here.folder(session)])
        clock.advance(2)
        here.until(session, "Running")
        assert here.ran(session, "pwd")[1] == f"{here.folder(session)}/home\n"


def test_a_session_that_nobody_asked_to_start_has_to_go(here: Here, tmp_path: Path) -> None:
    """A session that reports ready without being started in the store is terminated."""
    here.runtime.start({"id": "ses_none"}, Catalog())
    until(lambda: here.runtime.directory("ses_none") is None)
    assert list((tmp_path / "sessions").iterdir()) == []


def test_calls_about_sessions_that_are_gone_do_nothing(here: Here) -> None:
    """Calls for sessions that the runtime does not have any more do nothing."""
    session, command = {"id": "ses_none"}, {"id": "scd_none", "session_id": "ses_none", "shell_command": "true"}
    assert here.runtime.run(session, command) == (0, -9)
    assert here.runtime.endpoints(session) == {}
    assert here.runtime.kill(command) == -9
    assert here.runtime.logs(command) is None
    assert here.runtime.terminate(session) is True
    assert here.runtime.activity(session) is False
    assert here.runtime.directory("ses_none") is None
    client = here.runtime._current[here.session()["id"]]
    client.end()
    client.join()
    client.kill("scd_none")


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
    """A killed sandbox leaves no process, listener or directory after ten seconds, and the next one reports it."""
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
        assert f"sessions whose machines are gone: {session['id']}" in after.api.sandbox.startup_notes
        assert after.api.get(session)["state"] == "Terminated"
        assert after.api.command(command)["status_code"] == -9
        until(lambda: not any(map(lives, [supervisor_id, *pids])), within_s=10)
        assert list((tmp_path / "sessions").iterdir()) == []
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(session["user_service_url"].rpartition(":")[2]))) != 0
    for fork in forks:
        os.kill(fork, signal.SIGKILL)


def test_a_process_group_will_do_where_there_is_no_better(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """On systems other than Linux, the processes in the group of a command are found and ended."""
    program = (
        "import sys; sys.platform = 'other'; from anyscale_sessions_sandbox.runtimes.supervisor import main; main()"
    )
    monkeypatch.setattr(client_module, "SUPERVISOR", (sys.executable, "-c", program))
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
    """A supervisor ends if its sandbox was killed before it sent a task."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(client_module.SUPERVISOR, stdin=theirs.fileno(), cwd=tmp_path)
        theirs.close()
        ours.close()
        assert process.wait(PATIENCE_S) == 0
    assert shlex.join(client_module.SUPERVISOR).endswith("-m anyscale_sessions_sandbox.runtimes.supervisor")
