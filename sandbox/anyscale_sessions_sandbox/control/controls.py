"""The controls of a sandbox, for tests in the same process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from ..clock import Clock
from ..engine.backend import Backend
from ..engine.transition_rules import TransitionRules
from ..faults import Faults
from ..journal import Journal
from ..runtimes import Logs
from .seed import Seeder
from .seed_file import read_seed

SNAPSHOT_FORMAT = "anyscale-sessions-sandbox/1"


@dataclass(frozen=True)
class Components:
    """The components of a sandbox."""

    token: str
    clock: Clock
    backend: Backend
    faults: Faults
    journal: Journal
    seeder: Seeder


class Controls:
    """What a test can do to a sandbox, and see of it, besides sending requests."""

    def __init__(self, components: Components) -> None:
        self._components = components

    @property
    def components(self) -> Components:
        """The components of the sandbox, for its own modules."""
        return self._components

    @property
    def token(self) -> str:
        """The token that requests must carry."""
        return self._components.token

    @property
    def clock(self) -> Clock:
        """The clock of the sandbox."""
        return self._components.clock

    @property
    def faults(self) -> Faults:
        """The injected faults."""
        return self._components.faults

    @property
    def journal(self) -> Journal:
        """The recorded requests and responses."""
        return self._components.journal

    @property
    def transition_rules(self) -> TransitionRules:
        """The rules that change how sessions move from state to state."""
        return self._components.backend.transition_rules

    @property
    def startup_notes(self) -> tuple[str, ...]:
        """What the sandbox repaired or removed when it was started, and what to be careful about, one line each."""
        return self._components.backend.startup_notes

    def skip_waits(self) -> None:
        """From now on, let a read move the clock to the end of what it asks about.

        A read of a session that starts, ends or is updated, of its operation, or of a running command, then returns
        the result of it. A throttled call moves the clock to the end of the throttling. It is for clients that wait in
        real time while the clock of the sandbox stands still.
        """
        self._components.backend.skips_waits = True

    def transition(self, session_id: str, state: str, message: str | None = None) -> None:
        """Change the state of a session. For a state that ends in `Errored`, `message` is the error.

        Raises LookupError if there is no such session, and ConflictError if the state cannot follow the current one.
        """
        self._components.backend.transition(session_id, state, message)

    def logs(self, command_id: str) -> Logs:
        """The output of a session command until now.

        Raises LookupError if there is no such command, or its output was deleted with its session's machines.
        """
        return self._components.backend.logs(command_id)

    def reset(self) -> None:
        """Delete all sessions and the journal, and restore the initial faults and transition rules.

        All sessions are deleted in one step: no request sees only some of them. Time does not change.
        """
        self._components.backend.reset()
        self.transition_rules.reset()
        self.faults.reset()
        self.journal.clear()

    def seed(self, seed: Mapping[str, Any] | str | PathLike[str]) -> None:
        """Add sessions and what belongs to them, faults, transition rules, builds, compute templates, instance types.

        `seed` is a mapping, or the path of a YAML or JSON file with one; docs/testing-your-service.md describes it.
        Raises SeedError with all problems. Then nothing is added.
        """
        if not isinstance(seed, Mapping):
            seed = read_seed(Path(seed))
        self._components.seeder.apply_seed(self._components.backend, self.faults, self.transition_rules, seed)

    def snapshot(self) -> dict[str, Any]:
        """All sessions, what belongs to them, and the time, as JSON values. It includes their secrets."""
        return {"format": SNAPSHOT_FORMAT, "tables": self._components.backend.snapshot()}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Restore a snapshot and its time. Faults, transition rules and the journal do not change.

        It happens in one step: no request sees a part of it. Raises ValueError for anything that is not a snapshot.
        Then nothing has changed.
        """
        if snapshot.get("format") != SNAPSHOT_FORMAT:
            raise ValueError(f"not a snapshot of a sandbox: its format is not {SNAPSHOT_FORMAT!r}")
        self._components.backend.restore(snapshot.get("tables", {}))
