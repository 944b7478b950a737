"""What may be done with each operation, as data: may it be sent again, and how can the client find out what it did?

The policy of an operation follows from its HTTP method. Operations with another policy are listed by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Final

from .._utils.records import Record


class Kind(Enum):
    """What sending an operation twice would do."""

    READ = "nothing: it changes nothing"
    IDEMPOTENT = "the same as sending it once"
    NON_IDEMPOTENT = "possibly the same thing twice"


class Recovery(Enum):
    """How the client finds out what an operation did whose response was lost."""

    NONE = "not at all"
    SEARCH = "it searches for the session by name"
    SESSION = "it gets the session"
    COMMAND = "it gets the command"
    COMMANDS = "it lists the commands of the session"


class Policy(Record, frozen=True):
    """What may be done with an operation.

    Attributes:
        kind: what sending it twice would do.
        recovery: how the client finds out what it did.
        creates: whether it creates something, so that sending it twice can create two.
    """

    kind: Kind
    recovery: Recovery = Recovery.NONE
    creates: bool = False


BY_METHOD: Final[Mapping[str, Policy]] = {
    "GET": Policy(Kind.READ),
    "HEAD": Policy(Kind.READ),
    "OPTIONS": Policy(Kind.READ),
    "PUT": Policy(Kind.IDEMPOTENT),
    "DELETE": Policy(Kind.IDEMPOTENT),
}
BY_OPERATION: Final[Mapping[str, Policy]] = {
    "search_sessions": Policy(Kind.READ),
    "create_session": Policy(Kind.NON_IDEMPOTENT, Recovery.SEARCH, creates=True),
    "start_session": Policy(Kind.NON_IDEMPOTENT, Recovery.SESSION),
    "terminate_session": Policy(Kind.NON_IDEMPOTENT, Recovery.SESSION),
    "kill_session_command": Policy(Kind.NON_IDEMPOTENT, Recovery.COMMAND),
    "create_session_command": Policy(Kind.NON_IDEMPOTENT, Recovery.COMMANDS, creates=True),
}
ECHOED_IDS: Final[Mapping[str, Mapping[str, str]]] = {
    "get_session": {"session_id": "id"},
    "update_session": {"session_id": "id"},
    "start_session": {"session_id": "session_id"},
    "terminate_session": {"session_id": "session_id"},
    "get_session_operation": {"session_operation_id": "id"},
    "get_session_command": {"session_command_id": "id"},
    "kill_session_command": {"session_command_id": "id"},
}
"""The field of the result that has the value of a path parameter, for the operations where the platform promises it."""

_DEFAULT: Final = Policy(Kind.NON_IDEMPOTENT)


@cache
def policy_of(operation_id: str, method: str) -> Policy:
    """The policy of an operation, including one that is new in the spec."""
    return BY_OPERATION.get(operation_id) or BY_METHOD.get(method, _DEFAULT)
