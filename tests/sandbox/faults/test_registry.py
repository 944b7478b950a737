"""Which fault hits which call, and how often."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions_sandbox import Fault, Faults, ManualClock, Sandbox
from anyscale_sessions_sandbox.faults.fault import Target

from .conftest import ask, ask_plainly


def test_a_throttle_lasts_for_its_time(sandbox: Sandbox) -> None:
    """A throttle refuses calls for its time on the clock, counts each, and says how long it still lasts."""
    fault = sandbox.faults.add("throttle", retry_after=30)
    after = []
    for _ in range(3):
        response = ask_plainly(sandbox)
        after.append((response.status_code, response.headers.get("retry-after")))
        sandbox.clock.advance(15)
    assert after == [(429, "30"), (429, "15"), (200, None)]
    assert (fault.used, fault.is_used_up) == (2, True)


def test_a_throttle_can_last_for_ever(sandbox: Sandbox) -> None:
    """A throttle can last until the end of the year 9999."""
    response = ask(sandbox, f"throttle; retry_after={10**18}; as_date=true")
    assert (response.status_code, response.headers["retry-after"]) == (429, "Fri, 31 Dec 9999 23:59:59 GMT")


def hits(faults: Faults, **target: Any) -> list[bool]:
    """Which of ten calls are hit."""
    call = Target(**{"operation": "get_session", "is_read": True, "session_id": "ses_1", "name": "nightly-1", **target})
    return [faults.take(call, ManualClock().now()) is not None for _ in range(10)]


@pytest.mark.parametrize(
    ("settings", "hit"),
    [
        ({}, [0]),
        ({"times": None}, [*range(10)]),
        ({"nth": 3}, [2]),
        ({"nth": 3, "times": 2}, [2, 3]),
        ({"operation": "get_session"}, [0]),
        ({"operation": "list_sessions"}, []),
        ({"session": "ses_1"}, [0]),
        ({"session": "ses_2"}, []),
        ({"name": "nightly-*"}, [0]),
        ({"name": "Nightly-*"}, []),
        ({"probability": 1.0}, [*range(10)]),
        ({"probability": 0.0}, []),
        ({"probability": 1.0, "times": 3}, [0, 1, 2]),
    ],
)
def test_a_rule_hits_the_calls_that_it_selects(settings: Any, hit: list[int]) -> None:
    """A fault hits calls by operation, session and name, from the nth on, and as often as it says."""
    faults = Faults([Fault("reset", **settings)])
    assert [index for index, is_hit in enumerate(hits(faults)) if is_hit] == hit


def test_chance_follows_from_the_seed() -> None:
    """A fault with a probability hits the same calls in every run with the same seed."""
    runs = [hits(Faults([Fault("reset", probability=0.5, seed=seed)])) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert 0 < sum(runs[0]) < 10


def test_rules_that_were_not_used_up_are_reported() -> None:
    """The assertion names each unused fault with its counts."""
    faults = Faults()
    faults.assert_all_used()
    faults.add("reset", times=2)
    faults.add(Fault("stall", name="x"))
    hits(faults)
    faults.add("status", times=12)
    hits(faults)
    with pytest.raises(AssertionError) as caught:
        faults.assert_all_used()
    assert str(caught.value).splitlines() == [
        "unused faults:",
        "stall; phase=before; name=x (seen: 0, used: 0)",
        "status; phase=before; times=12 (seen: 10, used: 10)",
    ]


def test_faults_can_be_removed_and_reset() -> None:
    """One fault or all can be removed, and a reset restores the initial ones."""
    faults = Faults([Fault("reset")])
    added = faults.add("stall")
    faults.remove(added.number)
    with pytest.raises(LookupError, match="no fault 2"):
        faults.remove(added.number)
    assert [entry.fault.kind for entry in faults.entries] == ["reset"]
    faults.clear()
    assert faults.entries == ()
    faults.reset()
    assert [entry.to_dict()["used"] for entry in faults.entries] == [0]


def test_a_fault_that_is_switched_off_selects_no_call() -> None:
    """While a fault is switched off, it neither hits nor counts a call; an unknown number is refused."""
    faults = Faults()
    fault = faults.add("reset", times=None)
    faults.switch(1, on=False)
    assert (any(hits(faults)), fault.seen) == (False, 0)
    faults.switch(1, on=True)
    assert (all(hits(faults)), fault.to_dict()["on"]) == (True, True)
    with pytest.raises(LookupError, match="no fault 2"):
        faults.switch(2, on=True)


def test_every_change_of_the_faults_is_reported() -> None:
    """Adding, counting, switching and removing a fault each call the listener."""
    faults, calls = Faults(), list[str]()
    faults.on_change = lambda: calls.append("changed")
    faults.add("reset")
    hits(faults)
    faults.switch(1, on=False)
    faults.remove(1)
    faults.clear()
    assert len(calls) == 14
