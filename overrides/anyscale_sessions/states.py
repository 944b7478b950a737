"""Which state of a session can directly follow which: one table for the waiters and the sandbox.

The states are those of `SessionState` in openapi.yaml, by their wire values. The vendor does not document their order.
It is inferred from the names (a state that ends in `Errored` follows the state of the same verb when that fails) and
from the documentation of `start_session`, `terminate_session`, `update_session` and the idle timeout. In doubt the
table allows a transition: a waiter that polls for too long costs time, a waiter that stops too early costs more.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["AUTOMATIC_TRANSITIONS", "TRANSITIONS", "reachable"]

# Transitions that the platform makes by itself. A state without any is stable.
AUTOMATIC_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "Stopped": frozenset(),
    "Terminated": frozenset(),
    "AwaitingStartup": frozenset({"StartingUp", "StartupErrored"}),
    "StartingUp": frozenset({"AwaitingFileMounts", "Running", "StartupErrored", "Terminating", "Terminated"}),
    "AwaitingFileMounts": frozenset({"StartingUp", "Running", "StartupErrored", "Terminating", "Terminated"}),
    "StartupErrored": frozenset(),
    # The platform stops idle sessions, and machines can be lost.
    "Running": frozenset({"Stopping", "Terminating", "Terminated"}),
    "Updating": frozenset({"AwaitingFileMounts", "Running", "UpdatingErrored", "Terminating", "Terminated"}),
    "UpdatingErrored": frozenset(),
    "Stopping": frozenset({"Stopped", "StoppingErrored"}),
    "StoppingErrored": frozenset(),
    "Terminating": frozenset({"Terminated", "TerminatingErrored"}),
    "TerminatingErrored": frozenset(),
}

# Transitions that need a request: a start, an update, a stop or a termination.
_REQUESTED_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "Stopped": frozenset({"AwaitingStartup", "StartingUp", "Terminating"}),
    "Terminated": frozenset({"AwaitingStartup", "StartingUp"}),
    "AwaitingStartup": frozenset({"Stopping", "Terminating"}),
    "StartingUp": frozenset({"Stopping", "Terminating"}),
    "AwaitingFileMounts": frozenset({"Stopping", "Terminating"}),
    "StartupErrored": frozenset({"AwaitingStartup", "StartingUp", "Stopping", "Terminating"}),
    "Running": frozenset({"Updating", "Stopping", "Terminating"}),
    "Updating": frozenset({"Stopping", "Terminating"}),
    "UpdatingErrored": frozenset({"Updating", "Stopping", "Terminating"}),
    "Stopping": frozenset({"Terminating"}),
    "StoppingErrored": frozenset({"Stopping", "Terminating"}),
    "Terminating": frozenset(),
    "TerminatingErrored": frozenset({"Terminating"}),
}

TRANSITIONS: Mapping[str, frozenset[str]] = {
    state: following | _REQUESTED_TRANSITIONS[state] for state, following in AUTOMATIC_TRANSITIONS.items()
}


def reachable(from_state: str, to_state: str) -> bool:
    """Whether a session in `from_state` can reach `to_state` without a new request.

    `Running` cannot be reached from `StartupErrored`, for example, although a new start would lead there. Just after a
    request a session may still show its old state, so a waiter checks `pending_state`, or the operation, before it
    relies on a stable state. If either state is not in this table, the answer is yes: the platform may add states.
    """
    if to_state not in AUTOMATIC_TRANSITIONS:
        return True
    seen: set[str] = set()
    unvisited = [from_state]
    while unvisited:
        state = unvisited.pop()
        if state == to_state or state not in AUTOMATIC_TRANSITIONS:
            return True
        seen.add(state)
        unvisited.extend(AUTOMATIC_TRANSITIONS[state] - seen)
    return False
