"""The control API's requests, let in from this machine alone, and done by the sandbox's controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from ..clock import Clock, to_text
from ..engine.transition_rules import TransitionRule
from ..errors import NotFoundError, PermissionDeniedError, Problem, Refusal, UnprocessableEntityError
from ..faults import Fault
from ..gateway.auth import Guard
from ..gateway.request import Call
from ..gateway.router import Gateway
from ..spec import Document, Operation, Spec
from .controls import Controls
from .openapi import document
from .seed import SeedError

Handler: TypeAlias = Callable[[Controls, Call], Any]

# Snapshots hold everything: some 100,000 sessions.
MAX_CONTROL_BODY_BYTES = 256 * 1024 * 1024


class ControlApi(Gateway):
    """The API of `document()`, which it serves itself at `/_sandbox/openapi.json`."""

    prefix = "/_sandbox"
    max_body_bytes = MAX_CONTROL_BODY_BYTES

    def __init__(self, guard: Guard, controls: Controls, *, validate_responses: bool) -> None:
        super().__init__(Spec(document()), guard, validate_responses=validate_responses)
        self._controls = controls

    def admit(self, request: Request, operation: Operation) -> None:
        """Raise a Refusal if the request comes from another machine, or without the token."""
        # Whoever calls the application in its own process has no address.
        if request.client and not _is_here(request.client.host):
            raise PermissionDeniedError("The control API answers this machine alone.")
        super().admit(request, operation)

    async def perform(self, request: Request, operation: Operation, call: Call) -> Response:  # noqa: ARG002
        """Do an operation of the control API."""
        return self.response(operation, operation.success, HANDLERS[operation.id](self._controls, call))


def _is_here(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def get_document(_controls: Controls, _call: Call) -> Document:
    """This API's own document."""
    return document()


def get_clock(controls: Controls, _call: Call) -> Document:
    """The sandbox's time."""
    return _time(controls.clock)


def advance_clock(controls: Controls, call: Call) -> Document:
    """Answered once all that came due has happened."""
    try:
        controls.clock.advance(**call.body)
    except ValueError as error:
        raise _wrong("body", str(error)) from None
    return _time(controls.clock)


def list_faults(controls: Controls, _call: Call) -> Document:
    """With their counts."""
    return {"results": [entry.to_dict() for entry in controls.faults.listed()]}


def add_fault(controls: Controls, call: Call) -> Document:
    """After the others."""
    try:
        return controls.faults.add(Fault.from_dict(call.body)).to_dict()
    except ValueError as error:
        raise _wrong("body", str(error)) from None


def clear_faults(controls: Controls, _call: Call) -> None:
    """All of them."""
    controls.faults.clear()


def remove_fault(controls: Controls, call: Call) -> None:
    """One of them."""
    try:
        controls.faults.remove(call.path["fault_id"])
    except LookupError as error:
        raise NotFoundError(f"{error.args[0]}.".capitalize()) from None


def list_moves(controls: Controls, _call: Call) -> Document:
    """In their order."""
    return {"results": [move.to_dict() for move in controls.moves.listed()]}


def add_move(controls: Controls, call: Call) -> Document:
    """After the others."""
    try:
        return controls.moves.add(TransitionRule.from_dict(call.body)).to_dict()
    except ValueError as error:
        raise _wrong("body", str(error)) from None


def clear_moves(controls: Controls, _call: Call) -> None:
    """All of them."""
    controls.moves.clear()


def move_session(controls: Controls, call: Call) -> None:
    """By hand."""
    controls.move(call.path["session_id"], call.body["to_state"], call.body.get("message"))


def get_command_logs(controls: Controls, call: Call) -> Document:
    """Until now; of much of it, the end."""
    return controls.logs(call.path["command_id"])._asdict()


def reset(controls: Controls, _call: Call) -> None:
    """At once."""
    controls.reset()


def seed(controls: Controls, call: Call) -> None:
    """All or nothing."""
    try:
        controls.seed(call.body)
    except SeedError as error:
        raise UnprocessableEntityError(
            [Problem(("body",), problem, "value_error.seed") for problem in error.problems]
        ) from None


def get_snapshot(controls: Controls, _call: Call) -> Document:
    """With the secrets of the sessions."""
    return controls.snapshot()


def restore_snapshot(controls: Controls, call: Call) -> None:
    """All or nothing."""
    try:
        controls.restore(call.body)
    except ValueError as error:
        raise _wrong("body", str(error)) from None


def get_journal(controls: Controls, call: Call) -> Document:
    """The last entries, oldest first."""
    wanted = call.query.get("operation")
    entries = [entry for entry in controls.journal.to_dicts() if wanted in {None, entry["operation"]}]
    return {"results": entries[-call.query["last"] :]}


def clear_journal(controls: Controls, _call: Call) -> None:
    """All of it."""
    controls.journal.clear()


def get_journal_archive(controls: Controls, _call: Call) -> Document:
    """As HAR."""
    return controls.journal.to_har()


HANDLERS: Mapping[str, Handler] = {
    handler.__name__: handler
    for handler in (
        get_document,
        get_clock,
        advance_clock,
        list_faults,
        add_fault,
        clear_faults,
        remove_fault,
        list_moves,
        add_move,
        clear_moves,
        move_session,
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


def _wrong(place: str, message: str) -> Refusal:
    return UnprocessableEntityError([Problem((place,), message, "value_error")])
