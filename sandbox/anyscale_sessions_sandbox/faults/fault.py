"""One fault: what goes wrong, and in which calls."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, Self, cast

from .._field_types import BOOLEAN, INTEGER, INTEGER_OR_NONE, NUMBER, TEXT, FieldType, check_field_types, is_json

HEADER = "X-Sandbox-Fault"
PHASES = ("before", "after")
# By kind: the fields that only faults of this kind have.
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
# The defaults of fields for which None stands for "not given".
STATUS = 503
RETRY_AFTER_S = 1
# The types of the fields that are not checked in another way.
FIELD_TYPES: Mapping[str, FieldType] = {
    **dict.fromkeys(("kind", "phase", "operation", "session", "name", "field"), TEXT),
    **dict.fromkeys(("nth", "seed", "status", "retry_after", "keep_bytes"), INTEGER),
    **dict.fromkeys(("probability", "seconds"), NUMBER),
    "times": INTEGER_OR_NONE,
    "as_date": BOOLEAN,
}
# Statuses whose responses have no body.
BODILESS = frozenset({204, 304})
# What HTTP allows as the name and the value of a header. The server sets the headers for the length of a body.
HEADER_NAME = re.compile(r"(?!(?:content-length|transfer-encoding)\Z)[!#-'*+.^-`|~0-9a-z-]+", re.IGNORECASE)
HEADER_VALUE = re.compile(r"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")


class Target(NamedTuple):
    """The properties of a call by which faults select it: its operation, whether it only reads, and its session."""

    operation: str
    is_read: bool
    session_id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule for an injected fault.

    Kinds, and their fields (with defaults in parentheses):

    - `status`: the response has this `status` (503) and, if given, this `body` (JSON or text) and these `headers`.
    - `throttle`: 429 with `Retry-After`, in `retry_after` seconds (1), or as a date with `as_date`. Further matching
      calls are refused too, until that much time of the sandbox has passed.
    - `reset`: the connection is reset, after `keep_bytes` of the response if given.
    - `truncate`: the response ends after `keep_bytes` of its body, or in the middle.
    - `malformed`: the response body is not JSON: `body`, or the first half of the correct body.
    - `stall`: nothing happens for `seconds` of real time, or until the client disconnects. In the second case with
      the phase `before`, the call is not performed.
    - `slow_headers`: the headers are sent slowly, over `seconds` of real time (30).
    - `stale`: a read returns the previous version of everything it reads. Calls that are not reads are not hit.
    - `unknown_enum`: each enum in the response, or the one named `field`, has an undocumented `value`.
    - `extra_field`: each object in the response has one more field, named `field`, with this `value`.

    `phase` says when the fault happens: `before` the side effect, so that the call is not performed, or `after` it. A
    `stall` before the side effect only delays it if `seconds` is given.

    A fault selects the calls of one `operation`, of one `session` (an id), and of sessions whose name matches the shell
    pattern `name`; by default all calls. It hits the `nth` selected call first, and then as many as `times` says: one
    by default, and all of them if `times` is None. With a `probability`, it hits selected calls at random, as `seed`
    determines; `times` is None then.

    Only valid calls with the right token count. Requests that are refused with 401, 403 or 422 do not.
    Raises ValueError for invalid or contradicting fields.
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
        check_field_types(self, FIELD_TYPES)
        for is_wrong, message in self._checks():
            if is_wrong:
                raise ValueError(message)
        if self.probability is not None and self.times == 1:
            object.__setattr__(self, "times", None)

    def _checks(self) -> list[tuple[bool, str]]:
        known = KINDS.get(self.kind)
        if known is None:
            return [(True, f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}")]
        foreign = sorted(name for name in SETTINGS - known if getattr(self, name) is not None)
        numbers = [self.retry_after or 0, self.keep_bytes or 0, self.seconds or 0.0]
        return [
            (self.phase not in PHASES, f"phase must be before or after, not {self.phase!r}"),
            (bool(foreign), f"unexpected field of a fault of kind {self.kind}: {', '.join(foreign)}"),
            (self.nth < 1, "nth must be 1 or more"),
            (self.times is not None and self.times < 1, "times must be 1 or more"),
            (not 0 <= (self.probability or 0) <= 1, "probability must be between 0 and 1"),
            (self.status is not None and not 200 <= self.status <= 599, "status must be between 200 and 599"),
            (not all(number >= 0 for number in numbers), "retry_after, keep_bytes and seconds must be 0 or more"),
            (not is_json(self.body), "body must be JSON or text"),
            (not is_json(self.value), "value must be JSON"),
            (
                self.status in BODILESS and self.body is not None,
                f"a response with status {self.status} cannot have a body",
            ),
            (
                not _are_headers(self.headers),
                "headers must be valid HTTP headers, without Content-Length and Transfer-Encoding",
            ),
        ]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A fault from the fields that `to_dict` returns. Raises ValueError."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown field of a fault: {', '.join(sorted(unknown))}")
        if "kind" not in values:
            raise ValueError("a fault needs a kind")
        return cls(**values)

    @classmethod
    def from_header(cls, text: str) -> Self:
        """The fault in the header `X-Sandbox-Fault` of a request, such as `reset; phase=after`. Raises ValueError.

        A value is parsed as JSON if possible, and is text otherwise.
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
        """The kind, the phase, `times`, and all other fields that differ from their defaults."""
        return {"kind": self.kind, "phase": self.phase, "times": self.times, **self._set_fields()}

    def __str__(self) -> str:
        settings = {"phase": self.phase, **self._set_fields()}
        return self.kind + "".join(f"; {name}={value}" for name, value in settings.items() if name != "kind")

    def _set_fields(self) -> dict[str, Any]:
        """The fields that differ from their defaults."""
        defaults = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != defaults[name]}

    def selects(self, target: Target) -> bool:
        """Whether the fault can hit this call."""
        return (
            self.operation in {None, target.operation}
            and (self.session is None or self.session == target.session_id)
            and (self.name is None or (target.name is not None and fnmatchcase(target.name, self.name)))
            and (target.is_read or self.kind != "stale")
        )


def _are_headers(headers: Mapping[str, str] | None) -> bool:
    """Whether a response can have these headers; True for None."""
    value: object = headers
    if not isinstance(value, Mapping):
        return value is None
    return all(
        isinstance(name, str) and isinstance(text, str) and HEADER_NAME.fullmatch(name) and HEADER_VALUE.fullmatch(text)
        for name, text in cast("Mapping[object, object]", value).items()
    )
