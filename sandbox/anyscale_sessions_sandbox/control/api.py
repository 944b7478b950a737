"""The control API: requests from this machine, performed by the controls of the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from ..clock import AdjustableClock, Clock, to_text
from ..engine.transition_rules import TransitionRule
from ..errors import (
    APIError,
    ConflictError,
    NotFoundError,
    Problem,
    UnknownNameError,
    UnprocessableEntityError,
)
from ..faults import Fault
from ..gateway.auth import Authenticator, check_is_local
from ..gateway.request import Call
from ..gateway.router import Gateway
from ..spec import Document, Operation, Spec
from .controls import Controls
from .openapi import document
from .seed import SeedError

Handler: TypeAlias = Callable[[Controls, Call], Any]

# A snapshot contains all data; this is enough for about 100,000 sessions.
MAX_CONTROL_BODY_BYTES = 256 * 1024 * 1024


class ControlApi(Gateway):
    """The API that `document()` describes. It serves the document at `/_sandbox/openapi.json`."""

    prefix = "/_sandbox"
    max_body_bytes = MAX_CONTROL_BODY_BYTES

    def __init__(self, authenticator: Authenticator, controls: Controls, *, validate_responses: bool) -> None:
        super().__init__(Spec(document()), authenticator, validate_responses=validate_responses)
        self._controls = controls

    def authenticate(self, request: Request, operation: Operation) -> None:
        """Raise an APIError if the request comes from another machine or has no valid token."""
        check_is_local(request, "The control API")
        super().authenticate(request, operation)

    async def perform(self, request: Request, operation: Operation, call: Call) -> Response:  # noqa: ARG002
        """Perform an operation of the control API."""
        return self.response(operation, operation.success, HANDLERS[operation.id](self._controls, call))


def get_document(_controls: Controls, _call: Call) -> Document:
    """Return the OpenAPI document of this API."""
    return document()


def get_clock(controls: Controls, _call: Call) -> Document:
    """Return the time of the sandbox."""
    return _time(controls.clock)


def advance_clock(controls: Controls, call: Call) -> Document:
    """Advance the clock. The response comes after everything that was due has happened."""
    try:
        controls.clock.advance(**call.body)
    except ValueError as error:
        raise _invalid("body", str(error)) from None
    return _time(controls.clock)


def advance_clock_to_next(controls: Controls, _call: Call) -> Document:
    """Advance the clock until something is due."""
    due_at = controls.components.backend.next_due()
    if due_at is None:
        raise ConflictError("Nothing will be due.")
    controls.components.backend.advance_to(due_at)
    return _time(controls.clock)


def set_clock_speed(controls: Controls, call: Call) -> Document:
    """Set how fast the clock runs."""
    if not isinstance(controls.clock, AdjustableClock):
        raise ConflictError("The clock of this sandbox has no speed that can be set.")
    controls.clock.set_speed(call.body["speed"])
    return _time(controls.clock)


def list_faults(controls: Controls, _call: Call) -> Document:
    """List the faults with their counts."""
    return {"results": [entry.to_dict() for entry in controls.faults.entries]}


def add_fault(controls: Controls, call: Call) -> Document:
    """Add a fault at the end."""
    try:
        return controls.faults.add(Fault.from_dict(call.body)).to_dict()
    except ValueError as error:
        raise _invalid("body", str(error)) from None


def clear_faults(controls: Controls, _call: Call) -> None:
    """Remove all faults."""
    controls.faults.clear()


def remove_fault(controls: Controls, call: Call) -> None:
    """Remove one fault."""
    with _found():
        controls.faults.remove(call.path["fault_id"])


def switch_fault(controls: Controls, call: Call) -> None:
    """Switch a fault on or off."""
    with _found():
        controls.faults.switch(call.path["fault_id"], on=call.body["on"])


def list_transition_rules(controls: Controls, _call: Call) -> Document:
    """List the transition rules in their order, with their counts."""
    return {"results": [entry.to_dict() for entry in controls.transition_rules.entries]}


def add_transition_rule(controls: Controls, call: Call) -> Document:
    """Add a transition rule at the end. Its uses are counted."""
    try:
        return controls.transition_rules.add(TransitionRule.from_dict(call.body)).to_dict()
    except ValueError as error:
        raise _invalid("body", str(error)) from None


def clear_transition_rules(controls: Controls, _call: Call) -> None:
    """Remove all transition rules."""
    controls.transition_rules.clear()


def remove_transition_rule(controls: Controls, call: Call) -> None:
    """Remove one transition rule."""
    with _found():
        controls.transition_rules.remove(call.path["rule_id"])


def switch_transition_rule(controls: Controls, call: Call) -> None:
    """Switch a transition rule on or off."""
    with _found():
        controls.transition_rules.switch(call.path["rule_id"], on=call.body["on"])


def transition_session(controls: Controls, call: Call) -> None:
    """Change the state of a session."""
    controls.transition(call.path["session_id"], call.body["to_state"], call.body.get("message"))


def get_command_logs(controls: Controls, call: Call) -> Document:
    """Return the output of a command until now. If it is long, only its end is returned."""
    return controls.logs(call.path["command_id"])._asdict()


def reset(controls: Controls, _call: Call) -> None:
    """Reset the sandbox."""
    controls.reset()


def seed(controls: Controls, call: Call) -> None:
    """Apply a seed completely, or not at all."""
    try:
        controls.seed(call.body)
    except SeedError as error:
        raise UnprocessableEntityError(
            [Problem(("body",), problem, "value_error.seed") for problem in error.problems]
        ) from None


def get_snapshot(controls: Controls, _call: Call) -> Document:
    """Return all data, including the secrets of the sessions."""
    return controls.snapshot()


def restore_snapshot(controls: Controls, call: Call) -> None:
    """Restore a snapshot completely, or not at all."""
    try:
        controls.restore(call.body)
    except ValueError as error:
        raise _invalid("body", str(error)) from None


def get_journal(controls: Controls, call: Call) -> Document:
    """Return the last entries of the journal, oldest first."""
    try:
        return {"results": controls.journal.to_dicts(call.query.get("operation"), call.query["last"])}
    except UnknownNameError as error:
        raise _invalid("query", str(error)) from None


def clear_journal(controls: Controls, _call: Call) -> None:
    """Delete all entries of the journal."""
    controls.journal.clear()


def get_journal_archive(controls: Controls, _call: Call) -> Document:
    """Return the journal as HAR 1.2."""
    return controls.journal.to_har()


HANDLERS: Mapping[str, Handler] = {
    handler.__name__: handler
    for handler in (
        get_document,
        get_clock,
        advance_clock,
        advance_clock_to_next,
        set_clock_speed,
        list_faults,
        add_fault,
        clear_faults,
        remove_fault,
        switch_fault,
        list_transition_rules,
        add_transition_rule,
        clear_transition_rules,
        remove_transition_rule,
        switch_transition_rule,
        transition_session,
        get_command_logs,
        reset,
        seed,
        get_snapshot,
        restore_snapshot,
        get_journal,
        clear_journal,
        get_journal_archive,
    )
}


def _time(clock: Clock) -> Document:
    return {"now": to_text(clock.now())}


@contextmanager
def _found() -> Generator[None]:
    """Raise NotFoundError for a number that no fault or rule has."""
    try:
        yield
    except LookupError as error:
        raise NotFoundError(f"{error.args[0]}.".capitalize()) from None


def _invalid(place: str, message: str) -> APIError:
    return UnprocessableEntityError([Problem((place,), message, "value_error")])
