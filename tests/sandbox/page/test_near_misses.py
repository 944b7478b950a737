"""Why faults did not hit a request."""

from __future__ import annotations

from typing import Any

import pytest

from anyscale_sessions_sandbox import Fault
from anyscale_sessions_sandbox.page.near_misses import near_misses
from anyscale_sessions_sandbox.spec import Spec

from .conftest import APP, Page

SPEC = Spec.shipped()


def reasons(page: Page, number: int = 1) -> list[str]:
    """The reasons of the only fault."""
    entry = page.app.journal.entry(number)
    assert entry
    ((miss),) = near_misses(page.app.components, SPEC, entry)
    assert miss["fault_id"] == 1
    return list(miss["reasons"])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault("reset", operation="list_sessions"), "Its operation is list_sessions, and the request was get_session."),
        (Fault("reset", session="ses_2"), "Its session is ses_2, and the request was for ses_1."),
        (Fault("reset", name="b*"), "The name of the session does not match b*."),
        (Fault("reset", nth=3), "It hits the selected call number 3 first, and there were 1."),
        (Fault("reset", probability=0), "It hits selected calls at random: probability is 0."),
    ],
)
def test_a_fault_that_does_not_fit_is_explained(page: Page, fault: Fault, reason: str) -> None:
    """Each condition of a fault that a request does not meet is a reason."""
    page.add()
    page.app.faults.add(fault)
    page.call("GET", "/v0/sessions/ses_1")
    assert reason in reasons(page)


def test_a_stale_fault_needs_a_read(page: Page) -> None:
    """A stale fault did not hit a request that changes something, and a fault for a name not one without a session."""
    page.app.faults.add(Fault("stale", name="b"))
    page.call("POST", "/v0/sessions/", {"name": "a", **APP})
    assert reasons(page) == [
        "The name of the session does not match b.",
        "A stale fault only hits reads, and the request was not one.",
        "It hits the selected call number 1 first, and there were 0.",
    ]


def test_a_request_without_a_session_is_named_so(page: Page) -> None:
    """A fault of one session did not hit a request that is about no session."""
    page.app.faults.add(Fault("reset", session="ses_1", name="a"))
    page.call("GET", "/v0/sessions/?project_id=p")
    assert reasons(page)[0] == "Its session is ses_1, and the request was for no session."


def test_a_fault_that_is_off_or_used_up_is_explained(page: Page) -> None:
    """A fault that is switched off or used up says so."""
    page.add()
    page.app.faults.add(Fault("status"))
    page.call("GET", "/v0/sessions/ses_1")
    page.call("GET", "/v0/sessions/ses_1")
    page.app.faults.switch(1, on=False)
    assert reasons(page, 2) == ["It is switched off.", "It was used up: times is 1."]


def test_a_fault_that_was_added_later_is_explained(page: Page) -> None:
    """A fault that would hit the request now was added later."""
    page.add()
    page.call("GET", "/v0/sessions/ses_1")
    page.app.faults.add(Fault("status", times=None))
    assert reasons(page)[-1].startswith("It selects this request.")


def test_the_fault_that_hit_a_request_is_no_near_miss(page: Page) -> None:
    """The fault that hit a request is left out, and a request without a token has no near misses."""
    page.add()
    page.app.faults.add(Fault("status"))
    page.call("GET", "/v0/sessions/ses_1")
    page.call("GET", "/v0/sessions/ses_1", accept="*/*")
    entries: list[Any] = page.app.journal.entries()
    assert [near_misses(page.app.components, SPEC, entry) for entry in entries] == [[], []]
