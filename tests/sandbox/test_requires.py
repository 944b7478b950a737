"""The table of what the sandbox requires of the spec (tools/contracts/contract.py reads it)."""

from __future__ import annotations

from anyscale_sessions.states import TRANSITIONS
from anyscale_sessions_sandbox._requires import REQUIRES
from anyscale_sessions_sandbox.api import handlers
from anyscale_sessions_sandbox.engine import flows


def test_every_operation_that_is_done_is_stated() -> None:
    """Each operation with a handler is in the table of requirements."""
    assert set(REQUIRES["api.handlers"]["operations"]) == set(handlers.HANDLERS)


def test_every_word_that_sessions_say_of_their_way_is_stated() -> None:
    """All states, statuses, events and operation types of flows are in the table of requirements."""
    steps = [*flows.ERRORED.values(), *(step for flow in flows.FLOWS.values() for step in flow.steps)]
    said = {
        "SessionState": {step.state for step in steps},
        "ClusterStatus": {step.status for step in steps},
        "ClusterStatusDetails": {step.status_details for step in steps},
        "SessionOperationType": {flow.operation_type for flow in flows.FLOWS.values()},
        "SessionEventTypes": {step.event[0] for step in steps if step.event},
    }
    assert {name: set(values) for name, values in REQUIRES["engine.flows"].items()} == {
        name: values - {None} for name, values in said.items()
    }
    assert set(REQUIRES["engine.flows"]["SessionState"]) == set(TRANSITIONS)
