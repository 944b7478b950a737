"""The settings of a fleet and their rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from .._utils.locks import ProcessLock
from .._utils.records import Record
from .._utils.text import is_path_id
from ..exceptions import InvalidRequestError, Problem
from .names import word_problems

MAX_LIFETIME: Final = timedelta(days=365)
MAX_IDLE_TIMEOUT_MINUTES: Final = 2**63 - 1


class FleetSettings(Record, frozen=True):
    """The settings of a fleet. `Fleet` describes them.

    Raises:
        InvalidRequestError: a setting breaks its rule, or this process uses the name with other settings.
    """

    name: str
    project_id: str
    lifetime: timedelta
    idle_timeout: int

    def __post_init__(self) -> None:
        problems = _problems(self.name, self.project_id, self.lifetime, self.idle_timeout)
        if not problems:
            with _LOCK:
                used = _USED.setdefault(self.name, self)
            if used != self:
                rule = "is already used in this process with another project_id, lifetime or idle_timeout"
                problems = [Problem("name", rule, "choose another name, or use the same settings")]
        if problems:
            raise InvalidRequestError.of("Fleet", problems)


# The fleets of this process by name.
_USED: Final[dict[str, FleetSettings]] = {}
_LOCK: Final = ProcessLock()


def _problems(name: Any, project_id: Any, lifetime: Any, idle_timeout: Any) -> list[Problem]:
    problems = list(word_problems({"name": name}))
    if not isinstance(project_id, str) or not is_path_id(project_id):
        problems.append(Problem("project_id", "must be the id of a project", "pass an id such as prj_1"))
    if not isinstance(lifetime, timedelta) or not timedelta(0) < lifetime <= MAX_LIFETIME:
        rule = f"must be a timedelta above 0 and of at most {MAX_LIFETIME.days} days"
        problems.append(Problem("lifetime", rule, "pass a value such as timedelta(hours=1)"))
    is_number = isinstance(idle_timeout, int) and not isinstance(idle_timeout, bool)
    if not is_number or not 1 <= idle_timeout <= MAX_IDLE_TIMEOUT_MINUTES:
        rule = "must be a number of minutes from 1; a fleet does not allow -1 (never)"
        problems.append(Problem("idle_timeout", rule, "pass a value such as 15"))
    return problems
