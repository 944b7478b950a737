"""Rules that change how sessions move from state to state: from which state to which, when, and for which sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import Any, Self, TypeAlias

from anyscale_sessions.states import TRANSITIONS

from .._field_types import INTEGER, NUMBER, TEXT, FieldType, check_field_types

Session: TypeAlias = Mapping[str, Any]

FIELD_TYPES: Mapping[str, FieldType] = {
    **dict.fromkeys(("from_state", "to_state", "message", "sessions"), TEXT),
    **dict.fromkeys(("after_reads", "times"), INTEGER),
    "after_s": NUMBER,
}


@dataclass(frozen=True, slots=True)
class TransitionRule:
    """A rule: a session that enters `from_state` changes to `to_state`, instead of what its flow would do.

    It does so after `after_s` seconds of the sandbox's clock (0: at once), or after `after_reads` reads (calls of
    `get_session` or `get_session_operation`). With neither, it stays until `Controls.transition` is called. A
    `to_state` that ends in `Errored` makes the current operation fail with `message`.

    A rule applies to sessions whose names match the shell pattern `sessions` (`nightly-*`), `times` times or, without
    `times`, always. If several rules match, the first one applies.

    Some states are skipped unless a rule has them as its `from_state`: `AwaitingStartup` and `AwaitingFileMounts` in a
    start, `Updating` in an update of a running session, and `Stopping` (to `Stopped`) after an idle timeout.

    If rules without a delay form a loop, it is stopped after a hundred transitions, and the log says so.

    Raises ValueError for a transition that no session can make, and for fields that contradict each other.
    """

    from_state: str
    to_state: str | None = None
    after_s: float | None = None
    after_reads: int | None = None
    message: str | None = None
    sessions: str = "*"
    times: int | None = None

    def __post_init__(self) -> None:
        check_field_types(self, FIELD_TYPES)
        if self.from_state not in TRANSITIONS:
            raise ValueError(f"from_state must be one of {', '.join(TRANSITIONS)}, not {self.from_state!r}")
        following = sorted(TRANSITIONS[self.from_state])
        if self.to_state is not None and self.to_state not in following:
            raise ValueError(
                f"to_state must be one of {', '.join(following)} after {self.from_state}, not {self.to_state!r}"
            )
        if self.after_s is not None and self.after_reads is not None:
            raise ValueError("give after_s or after_reads, not both")
        after = self.after_s if self.after_reads is None else self.after_reads
        if after is not None and not (self.to_state and after >= 0):
            raise ValueError("after_s and after_reads need a to_state, and must be 0 or more")
        if self.times is not None and self.times < 1:
            raise ValueError("times must be 1 or more")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A rule from the fields that `to_dict` returns. Raises ValueError."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown field of a transition rule: {', '.join(sorted(unknown))}")
        if "from_state" not in values:
            raise ValueError("a transition rule needs a from_state")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """The fields that are set."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def matches(self, session: Session, state: str) -> bool:
        """Whether the rule applies to a session that enters this state."""
        return self.from_state == state and fnmatchcase(session["name"], self.sessions)


@dataclass(slots=True)
class Entry:
    """A rule with its number, how often it was used, and whether it is switched on."""

    number: int
    rule: TransitionRule
    used: int = 0
    is_on: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The rule with its number and its count."""
        return {"id": self.number, **self.rule.to_dict(), "used": self.used, "on": self.is_on}


class TransitionRules:
    """The transition rules of one sandbox. A new rule does not affect a session that is already in its `from_state`."""

    def __init__(self, initial: Iterable[TransitionRule] = ()) -> None:
        self._initial = tuple(initial)
        self._number = 0
        # All rules in their order. The tuple is replaced as a whole, so that it can be read by any thread.
        self.entries: tuple[Entry, ...] = ()
        # Called after each change, also of the counts.
        self.on_change: Callable[[], None] = lambda: None
        self.reset()

    def add(self, rule: TransitionRule) -> Entry:
        """Add a rule at the end. The returned entry counts its uses."""
        self._number += 1
        entry = Entry(self._number, rule)
        self._set((*self.entries, entry))
        return entry

    @property
    def rules(self) -> tuple[TransitionRule, ...]:
        """The rules in their order."""
        return tuple(entry.rule for entry in self.entries)

    def remove(self, number: int) -> None:
        """Remove a rule. Raises LookupError if no rule has this number."""
        removed = self._find(number)
        self._set(tuple(entry for entry in self.entries if entry is not removed))

    def switch(self, number: int, *, on: bool) -> None:
        """Switch a rule on or off. Its count stays. Raises LookupError if no rule has this number."""
        self._find(number).is_on = on
        self.on_change()

    def clear(self) -> None:
        """Remove all rules. A transition that a rule has already scheduled still happens."""
        self._set(())

    def reset(self) -> None:
        """Restore the rules that the sandbox was created with, unused."""
        self._set(())
        for rule in self._initial:
            self.add(rule)

    def copy(self) -> TransitionRules:
        """A copy, whose uses do not count for this one."""
        copied = TransitionRules()
        copied.entries = tuple(replace(entry) for entry in self.entries)
        return copied

    def has_rule_for(self, session: Session, state: str) -> bool:
        """Whether a rule applies to a session that enters this state."""
        return self._match(session, state) is not None

    def take(self, session: Session, state: str) -> TransitionRule | None:
        """The rule for a session that has entered this state, if there is one. It counts as a use."""
        entry = self._match(session, state)
        if entry is None:
            return None
        entry.used += 1
        self.on_change()
        return entry.rule

    def _set(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self.on_change()

    def _find(self, number: int) -> Entry:
        for entry in self.entries:
            if entry.number == number:
                return entry
        raise LookupError(f"there is no transition rule {number}")

    def _match(self, session: Session, state: str) -> Entry | None:
        for entry in self.entries:
            times = entry.rule.times
            if entry.is_on and entry.rule.matches(session, state) and (times is None or entry.used < times):
                return entry
        return None
