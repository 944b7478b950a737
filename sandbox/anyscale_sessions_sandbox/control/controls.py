"""Everything that a test can do to its sandbox, in the sandbox's own process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, cast

from ..clock import Clock
from ..engine.backend import Backend
from ..engine.transition_rules import TransitionRules
from ..errors import SandboxError
from ..faults import Faults
from ..journal import Journal
from ..runtimes import Logs
from .seed import SeedError, Seeding

SNAPSHOT_FORMAT = "anyscale-sessions-sandbox/1"


@dataclass(frozen=True)
class Parts:
    """What a sandbox consists of."""

    token: str
    clock: Clock
    backend: Backend
    faults: Faults
    journal: Journal
    seeding: Seeding


class Controls:
    """What one can do to a sandbox, and see of it, besides sending requests."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def parts(self) -> Parts:
        """What the sandbox consists of, for the sandbox's own modules."""
        return self._parts

    @property
    def token(self) -> str:
        """What requests must carry."""
        return self._parts.token

    @property
    def clock(self) -> Clock:
        """The clock that the sandbox lives by."""
        return self._parts.clock

    @property
    def faults(self) -> Faults:
        """What goes wrong with which calls."""
        return self._parts.faults

    @property
    def journal(self) -> Journal:
        """What was asked and answered."""
        return self._parts.journal

    @property
    def moves(self) -> TransitionRules:
        """The rules for how sessions go on from their states."""
        return self._parts.backend.moves

    @property
    def found(self) -> tuple[str, ...]:
        """What was found, and set right, when the sandbox was started: a line for people on each thing."""
        return self._parts.backend.found

    def move(self, session_id: str, state: str, message: str | None = None) -> None:
        """Move a session by hand to a state that can follow its own; in one ending in `Errored`, `message` says why.

        Raises LookupError if there is no such session, and ConflictError if its state cannot be followed by that one.
        """
        self._parts.backend.move(session_id, state, message)

    def logs(self, command_id: str) -> Logs:
        """What a session's command has written until now.

        Raises LookupError if there is no such command, or its output went with its session's machines.
        """
        return self._parts.backend.logs(command_id)

    def reset(self) -> None:
        """Be as new: without sessions, with the faults and moves that it began with, and an empty journal.

        Sessions go all at once: no request sees a part of them. Time stays as it is.
        """
        self._parts.backend.reset()
        self.moves.reset()
        self.faults.reset()
        self.journal.clear()

    def seed(self, seed: Mapping[str, Any] | str | PathLike[str]) -> None:
        """Add sessions, and what belongs to them, and faults and moves: all of them or, where anything is wrong, none.

        `seed` is a mapping, or the path of a YAML or JSON file that holds one; docs/testing-your-service.md tells what
        is in it. Raises SeedError, which names everything that is wrong.
        """
        if not isinstance(seed, Mapping):
            seed = read_seed(Path(seed))
        self._parts.seeding.plant(self._parts.backend, self.faults, self.moves, seed)

    def snapshot(self) -> dict[str, Any]:
        """All sessions and what belongs to them, and the time, as JSON-ready values. It holds their secrets."""
        return {"format": SNAPSHOT_FORMAT, "tables": self._parts.backend.snapshot()}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Be as when the snapshot was made, at that time again. Faults, moves and the journal stay as they are.

        No request sees a part of it. Raises ValueError for what is no snapshot; then nothing has changed.
        """
        if snapshot.get("format") != SNAPSHOT_FORMAT:
            raise ValueError(f"it is not a snapshot of a sandbox: its format is not {SNAPSHOT_FORMAT!r}")
        self._parts.backend.restore(snapshot.get("tables", {}))


def read_seed(path: Path) -> Mapping[str, Any]:
    """The mapping that a file of YAML or JSON holds. Raises SandboxError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            seed = json.loads(text)
        else:
            import yaml

            seed = yaml.safe_load(text)
    except ModuleNotFoundError:
        raise SandboxError(f"{path} is YAML, which needs pyyaml: pip install 'anyscale-sessions[cli]'") from None
    except OSError as error:
        raise SandboxError(f"{path} cannot be read: {error.strerror}") from None
    except Exception as error:  # noqa: BLE001 - what a parser raises for a text that is none of its own
        raise SeedError([f"{path} is neither YAML nor JSON: {' '.join(str(error).split())}"]) from None
    if not isinstance(seed, dict):
        raise SeedError([f"{path} holds no mapping"])
    return cast("dict[str, Any]", seed)
