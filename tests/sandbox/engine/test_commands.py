"""Commands: start, end, kill and list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from anyscale_sessions_sandbox import ManualClock, Outcome, VirtualRuntime, serve


def stamp(api: Any) -> str:
    """The sandbox's present, as it stands in responses."""
    return str(api.sandbox.clock.now().isoformat(timespec="microseconds"))


def test_a_command_runs_and_ends_on_the_clock(api: Any) -> None:
    """A command has no end and no exit code until its time on the clock has come."""
    session = api.running()
    command = api.run(session, "python train.py")
    assert command == {
        "session_id": session["id"],
        "shell_command": "python train.py",
        "id": command["id"],
        "type": "COMMAND_LINE_RUNNER",
        "created_at": stamp(api),
        "finished_at": None,
        "status_code": None,
        "killed_at": None,
        "web_terminal_tab_id": None,
    }
    api.sandbox.clock.advance(0.199)
    assert api.command(command) == command
    api.sandbox.clock.advance(0.001)
    assert api.command(command) == command | {"finished_at": stamp(api), "status_code": 0}


def test_a_command_ends_at_its_own_time_however_far_the_clock_is_pushed(api: Any) -> None:
    """A command finishes at its own time, not at the time of the request that reads it."""
    command = api.run(api.running(), "sleep 5")
    due = (api.sandbox.clock.now() + timedelta(seconds=5)).isoformat(timespec="microseconds")
    api.sandbox.clock.advance(minutes=1)
    assert api.command(command)["finished_at"] == due


def test_a_killed_command_has_ended(api: Any) -> None:
    """A killed command ends at once with exit code -9, and does not end a second time."""
    session = api.running()
    command = api.run(session, "sleep 60")
    api.sandbox.clock.advance(1)
    killed = api.result("POST", f"/session_commands/{command['id']}/kill")
    assert killed == command | {"killed_at": stamp(api), "finished_at": stamp(api), "status_code": -9}
    api.sandbox.clock.advance(60)
    assert api.command(command) == killed


def test_a_command_that_has_finished_cannot_be_killed(api: Any) -> None:
    """A kill is refused for a command that was killed, has ended, or ended with its session."""
    session = api.running()
    commands = [api.run(session, text) for text in ("true", "sleep 60", "sleep 60")]
    api.sandbox.clock.advance(0.2)
    api.result("POST", f"/session_commands/{commands[1]['id']}/kill")
    api.terminate(session)
    for command in commands:
        response = api.call("POST", f"/session_commands/{command['id']}/kill")
        assert response.status == 409
        assert command["id"] in response.body["error"]["detail"]


def test_a_termination_kills_what_runs(api: Any) -> None:
    """A termination kills running commands, keeps finished ones, and all of them outlive a deleted session."""
    session = api.running()
    done, running = api.run(session, "true"), api.run(session, "sleep 60")
    api.sandbox.clock.advance(1)
    done = api.command(done)
    api.terminate(session, delete=True)
    assert api.command(running)["killed_at"] == stamp(api)
    api.sandbox.clock.advance(60)
    assert api.call("GET", f"/sessions/{session['id']}").status == 404
    assert api.command(done) == done
    assert api.command(running)["status_code"] == -9


def test_the_commands_of_a_session_are_listed_oldest_first(api: Any) -> None:
    """The list has the commands of one session only, oldest first."""
    session, other = api.running(), api.running()
    commands = [api.run(session, f"echo {number}") for number in range(3)]
    api.run(other, "true")
    response = api.call("GET", "/session_commands/", params={"session_id": session["id"]})
    assert response.body == {"results": commands, "metadata": {"total": 3, "next_paging_token": None}}


class Noting(VirtualRuntime):
    """A runtime that records its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, str]] = []

    def endpoints(self, session: Any) -> dict[str, str]:
        """One field."""
        return {"host_name": "host-of-" + session["name"]}

    def run(self, session: Any, command: Any) -> Outcome:
        """Ends with 7, or fails."""
        self.calls.append((session["name"], command["shell_command"]))
        if command["shell_command"] == "fail":
            raise RuntimeError("hunter2")
        return Outcome(1, 7)

    def kill(self, command: Any) -> int:
        """Ends with 143."""
        self.calls.append(("kill", command["shell_command"]))
        return 143


def test_another_runtime_can_be_given(visit: Any) -> None:
    """A custom runtime provides endpoints and command ends, and a failing one leaves no command behind."""
    clock, runtime = ManualClock(), Noting()
    with serve(clock=clock, runtime=runtime, validate_responses=True) as sandbox:
        api = visit(sandbox)
        session = api.running(name="nightly")
        assert session["host_name"] == "host-of-nightly"
        one, two = api.run(session, "one"), api.run(session, "two")
        assert api.result("POST", f"/session_commands/{two['id']}/kill")["status_code"] == 143
        clock.advance(1)
        assert api.command(one)["status_code"] == 7
        body = {"session_id": session["id"], "shell_command": "fail"}
        response = api.call("POST", "/session_commands/", body)
        assert response.status == 500
        assert "hunter2" not in str(response.body)
        listed = api.call("GET", "/session_commands/", params={"session_id": session["id"]}).body
        assert [command["id"] for command in listed["results"]] == [one["id"], two["id"]]
    assert runtime.calls == [("nightly", "one"), ("nightly", "two"), ("kill", "two"), ("nightly", "fail")]
