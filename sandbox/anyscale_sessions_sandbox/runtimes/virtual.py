"""The `virtual` runtime: no machine and no process; commands end as scripted, by the sandbox's clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..spec import Document
from . import KILLED_STATUS, Found, Logs, Outcome, Reports

DEFAULT_COMMAND_S = 0.2
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}

EXIT = re.compile(r"exit\s+([0-9]{1,9})")
SLEEP = re.compile(r"sleep\s+([0-9]{1,12}(?:\.[0-9]{1,12})?)([smhd]?)")


class Script(NamedTuple):
    """How every command ends whose text matches a pattern, as a whole (a regular expression, as for `re.fullmatch`)."""

    pattern: str
    status_code: int = 0
    after_s: float = DEFAULT_COMMAND_S
    # What it has written when it ends.
    stdout: str = ""
    stderr: str = ""


class VirtualRuntime:
    """Sessions that exist as state only.

    A command ends as the first of `scripts` that matches it says. Where none does: `exit N` ends with N, as in a shell,
    `sleep N` after N seconds (or minutes, hours, days: `2m`), `false` with 1, and anything else with 0. What does not
    sleep takes `command_s` seconds. Raises ValueError for a script that ends before it begins.
    """

    name = "virtual"

    def __init__(self, scripts: Iterable[Script] = (), *, command_s: float = DEFAULT_COMMAND_S) -> None:
        scripts = tuple(scripts)
        if not all(seconds >= 0 for seconds in (command_s, *(script.after_s for script in scripts))):
            raise ValueError("a command takes a time that is not negative")
        self._command_s = command_s
        self._scripts = [(re.compile(script.pattern), script) for script in scripts]

    def reconcile(self, sessions: Sequence[Document], reports: Reports) -> Found:  # noqa: ARG002 - nothing to report
        """Every session is there, since it is nothing but its state."""
        return Found(frozenset(session["id"] for session in sessions))

    def start(self, session: Document) -> bool:  # noqa: ARG002 - all sessions are alike
        """Ready at once: how long a start takes is a matter of the clock alone."""
        return True

    def activity(self, session: Document) -> bool:  # noqa: ARG002 - all sessions are alike
        """Nothing but commands."""
        return False

    def endpoints(self, session: Document) -> Mapping[str, str]:
        """Addresses below `.invalid`, which never resolve: there is nothing behind them."""
        host = f"{session['id']}.sandbox.invalid".replace("_", "-")
        return {
            "host_name": host,
            "head_node_ip": "127.0.0.1",
            "connect_url": f"ray://{host}:10001",
            "jupyter_notebook_url": f"https://{host}/jupyter",
            "metrics_dashboard_url": f"https://{host}/metrics",
            "persistent_metrics_url": f"https://{host}/metrics/persistent",
            "ray_dashboard_url": f"https://{host}/dashboard",
            "service_proxy_url": f"https://{host}",
            "user_service_url": f"https://{host}/serve",
            "webterminal_auth_url": f"https://{host}/webterminal?token={session['access_token']}",
        }

    def run(self, session: Document, command: Document) -> Outcome:  # noqa: ARG002 - all sessions are alike
        """The scripted end of a command, decided when it starts."""
        script = self._script_of(command)
        return Outcome(script.after_s, script.status_code)

    def kill(self, command: Document) -> int:  # noqa: ARG002 - all commands are killed alike
        """The exit code of a process that was killed."""
        return KILLED_STATUS

    def logs(self, command: Document) -> Logs:
        """What the script says, once the command has ended by itself."""
        script = self._script_of(command)
        has_ended = command.get("finished_at") and not command.get("killed_at")
        return Logs(script.stdout, script.stderr) if has_ended else Logs("", "")

    def terminate(self, session: Document) -> bool:  # noqa: ARG002 - all sessions are alike
        """Gone at once."""
        return True

    def close(self) -> None:
        """Nothing is there that could be closed."""

    def _script_of(self, command: Document) -> Script:
        text: str = command["shell_command"].strip()
        for pattern, script in self._scripts:
            if pattern.fullmatch(text):
                return script
        if match := EXIT.fullmatch(text):
            return Script("", int(match[1]) % 256, self._command_s)
        if match := SLEEP.fullmatch(text):
            return Script("", 0, float(match[1]) * SECONDS[match[2]])
        return Script("", 1 if text == "false" else 0, self._command_s)
