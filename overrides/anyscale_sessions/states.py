"""Which state of a session can directly follow which: the one table that waiters and the sandbox share.

The states are those of `SessionState` in openapi.yaml, by their wire values. Their order is not written down by the
vendor; it is read from the names (a state ending in `Errored` is where the state of the same verb ends when it fails)
and from what `start_session`, `terminate_session`, `update_session` and the idle timeout are said to do. Where that
leaves doubt the table allows the move: a waiter that goes on polling costs time, one that gives up wrongly costs more.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["AUTOMATIC_TRANSITIONS", "TRANSITIONS", "reachable"]

# Transitions that the platform makes without being asked for anything more. A state that leads nowhere is one of rest.
AUTOMATIC_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "Stopped": frozenset(),
    "Terminated": frozenset(),
    "AwaitingStartup": frozenset({"StartingUp", "StartupErrored"}),
    "StartingUp": frozenset({"AwaitingFileMounts", "Running", "StartupErrored", "Terminating", "Terminated"}),
    "AwaitingFileMounts": frozenset({"StartingUp", "Running", "StartupErrored", "Terminating", "Terminated"}),
    "StartupErrored": frozenset(),
    # Idle sessions are stopped, and machines can be lost.
    "Running": frozenset({"Stopping", "Terminating", "Terminated"}),
    "Updating": frozenset({"AwaitingFileMounts", "Running", "UpdatingErrored", "Terminating", "Terminated"}),
    "UpdatingErrored": frozenset(),
    "Stopping": frozenset({"Stopped", "StoppingErrored"}),
    "StoppingErrored": frozenset(),
    "Terminating": frozenset({"Terminated", "TerminatingErrored"}),
    "TerminatingErrored": frozenset(),
}

# Transitions that somebody asks for: a start, an update, a stop or a termination.
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
    """Whether a session in `from_state` can come to `to_state` with nobody asking for anything more.

    It is what a waiter needs to know: `Running` cannot be reached from `StartupErrored`, although a new start would
    lead there. A session that was just asked to move may still show its old state, so that a waiter looks at
    `pending_state`, or at the operation, before it believes a state of rest. A state that this table does not know, on
    either side, counts as reachable, since the platform may add states.
    """
    if to_state not in AUTOMATIC_TRANSITIONS:
        return True
    seen: set[str] = set()
    ahead = [from_state]
    while ahead:
        state = ahead.pop()
        if state == to_state or state not in AUTOMATIC_TRANSITIONS:
            return True
        seen.add(state)
        ahead.extend(AUTOMATIC_TRANSITIONS[state] - seen)
    return False
