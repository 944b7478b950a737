"""Which requests need a connection that is certainly open, and how long an idle one counts as such."""

from __future__ import annotations

from typing import Final

from .._sansio.messages import Send
from .._sansio.policies import Kind, policy_of

# Servers close idle connections after 5 s or more. A request that is sent just then is lost. What must not be sent
# again goes only over a connection that is new or was in use less than this time ago.
MAX_IDLE_S: Final = 1.0


def needs_fresh_connection(step: Send) -> bool:
    """Whether a request must not be sent again if its connection breaks."""
    return policy_of(step.request.operation_id, step.request.method).kind is Kind.NON_IDEMPOTENT
