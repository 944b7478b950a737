"""Random requests and times, compared with a small model."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

START_S, TERMINATE_S, COMMAND_S, KILLED = 1.5, 0.5, 0.2, -9


@dataclass
class Command:
    """A command as the model has it."""

    id: str
    ends_s: float
    status_code: int | None = None


@dataclass
class Operation:
    """An operation as the model has it."""

    id: str
    completed: bool = False
    failed: bool = False


@dataclass
class Session:
    """A session as the model has it; times are seconds since the model began."""

    id: str
    idle_timeout: int
    state: str = "Stopped"
    pending: str | None = None
    arrives_s: float | None = None
    operation: Operation | None = None
    idle_since_s: float | None = None
    edited_s: float = 0.0
    delete_at_end: bool = False
    deleted: bool = False
    commands: list[Command] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)

    def running_commands(self) -> list[Command]:
        """Those that have not ended."""
        return [command for command in self.commands if command.status_code is None]

    def due(self) -> list[tuple[float, Callable[[float], None]]]:
        """What will happen, and when."""
        coming: list[tuple[float, Callable[[float], None]]] = []
        if self.arrives_s is not None:
            coming.append((self.arrives_s, self.arrive))
        coming += [(command.ends_s, partial(self.end, command, 0)) for command in self.running_commands()]
        if self.state == "Running" and self.idle_since_s is not None and self.idle_timeout >= 0:
            # A shorter timeout that has passed already counts from when it was set.
            at = max(self.idle_since_s + 60 * self.idle_timeout, self.edited_s)
            coming.append((at, lambda now: self.terminate(now, Operation("?"))))
        return coming

    def begin(self, now: float, state: str, pending: str, takes_s: float, operation: Operation) -> None:
        """Set out for a state."""
        if self.operation:
            self.operation.completed = self.operation.failed = True
        self.state, self.pending, self.arrives_s = state, pending, now + takes_s
        self.operation, self.idle_since_s = operation, None
        self.operations.append(operation)

    def terminate(self, now: float, operation: Operation, *, delete: bool = False) -> None:
        """Set out for the end."""
        self.begin(now, "Terminating", "Terminated", TERMINATE_S, operation)
        self.delete_at_end = delete
        for command in self.running_commands():
            command.status_code = KILLED

    def arrive(self, now: float) -> None:
        """Be where it set out for."""
        assert self.pending
        assert self.operation
        self.operation.completed = True
        self.state, self.pending, self.arrives_s, self.operation = self.pending, None, None, None
        self.idle_since_s = now if self.state == "Running" else None
        self.deleted = self.state == "Terminated" and self.delete_at_end

    def end(self, command: Command, status_code: int, now: float) -> None:
        """Let a command end."""
        command.status_code = status_code
        self.idle_since_s = None if self.running_commands() else now


class Walk(RuleBasedStateMachine):
    """Requests to a sandbox and to the model, side by side."""

    new_api: Callable[[], Any]
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.api = type(self).new_api()
        self.now = 0.0
        self.sessions: dict[str, Session] = {}

    def expect(self, session: Session, states: set[str] | None) -> int:
        """The status that the model says comes back, with the states that allow the request."""
        if session.deleted:
            return 404
        return 200 if states is None or session.state in states else 409

    @rule(target=ids, idle_timeout=st.sampled_from([-1, 0, 1, 120]))
    def create(self, idle_timeout: int) -> str:
        """A new session."""
        session_id = str(self.api.create(idle_timeout=idle_timeout)["id"])
        self.sessions[session_id] = Session(session_id, idle_timeout)
        return session_id

    @rule(session_id=ids)
    def start(self, session_id: str) -> None:
        """From a state of rest that is not Running."""
        session = self.sessions[session_id]
        response = self.api.call("POST", f"/sessions/{session_id}/start", {})
        assert response.status == self.expect(session, {"Stopped", "Terminated"})
        if response.status == 200:
            operation = Operation(response.body["result"]["id"])
            session.begin(self.now, "StartingUp", "Running", START_S, operation)

    @rule(session_id=ids, delete=st.booleans())
    def terminate(self, session_id: str, delete: bool) -> None:
        """From every state but those of its own end."""
        session = self.sessions[session_id]
        response = self.api.call("POST", f"/sessions/{session_id}/terminate", {"delete": delete})
        assert response.status == self.expect(session, {"Stopped", "StartingUp", "Running"})
        if response.status == 200:
            session.terminate(self.now, Operation(response.body["result"]["id"]), delete=delete)

    @rule(session_id=ids)
    def delete(self, session_id: str) -> None:
        """Where there are no machines."""
        session = self.sessions[session_id]
        status = self.api.call("DELETE", f"/sessions/{session_id}").status
        expected = self.expect(session, {"Stopped", "Terminated"})
        assert status == (204 if expected == 200 else expected)
        session.deleted = session.deleted or status == 204

    @rule(session_id=ids, idle_timeout=st.sampled_from([-1, 1, 5]))
    def update(self, session_id: str, idle_timeout: int) -> None:
        """In any state."""
        session = self.sessions[session_id]
        status = self.api.call("PUT", f"/sessions/{session_id}", {"idle_timeout": idle_timeout}).status
        assert status == self.expect(session, None)
        session.idle_timeout, session.edited_s = idle_timeout, self.now
        self.settle()

    @rule(session_id=ids, seconds=st.sampled_from([COMMAND_S, 1, 90, 7200]))
    def run(self, session_id: str, seconds: float) -> None:
        """Where the session is running."""
        session = self.sessions[session_id]
        text = "true" if seconds == COMMAND_S else f"sleep {seconds}"
        response = self.api.call("POST", "/session_commands/", {"session_id": session_id, "shell_command": text})
        assert response.status == self.expect(session, {"Running"})
        if response.status == 200:
            session.commands.append(Command(response.body["result"]["id"], self.now + seconds))
            session.idle_since_s = None

    @rule(session_id=ids, data=st.data())
    def kill(self, session_id: str, data: st.DataObject) -> None:
        """Any command, but only once and not after its end."""
        session = self.sessions[session_id]
        if not session.commands:
            return
        command = data.draw(st.sampled_from(session.commands))
        response = self.api.call("POST", f"/session_commands/{command.id}/kill")
        assert response.status == (200 if command.status_code is None else 409)
        if response.status == 200:
            session.end(command, KILLED, self.now)

    @rule(seconds=st.sampled_from([0, 0.2, 0.5, 0.7, 1.5, 61, 400, 7300]))
    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.api.sandbox.clock.advance(seconds)
        self.now += seconds
        self.settle()

    def settle(self) -> None:
        """Let happen in the model what is due."""
        for session in self.sessions.values():
            while True:
                at, happen = min(session.due(), key=lambda due: due[0], default=(float("inf"), None))
                if happen is None or at > self.now + 1e-6:
                    break
                happen(max(at, 0.0))

    @invariant()
    def the_list_holds_what_is_not_deleted(self) -> None:
        """Oldest first, each as the model has it."""
        query = {"project_id": self.api.project_id, "count": 50}
        page = self.api.call("GET", "/sessions/", params=query).body
        shown = [(row["id"], row["state"], row["pending_state"], row["idle_timeout"]) for row in page["results"]]
        there = [session for session in self.sessions.values() if not session.deleted]
        assert shown == [(model.id, model.state, model.pending, model.idle_timeout) for model in there[:50]]
        assert page["metadata"]["total"] == len(there)

    def teardown(self) -> None:
        """In the end operations, commands and events tell the same story as the model."""
        for session in self.sessions.values():
            for operation in session.operations:
                if operation.id != "?":
                    found = self.api.operation({"id": operation.id})
                    assert found["completed"] is operation.completed
                    assert bool((found["result"] or {}).get("error")) is operation.failed
            for command in session.commands:
                assert self.api.command({"id": command.id})["status_code"] == command.status_code
            if not session.deleted:
                times = [event["timestamp"] for event in self.api.events({"id": session.id})]
                assert all(before <= after for before, after in itertools.pairwise(times))


def test_any_walk_through_the_api_keeps_to_the_model(new_api: Any) -> None:
    """Any sequence of requests and times gives the states, operations and lists of the model."""

    class Here(Walk):
        pass

    Here.new_api = staticmethod(new_api)
    quick = settings(
        max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    run_state_machine_as_test(Here, settings=quick)
