"""The `virtual` runtime: it runs nothing, and commands end as scripted, by the sandbox's clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..spec import Document
from .catalog import Catalog
from .runtime import KILLED_STATUS, Inventory, Logs, Outcome, Reports

DEFAULT_COMMAND_S = 0.2
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}

EXIT = re.compile(r"exit\s+([0-9]{1,9})")
SLEEP = re.compile(r"sleep\s+([0-9]{1,12}(?:\.[0-9]{1,12})?)([smhd]?)")


class Script(NamedTuple):
    """The end of each command whose whole text matches a regular expression (see `re.fullmatch`)."""

    pattern: str
    status_code: int = 0
    after_s: float = DEFAULT_COMMAND_S
    # The output of the command when it ends.
    stdout: str = ""
    stderr: str = ""


class VirtualRuntime:
    """Sessions that exist as state only.

    A command ends as the first matching one of `scripts` says. Without one, `exit N` ends with exit code N, as in a
    shell, `sleep N` after N seconds (or minutes, hours, days: `2m`), `false` with 1, and everything else with 0.
    Commands other than `sleep` take `command_s` seconds. Raises ValueError for a negative time.
    """

    name = "virtual"

    def __init__(self, scripts: Iterable[Script] = (), *, command_s: float = DEFAULT_COMMAND_S) -> None:
        scripts = tuple(scripts)
        if not all(seconds >= 0 for seconds in (command_s, *(script.after_s for script in scripts))):
            raise ValueError("command_s and after_s must be 0 or more")
        self._command_s = command_s
        self._scripts = [(re.compile(script.pattern), script) for script in scripts]

    def reconcile(self, sessions: Sequence[Document], reports: Reports) -> Inventory:  # noqa: ARG002 - nothing is reported
        """Every session exists, because it is only state."""
        return Inventory(frozenset(session["id"] for session in sessions))

    def start(self, session: Document, catalog: Catalog) -> bool:  # noqa: ARG002 - sessions do not differ
        """Return True: only the clock determines how long a start takes."""
        return True

    def activity(self, session: Document) -> bool:  # noqa: ARG002 - sessions do not differ
        """Return False: only commands are activity."""
        return False

    def endpoints(self, session: Document) -> Mapping[str, str]:
        """Addresses below `.invalid`, which never resolve, because nothing runs there."""
        host = f"{session['id']}.sandbox.invalid".replace("_", "-")
        return {
            "host_name": host,
            "head_node_ip": "127.0.0.1",
            "connect_url": f"ray://{host}:10001",
            "jupyter_notebook_url": f"https://{host}/jupyter",
            "metrics_dashboard_url": f"https://{host}/metrics",
            "data_metrics_dashboard_url": f"https://{host}/metrics/data",
            "train_metrics_dashboard_url": f"https://{host}/metrics/train",
            "serve_metrics_dashboard_url": f"https://{host}/metrics/serve",
            "serve_deployment_metrics_dashboard_url": f"https://{host}/metrics/serve-deployment",
            "serve_llm_metrics_dashboard_url": f"https://{host}/metrics/serve-llm",
            "persistent_metrics_url": f"https://{host}/metrics/persistent",
            "ray_dashboard_url": f"https://{host}/dashboard",
            "service_proxy_url": f"https://{host}",
            "user_service_url": f"https://{host}/serve",
            "webterminal_auth_url": f"https://{host}/webterminal?token={session['access_token']}",
        }

    def run(self, session: Document, command: Document) -> Outcome:  # noqa: ARG002 - sessions do not differ
        """Return the scripted end of a command."""
        script = self._script_of(command)
        return Outcome(script.after_s, script.status_code)

    def kill(self, command: Document) -> int:  # noqa: ARG002 - commands do not differ
        """Return the exit code of a killed process."""
        return KILLED_STATUS

    def logs(self, command: Document) -> Logs:
        """The scripted output, if the command has ended without being killed."""
        script = self._script_of(command)
        has_ended = command.get("finished_at") and not command.get("killed_at")
        return Logs(script.stdout, script.stderr) if has_ended else Logs("", "")

    def terminate_workers(self, session: Document, *, keep_min_workers: bool) -> bool:  # noqa: ARG002 - there are none
        """Return True: there are no worker nodes."""
        return True

    def terminate(self, session: Document) -> bool:  # noqa: ARG002 - sessions do not differ
        """Return True: nothing has to be removed."""
        return True

    def forget(self, session: Document) -> None:
        """Do nothing, because nothing is kept."""

    def close(self) -> None:
        """Do nothing."""

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
