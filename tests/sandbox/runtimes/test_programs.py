"""The programs of a session, run by a supervisor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from anyscale_sessions_sandbox import ProcessRuntime, serve
from anyscale_sessions_sandbox.runtimes.programs import MAX_REASON_CHARACTERS, Program
from anyscale_sessions_sandbox.runtimes.supervisor import Task
from anyscale_sessions_sandbox.runtimes.supervisor_client import SupervisorClient

from .conftest import AT_ONCE, Here, until

READY = """echo '{"ready": true, "environment": {"PLACE": "here"}}'; sleep 300"""


def shell(text: str, name: str = "head", **options: Any) -> Program:
    """A program that runs shell commands."""
    return Program(name, ["/bin/bash", "-c", text], {"PATH": os.environ["PATH"]}, **options)


WATCHER = shell(READY, "watcher", reports=True)


class WithPrograms(ProcessRuntime):
    """Sessions that consist of programs."""

    programs: Sequence[Program] = (WATCHER,)
    files: Mapping[str, str] = MappingProxyType({})
    link = ""
    admit: Callable[[SupervisorClient], str] | None = None

    def start(self, session: Any, catalog: Any) -> bool:  # noqa: ARG002 - as the protocol has it
        """Start the supervisor with the programs."""
        path, environment = self.new_path(), {"PATH": os.environ["PATH"]}
        task = Task(os.getpid(), path, self._shell, environment, self.programs, dict(self.files), self.link)
        self.launch(session["id"], task, self.admit)
        return False


@contextmanager
def consisting_of(visit: Any, directory: Path, *programs: Program, **options: Any) -> Iterator[Here]:
    """A sandbox whose sessions consist of these programs. It leaves nothing behind."""
    runtime = WithPrograms(directory)
    runtime.programs = programs or runtime.programs
    for name, value in options.items():
        setattr(runtime, name, value)
    with serve(runtime=runtime, timings=AT_ONCE, validate_responses=True) as sandbox:
        yield Here(visit(sandbox), runtime)
    assert list(directory.glob("*")) == []


def failed(here: Here) -> str:
    """Why the start of a session has failed."""
    session = here.api.create()
    here.api.start(session)
    reason: str = here.until(session, "StartupErrored")["state_data"]["startup"]["startup_error"]
    return reason


def test_a_session_runs_when_a_program_reports_that_it_is_ready(visit: Any, tmp_path: Path) -> None:
    """A session of programs is running when one reports that it is ready, and commands get its variables."""
    with consisting_of(visit, tmp_path, shell("sleep 300"), WATCHER) as here:
        session = here.session()
        assert here.ran(session, "echo $PLACE") == (0, "here\n", "")
        here.api.terminate(session)
        here.until(session, "Terminated")


def test_what_a_program_observes_is_shown(visit: Any, tmp_path: Path) -> None:
    """What a program observes is stored in the session and in its events, even in a line that comes in two parts."""
    text = """echo -n '{"observed": {"ray_version": "2'; sleep 0.1; echo '.60.0", "notes": ["It is slow."]}}'"""
    with consisting_of(visit, tmp_path, shell(f"{text}\n{READY}", "watcher", reports=True)) as here:
        session = here.session()
        assert session["ray_version"] == "2.60.0"
        assert "It is slow." in [event["description"] for event in here.api.events(session)]


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (shell("echo first; echo last.; exit 3"), "Its head ended with 3: last."),
        (shell("echo out; echo err >&2; exit 1"), "Its head ended with 1: err."),
        (shell("kill -9 $$"), "Its head ended by SIGKILL."),
        (shell("kill -40 $$"), "Its head ended by signal 40."),
        (shell("echo gcs died; echo and more", clue=r"\w+ died"), "Its head ended with 0: gcs died."),
        (shell("echo nothing", clue=r"\w+ died"), "Its head ended with 0: nothing."),
        (shell(f"printf '%0{MAX_REASON_CHARACTERS + 9}d' 0"), f"Its head ended with 0: {'0' * MAX_REASON_CHARACTERS}."),
        (shell("echo not a report >/dev/null", reports=True), "Its head ended with 0."),
        (Program("head", ["/no/such/program"], {}), "Its head could not be started: No such file or directory."),
        (shell("exit 4", prepares=True), "Its head ended with 4."),
    ],
)
def test_a_program_that_ends_fails_the_start(visit: Any, tmp_path: Path, program: Program, reason: str) -> None:
    """A session whose program ends before it is ready fails to start, with the end and its reason."""
    with consisting_of(visit, tmp_path, program, shell("sleep 300", "watcher", reports=True)) as here:
        assert failed(here) == reason


def test_a_program_that_ends_later_ends_the_session(visit: Any, tmp_path: Path) -> None:
    """A running session is terminated when one of its programs ends, and an event says which one."""
    with consisting_of(visit, tmp_path, shell("until [ -e end ]; do sleep 0.01; done; exit 7"), WATCHER) as here:
        session = here.session()
        here.api.run(session, "touch end")
        here.until(session, "Terminated")
        assert "Its head ended with 7." in here.api.events(session)[-1]["description"]


def test_programs_start_after_one_that_prepares_the_session(visit: Any, tmp_path: Path) -> None:
    """A program that prepares the session ends before the next ones start."""
    prepare = shell("sleep 0.1; echo prepared > file", "preparation", prepares=True)
    head = shell("cat file > copy; sleep 300")
    with consisting_of(visit, tmp_path, prepare, head, WATCHER) as here:
        session = here.session()
        until(lambda: here.ran(session, "cat copy")[1] == "prepared\n")


def test_a_session_gets_files_and_a_short_link(visit: Any, tmp_path: Path) -> None:
    """The files of a task are in the directory of the session, and its link leads there until the session ends."""
    link = tmp_path / "link"
    with consisting_of(visit, tmp_path / "sessions", files={"settings": "a: 1"}, link=str(link)) as here:
        session = here.session()
        assert (link / "settings").read_text() == "a: 1"
        assert here.ran(session, "echo $TMPDIR")[1] == f"{link}/tmp\n"
        here.api.terminate(session)
        here.until(session, "Terminated")
        assert not link.is_symlink()
        link.touch()
        assert failed(here).startswith("Its directory could not be created: File exists: ")
        assert link.exists()


def test_a_link_goes_with_its_supervisor(visit: Any, tmp_path: Path) -> None:
    """The link to a session's directory is removed when its supervisor is killed."""
    link = tmp_path / "link"
    with consisting_of(visit, tmp_path / "sessions", link=str(link)) as here:
        session = here.session()
        here.api.run(session, "kill -9 $PPID")
        here.until(session, "Terminated")
        assert not link.is_symlink()


def test_a_session_that_is_not_admitted_fails_to_start(visit: Any, tmp_path: Path) -> None:
    """A session that is refused fails to start with the reason, and no process is started for it."""
    with consisting_of(visit, tmp_path, admit=lambda _: "There is no room.") as here:
        assert failed(here) == "There is no room."


def test_a_session_that_waits_can_be_terminated(visit: Any, tmp_path: Path) -> None:
    """A session that is terminated while it waits to be admitted never starts."""
    with consisting_of(visit, tmp_path, admit=lambda client: until(lambda: client.reason and "too late")) as here:
        session = here.api.create()
        here.api.start(session)
        here.api.terminate(session)
        here.until(session, "Terminated")
