"""anyscale-sessions with every rule and policy on, over its fast transport."""

from collections.abc import Callable
from typing import Any

from sample import APP, TOKEN

import anyscale_sessions as a

COLD = """
import sys
from anyscale_sessions import CreateSession, SessionsClient
client = SessionsClient("t", host=sys.argv[1], transport="fast")
client.create_session(CreateSession(
    name="n", project_id="p", uses_app_config=True, build_id="b", compute_template_id="c"
))
"""


def connect(host: str) -> Callable[[], Any]:
    """What creates one session."""
    client = a.SessionsClient(TOKEN, host=host, transport="fast")
    return lambda: client.create_session(a.CreateSession(**APP))


def connect_async(host: str) -> Callable[[], Any]:
    """The same, to be awaited."""
    client = a.AsyncSessionsClient(TOKEN, host=host, transport="fast")
    return lambda: client.create_session(a.CreateSession(**APP))
