"""The virtual runtime: how commands end."""

from __future__ import annotations

import math
from typing import Any

import pytest

from anyscale_sessions_sandbox import ManualClock, Script, VirtualRuntime, serve


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
    """The virtual runtime ends simple shell commands with the exit code of a shell."""
    command = api.run(api.running(idle_timeout=-1), shell_command)
    api.sandbox.clock.advance(takes_s - 0.001)
    assert api.command(command)["finished_at"] is None
    api.sandbox.clock.advance(0.001)
    assert api.command(command)["status_code"] == status_code
    assert api.command(command)["shell_command"] == shell_command


def test_scripts_say_how_commands_end(visit: Any) -> None:
    """A command ends as the first script that matches its whole text says."""
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
    """A script or a default with a negative duration is refused."""
    with pytest.raises(ValueError, match="must be 0 or more"):
        VirtualRuntime(**runtime)


def test_a_sleep_beyond_all_calendars_never_ends(api: Any) -> None:
    """A command that would end after the year 9999 never ends and causes no error."""
    command = api.run(api.running(), "sleep 999999999999d")
    api.sandbox.clock.advance(hours=1)
    assert api.command(command)["finished_at"] is None
