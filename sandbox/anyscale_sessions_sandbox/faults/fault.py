"""One fault: what goes wrong, and with which calls."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, Self, cast

from .._field_types import FLAG, NUMBER, TEXT, WHOLE, WHOLE_OR_NONE, Holds, is_json, refuse_mistyped

HEADER = "X-Sandbox-Fault"
PHASES = ("before", "after")
# Every kind, and the settings that belong to it alone.
KINDS: Mapping[str, frozenset[str]] = {
    "status": frozenset({"status", "body", "headers"}),
    "throttle": frozenset({"retry_after", "as_date"}),
    "reset": frozenset({"keep_bytes"}),
    "truncate": frozenset({"keep_bytes"}),
    "malformed": frozenset({"body"}),
    "stall": frozenset({"seconds"}),
    "slow_headers": frozenset({"seconds"}),
    "stale": frozenset(),
    "unknown_enum": frozenset({"field", "value"}),
    "extra_field": frozenset({"field", "value"}),
}
SETTINGS: frozenset[str] = frozenset[str]().union(*KINDS.values())
# The settings whose defaults are other than None, which stands for "not given".
STATUS = 503
RETRY_AFTER_S = 1
# What settings hold that are not looked at in another way.
HELD: Mapping[str, Holds] = {
    **dict.fromkeys(("kind", "phase", "operation", "session", "name", "field"), TEXT),
    **dict.fromkeys(("nth", "seed", "status", "retry_after", "keep_bytes"), WHOLE),
    **dict.fromkeys(("probability", "seconds"), NUMBER),
    "times": WHOLE_OR_NONE,
    "as_date": FLAG,
}
# Responses of these statuses have no body.
BODILESS = frozenset({204, 304})
# What HTTP allows as the name and as the value of a header; those that say how long a response is are the server's.
HEADER_NAME = re.compile(r"(?!(?:content-length|transfer-encoding)\Z)[!#-'*+.^-`|~0-9a-z-]+", re.IGNORECASE)
HEADER_VALUE = re.compile(r"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")


class Target(NamedTuple):
    """The call that a fault may hit: the operation, whether it only reads, and the session that it is about."""

    operation: str
    reads: bool
    session_id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule for what goes wrong.

    Kinds, and their settings:
        `status`: a response with this `status` (503), and if given with this `body` (JSON or text) and `headers`.
        `throttle`: 429 with `Retry-After`: `retry_after` seconds (1), as a date with `as_date`. Further calls that the
            rule is for are refused too, until that much of the sandbox's time has passed.
        `reset`: the connection is reset, after `keep_bytes` of the response if given.
        `truncate`: the response breaks off after `keep_bytes` of its body, or in the middle.
        `malformed`: the response's body is no JSON: `body`, or the first half of what it should be.
        `stall`: nothing happens for so many real `seconds`, or until the client gives up, after which nothing is done.
        `slow_headers`: the response's head comes byte by byte, over so many real `seconds` (30).
        `stale`: a read shows what was before the last change of everything it reads. Other calls are not hit.
        `unknown_enum`: each enum in the response, or the one named `field`, has a value that the spec does not know.
        `extra_field`: objects in the response have one more field, named `field` with this `value`.

    `phase` says when: `before`, so that what was asked for is not done, whatever the response says, or `after` it was
    done. A stall before is over before it is done; with `seconds` it is done late.

    Calls are those of an `operation` (or of any), that are about a `session` (an id) or about sessions whose `name`
    matches a pattern, as in a shell. Of these the first hit is the `nth`, and no more than `times` are hit: one, or
    all where `times` is None, or where a `probability` is given, which follows from `seed`.

    Calls are looked at once they are valid and carry the token; what is refused with 401, 403 or 422 counts for none.
    Raises ValueError for what makes no sense.
    """

    kind: str
    phase: str = "before"
    operation: str | None = None
    session: str | None = None
    name: str | None = None
    nth: int = 1
    times: int | None = 1
    probability: float | None = None
    seed: int = 0
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] | None = None
    retry_after: int | None = None
    as_date: bool | None = None
    keep_bytes: int | None = None
    seconds: float | None = None
    field: str | None = None
    value: Any = None

    def __post_init__(self) -> None:
        refuse_mistyped(self, HELD)
        for wrong, message in self._objections():
            if wrong:
                raise ValueError(message)
        if self.probability is not None and self.times == 1:
            object.__setattr__(self, "times", None)

    def _objections(self) -> list[tuple[bool, str]]:
        known = KINDS.get(self.kind)
        if known is None:
            return [(True, f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}")]
        foreign = sorted(name for name in SETTINGS - known if getattr(self, name) is not None)
        numbers = [self.retry_after or 0, self.keep_bytes or 0, self.seconds or 0.0]
        return [
            (self.phase not in PHASES, f"phase must be before or after, not {self.phase!r}"),
            (bool(foreign), f"a fault of kind {self.kind} has no {', '.join(foreign)}"),
            (self.nth < 1, "nth must be 1 or more"),
            (self.times is not None and self.times < 1, "times must be 1 or more"),
            (not 0 <= (self.probability or 0) <= 1, "probability must be between 0 and 1"),
            (self.status is not None and not 200 <= self.status <= 599, "status must be between 200 and 599"),
            (not all(number >= 0 for number in numbers), "times and numbers must not be negative"),
            (not is_json(self.body), "body must be JSON or text"),
            (not is_json(self.value), "value must be JSON"),
            (self.status in BODILESS and self.body is not None, f"a response of status {self.status} has no body"),
            (
                not _can_be_headers(self.headers),
                "headers must be names and texts that HTTP allows, and not of a length",
            ),
        ]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A fault from the fields that `to_dict` gives. Raises ValueError."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        if "kind" not in values:
            raise ValueError("a fault needs a kind")
        return cls(**values)

    @classmethod
    def from_header(cls, text: str) -> Self:
        """The fault for one call that its header `X-Sandbox-Fault` asks for: `reset; phase=after`. Raises ValueError.

        Values are JSON where they can be read as JSON, and text otherwise.
        """
        kind, *settings = (part.strip() for part in text.split(";"))
        values: dict[str, Any] = {}
        for setting in settings:
            name, _, value = (part.strip() for part in setting.partition("="))
            try:
                values[name] = json.loads(value)
            except (RecursionError, ValueError):
                values[name] = value
        return cls.from_dict({"kind": kind, **values})

    def to_dict(self) -> dict[str, Any]:
        """Its kind, its phase, how many times it hits (None is always), and what else differs from its default."""
        return {"kind": self.kind, "phase": self.phase, "times": self.times, **self._given()}

    def __str__(self) -> str:
        settings = {"phase": self.phase, **self._given()}
        return self.kind + "".join(f"; {name}={value}" for name, value in settings.items() if name != "kind")

    def _given(self) -> dict[str, Any]:
        """The fields that differ from their defaults."""
        defaults = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != defaults[name]}

    def is_for(self, target: Target) -> bool:
        """Whether a call is one of those that it can hit."""
        return (
            self.operation in {None, target.operation}
            and (self.session is None or self.session == target.session_id)
            and (self.name is None or (target.name is not None and fnmatchcase(target.name, self.name)))
            and (target.reads or self.kind != "stale")
        )


def _can_be_headers(headers: Mapping[str, str] | None) -> bool:
    """Whether these are headers that a response can have, if there are any."""
    given: object = headers
    if not isinstance(given, Mapping):
        return given is None
    return all(
        isinstance(name, str)
        and isinstance(value, str)
        and HEADER_NAME.fullmatch(name)
        and HEADER_VALUE.fullmatch(value)
        for name, value in cast("Mapping[object, object]", given).items()
    )
