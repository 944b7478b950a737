"""Commands, and the virtual runtime that says how they end."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, Outcome, Script, VirtualRuntime, serve


def stamp(api: Any) -> str:
    """The sandbox's present, as it stands in responses."""
    return str(api.sandbox.clock.now().isoformat(timespec="microseconds"))


def test_a_command_runs_and_ends_on_the_clock(api: Any) -> None:
    """Until then it has neither an end nor an exit code."""
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
    """Not at that of the request which finds out."""
    command = api.run(api.running(), "sleep 5")
    due = (api.sandbox.clock.now() + timedelta(seconds=5)).isoformat(timespec="microseconds")
    api.sandbox.clock.advance(minutes=1)
    assert api.command(command)["finished_at"] == due


@pytest.mark.parametrize(
    ("shell_command", "status_code", "takes_s"),
    [
        ("true", 0, 0.2),
        ("false", 1, 0.2),
        (" exit 3 ", 3, 0.2),
        ("exit  127", 127, 0.2),
        ("exit 256", 0, 0.2),
        ("exit 3; true", 0, 0.2),
        ("exit -1", 0, 0.2),
        ("sleep 5", 0, 5),
        ("sleep 0.5s", 0, 0.5),
        ("sleep 2m", 0, 120),
        ("sleep 1h", 0, 3600),
        ("sleep 1d", 0, 86400),
        ("sleep x", 0, 0.2),
        ("", 0, 0.2),
        ("echo \u00fc\u0000\n", 0, 0.2),
    ],
)
def test_commands_end_as_a_shell_would_end_them(api: Any, shell_command: str, status_code: int, takes_s: float) -> None:
    """As far as the virtual runtime understands them."""
    command = api.run(api.running(idle_timeout=-1), shell_command)
    api.sandbox.clock.advance(takes_s - 0.001)
    assert api.command(command)["finished_at"] is None
    api.sandbox.clock.advance(0.001)
    assert api.command(command)["status_code"] == status_code
    assert api.command(command)["shell_command"] == shell_command


def test_scripts_say_how_commands_end(visit: Any) -> None:
    """The first that matches the whole command counts."""
    scripts = [Script(r"train.*", 2, 10), Script("train now", 5), Script("never", after_s=math.inf)]
    clock = ManualClock()
    with serve(clock=clock, runtime=VirtualRuntime(scripts, command_s=1), validate_responses=True) as sandbox:
        api = visit(sandbox)
        session = api.running()
        train, other, never = (api.run(session, text) for text in ("train now", "do not train", "never"))
        clock.advance(1)
        assert api.command(other)["status_code"] == 0
        assert api.command(train)["status_code"] is None
        clock.advance(9)
        assert api.command(train)["status_code"] == 2
        clock.advance(hours=24 * 365 * 500)
        assert api.command(never)["finished_at"] is None


@pytest.mark.parametrize("runtime", [{"scripts": [Script("a", after_s=-1)]}, {"command_s": math.nan}])
def test_commands_cannot_take_less_than_no_time(runtime: dict[str, Any]) -> None:
    """Such scripts are refused when they are given."""
    with pytest.raises(ValueError, match="not negative"):
        VirtualRuntime(**runtime)


def test_a_sleep_beyond_all_calendars_never_ends(api: Any) -> None:
    """And does no harm."""
    command = api.run(api.running(), "sleep 999999999999d")
    api.sandbox.clock.advance(hours=1)
    assert api.command(command)["finished_at"] is None


def test_a_killed_command_has_ended(api: Any) -> None:
    """At that moment, as a process would that is killed; and it ends no second time."""
    session = api.running()
    command = api.run(session, "sleep 60")
    api.sandbox.clock.advance(1)
    killed = api.result("POST", f"/session_commands/{command['id']}/kill")
    assert killed == command | {"killed_at": stamp(api), "finished_at": stamp(api), "status_code": -9}
    api.sandbox.clock.advance(60)
    assert api.command(command) == killed


def test_a_command_that_has_finished_cannot_be_killed(api: Any) -> None:
    """Killed, ended or brought down with its session."""
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
    """At once; what had finished stays as it was, and the commands outlive a deleted session."""
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
    """Of that session alone."""
    session, other = api.running(), api.running()
    commands = [api.run(session, f"echo {number}") for number in range(3)]
    api.run(other, "true")
    response = api.call("GET", "/session_commands/", params={"session_id": session["id"]})
    assert response.body == {"results": commands, "metadata": {"total": 3, "next_paging_token": None}}


class Noting(VirtualRuntime):
    """A runtime that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str]] = []

    def endpoints(self, session: Any) -> dict[str, str]:
        """One field."""
        return {"host_name": "host-of-" + session["name"]}

    def run(self, session: Any, command: Any) -> Outcome:
        """Ends with 7, or fails."""
        self.told.append((session["name"], command["shell_command"]))
        if command["shell_command"] == "fail":
            raise RuntimeError("hunter2")
        return Outcome(1, 7)

    def kill(self, command: Any) -> int:
        """Ends with 143."""
        self.told.append(("kill", command["shell_command"]))
        return 143


def test_another_runtime_can_be_given(visit: Any) -> None:
    """It says where sessions are and how commands end; one that fails leaves no command behind."""
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
    assert runtime.told == [("nightly", "one"), ("nightly", "two"), ("kill", "two"), ("nightly", "fail")]
