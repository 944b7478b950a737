"""Which session a call is about, and which calls faults count."""

from __future__ import annotations

from typing import Any

from anyscale_sessions_sandbox import Fault, ManualClock, serve

RAW = {"name": "a", "project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}


def test_a_name_is_that_of_the_session_that_a_call_is_about(visit: Any) -> None:
    """A fault by name finds the session of a call by id, operation, command or create body."""
    with serve(clock=ManualClock()) as sandbox:
        api = visit(sandbox)
        session = api.running(name="nightly-1")
        other = api.running(name="other")
        operation, command = api.terminate(session, workers_only=True), api.run(session, "sleep 9")
        fault = sandbox.faults.add("status", name="nightly-*", times=None)
        body = {"session_id": session["id"], "shell_command": "true"}
        calls = [
            ("GET", f"/sessions/{session['id']}", None),
            ("GET", f"/session_operations/{operation['id']}", None),
            ("POST", f"/session_commands/{command['id']}/kill", None),
            ("POST", "/session_commands/", body),
            ("GET", f"/session_events/?session_id={session['id']}", None),
            ("POST", "/sessions/", {**RAW, "name": "nightly-2"}),
        ]
        assert [api.call(*call).status for call in calls] == [503] * len(calls)
        others = [
            ("GET", f"/sessions/{other['id']}", None),
            ("GET", "/session_commands/none", None),
            ("GET", "/sessions/?project_id=p", None),
            ("POST", "/sessions/p/search", {"name": {"equals": "nightly-1"}}),
        ]
        assert [api.call(*call).status for call in others] == [200, 404, 200, 200]
        assert (fault.used, fault.seen) == (len(calls), len(calls))


def test_refused_requests_count_for_no_fault(visit: Any) -> None:
    """Requests without the token, with a wrong one, or with an invalid body are neither hit nor counted."""
    with serve(faults=[Fault("reset", times=None)]) as sandbox:
        api = visit(sandbox)
        assert api.call("GET", "/sessions/x", headers={}).status == 401
        assert api.call("GET", "/sessions/x", headers={"cookie": "cli_token=x"}).status == 403
        assert api.call("POST", "/sessions/", {}).status == 422
        [entry] = sandbox.faults.entries
        assert (entry.seen, entry.used) == (0, 0)
