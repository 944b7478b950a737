"""What may be done with each operation, as data: may it be sent again, and how is it found out whether it was done?

An operation that the spec adds follows its method; only what differs from that stands here by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from .._utils.records import Record


class Kind(Enum):
    """What sending an operation twice would do."""

    READ = "nothing: it changes nothing"
    IDEMPOTENT = "the same as sending it once"
    NON_IDEMPOTENT = "perhaps the same thing twice"


class Recovery(Enum):
    """How it is found out whether an operation was done that is not sent again."""

    NONE = "not at all"
    SEARCH = "the session is searched for by its name"
    SESSION = "the session is looked at"
    COMMAND = "the command is looked at"
    COMMANDS = "the commands of the session are listed"


class Policy(Record, frozen=True):
    """What may be done with an operation."""

    kind: Kind
    recovery: Recovery = Recovery.NONE


BY_METHOD: Final[Mapping[str, Policy]] = {
    "GET": Policy(Kind.READ),
    "HEAD": Policy(Kind.READ),
    "OPTIONS": Policy(Kind.READ),
    "PUT": Policy(Kind.IDEMPOTENT),
    "DELETE": Policy(Kind.IDEMPOTENT),
}
BY_OPERATION: Final[Mapping[str, Policy]] = {
    "search_sessions": Policy(Kind.READ),
    "create_session": Policy(Kind.NON_IDEMPOTENT, Recovery.SEARCH),
    "start_session": Policy(Kind.NON_IDEMPOTENT, Recovery.SESSION),
    "terminate_session": Policy(Kind.NON_IDEMPOTENT, Recovery.SESSION),
    "kill_session_command": Policy(Kind.NON_IDEMPOTENT, Recovery.COMMAND),
    "create_session_command": Policy(Kind.NON_IDEMPOTENT, Recovery.COMMANDS),
}
_ONCE: Final = Policy(Kind.NON_IDEMPOTENT)


def policy_of(operation_id: str, method: str) -> Policy:
    """The policy of an operation, also of one that the spec adds."""
    return BY_OPERATION.get(operation_id) or BY_METHOD.get(method, _ONCE)
