"""The calls that runs and sweeps share."""

from __future__ import annotations

import pytest

from anyscale_sessions import NotFoundError, SessionsClient
from anyscale_sessions.fleet.calls import retry_not_found
from anyscale_sessions.fleet.steps import drive
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, Sandbox


@pytest.mark.parametrize(("fresh_for_s", "calls"), [(0.0, 1), (0.5, 2), (3.0, 4)])
def test_a_404_is_retried_each_second_until_it_is_final(
    sessions_client: SessionsClient, sandbox: Sandbox, sandbox_clock: ManualClock, fresh_for_s: float, calls: int
) -> None:
    """A call that is answered with 404 is repeated after a second, until the session is no longer new."""
    clock = client_clock(sandbox_clock)
    steps = retry_not_found(lambda client: client.get_session("ses_unknown"), clock, clock.monotonic() + fresh_for_s)
    with pytest.raises(NotFoundError):
        drive(steps, sessions_client)
    assert sandbox.journal.count("get_session") == calls
