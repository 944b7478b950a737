"""What may be done with each operation, and the retry_budget for repeating that a client's calls share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from anyscale_sessions._sansio.policies import BY_METHOD, BY_OPERATION, Kind, Recovery, policy_of
from anyscale_sessions._sansio.probes import PROBES
from anyscale_sessions_api.client import OPERATION_IDS

from ..conftest import Face

Make = Callable[..., Face]
# Operations that are not listed follow from their method.
KINDS = {
    "create_session": Kind.NON_IDEMPOTENT,
    "create_session_command": Kind.NON_IDEMPOTENT,
    "delete_session": Kind.IDEMPOTENT,
    "get_session": Kind.READ,
    "get_session_command": Kind.READ,
    "get_session_event_log": Kind.READ,
    "get_session_for_job": Kind.READ,
    "get_session_operation": Kind.READ,
    "kill_session_command": Kind.NON_IDEMPOTENT,
    "list_session_commands": Kind.READ,
    "list_sessions": Kind.READ,
    "search_sessions": Kind.READ,
    "start_session": Kind.NON_IDEMPOTENT,
    "terminate_session": Kind.NON_IDEMPOTENT,
    "update_session": Kind.IDEMPOTENT,
}


def test_every_operation_has_its_policy() -> None:
    """Every operation in the spec has the expected policy."""
    spec = json.loads(Path(__import__("anyscale_sessions_api").__file__).with_name("openapi.json").read_text("utf-8"))
    methods = {
        operation["operationId"]: method.upper()
        for path in spec["paths"].values()
        for method, operation in path.items()
        if isinstance(operation, dict)
    }
    expected = {name: BY_METHOD[method].kind for name, method in methods.items() if method in BY_METHOD}
    expected = dict.fromkeys(OPERATION_IDS, Kind.NON_IDEMPOTENT) | expected | KINDS
    assert {name: policy_of(name, methods[name]).kind for name in OPERATION_IDS} == expected


def test_new_operations_follow_their_method() -> None:
    """An operation that is new in the spec is retried only if its HTTP method is idempotent."""
    assert {method: policy_of("new", method).kind for method in ("GET", "PUT", "DELETE", "POST", "PATCH")} == {
        "GET": Kind.READ,
        "PUT": Kind.IDEMPOTENT,
        "DELETE": Kind.IDEMPOTENT,
        "POST": Kind.NON_IDEMPOTENT,
        "PATCH": Kind.NON_IDEMPOTENT,
    }


def test_non_idempotent_operations_have_a_recovery() -> None:
    """Each operation that is not idempotent has a recovery, and no other operation has one."""
    for policy in [*BY_OPERATION.values(), *BY_METHOD.values()]:
        assert (policy.kind is Kind.NON_IDEMPOTENT) == (policy.recovery is not Recovery.NONE)
    assert {policy.recovery for policy in BY_OPERATION.values()} == {*PROBES, Recovery.SEARCH, Recovery.NONE}
