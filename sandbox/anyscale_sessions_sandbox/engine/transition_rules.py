"""What is to become of sessions, as rules: from which state to which, after what, and for which names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Self, TypeAlias

from anyscale_sessions.states import TRANSITIONS

from .._field_types import NUMBER, TEXT, WHOLE, Holds, refuse_mistyped

Session: TypeAlias = Mapping[str, Any]

HELD: Mapping[str, Holds] = {
    **dict.fromkeys(("from_state", "to_state", "message", "sessions"), TEXT),
    **dict.fromkeys(("after_reads", "times"), WHOLE),
    "after_s": NUMBER,
}


@dataclass(frozen=True, slots=True)
class TransitionRule:
    """A rule: a session that comes to `from_state` goes on to `to_state`, whatever it would have done by itself.

    It goes there `after_s` seconds of the sandbox's clock (0: at once), or after it was read `after_reads` times (by
    `get_session` or `get_session_operation`); with neither it stays until it is moved by hand. A `to_state` that ends
    in `Errored` lets the operation under way fail with `message`.

    A rule holds for sessions whose names match the pattern `sessions`, as in a shell (`nightly-*`), and for as many
    arrivals as `times` says, or all. Of several that match, the first counts.

    States that sessions do not come through by themselves are on their way if a rule leads on from them: a start goes
    by way of `AwaitingStartup` and `AwaitingFileMounts`, an update of a running session by way of `Updating`, and an
    idle timeout by way of `Stopping` to `Stopped`.

    Rules that lead in a circle and take no time are given up after a hundred moves, and the log says so.

    Raises ValueError for a move that no session can make, or that comes after no time at all.
    """

    from_state: str
    to_state: str | None = None
    after_s: float | None = None
    after_reads: int | None = None
    message: str | None = None
    sessions: str = "*"
    times: int | None = None

    def __post_init__(self) -> None:
        refuse_mistyped(self, HELD)
        if self.from_state not in TRANSITIONS:
            raise ValueError(f"from_state must be one of {', '.join(TRANSITIONS)}, not {self.from_state!r}")
        following = sorted(TRANSITIONS[self.from_state])
        if self.to_state is not None and self.to_state not in following:
            raise ValueError(
                f"a session that is {self.from_state} can become {', '.join(following)}, not {self.to_state!r}"
            )
        if self.after_s is not None and self.after_reads is not None:
            raise ValueError("a move comes after_s seconds or after_reads reads, not both")
        after = self.after_s if self.after_reads is None else self.after_reads
        if after is not None and not (self.to_state and after >= 0):
            raise ValueError(
                "a move that comes by itself needs a to_state, and a time or a number that is not negative"
            )
        if self.times is not None and self.times < 1:
            raise ValueError("times must be 1 or more")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A rule from the fields that `to_dict` gives. Raises ValueError."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"a move has no {', '.join(sorted(unknown))}")
        if "from_state" not in values:
            raise ValueError("a move needs a from_state")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Its fields that are set."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def holds_for(self, session: Session, state: str) -> bool:
        """Whether it is about a session in a state."""
        return self.from_state == state and fnmatchcase(session["name"], self.sessions)


class TransitionRules:
    """The rules of one sandbox. A session that is in a state already when a rule is added is not touched by it."""

    def __init__(self, given: Iterable[TransitionRule] = ()) -> None:
        self._given = tuple(given)
        self._used: list[tuple[TransitionRule, list[None]]] = []
        self.reset()

    def add(self, move: TransitionRule) -> TransitionRule:
        """Add a rule after the others."""
        self._used.append((move, []))
        return move

    def listed(self) -> list[TransitionRule]:
        """The rules in their order."""
        return [move for move, _ in self._used]

    def clear(self) -> None:
        """Drop all rules; sessions then do as they do by themselves. What a rule has begun goes on."""
        self._used = []

    def reset(self) -> None:
        """Have the rules that the sandbox began with, as if none was ever used."""
        self._used = [(move, []) for move in self._given]

    def copy(self) -> TransitionRules:
        """The same rules; what they are used for does not count for these."""
        copied = TransitionRules()
        copied._used = [(move, used.copy()) for move, used in self._used]
        return copied

    def leads_from(self, session: Session, state: str) -> bool:
        """Whether a rule says how a session goes on from a state."""
        return self._match(session, state) is not None

    def take(self, session: Session, state: str) -> TransitionRule | None:
        """The rule for a session that has come to a state, if there is one; this counts as a use."""
        found = self._match(session, state)
        if found is None:
            return None
        found[1].append(None)
        return found[0]

    def _match(self, session: Session, state: str) -> tuple[TransitionRule, list[None]] | None:
        for move, used in self._used:
            if move.holds_for(session, state) and (move.times is None or len(used) < move.times):
                return move, used
        return None
